"""``python -m supply.audit [--osv PyPI.zip --osv npm.zip]``: what is known against the packages of both locks.

With exports of OSV (PyPI/all.zip and npm/all.zip below https://osv-vulnerabilities.storage.googleapis.com), carried to
where there is no network, it asks nobody; without, pip-audit asks PyPI, and npm its registry. Exits with 1 where something
is known, or where it could not be found out. Of the web page's packages it is said which it carries, and which build it.
"""

import argparse
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from packaging.version import InvalidVersion, Version

from supply.locked import SERVICE_LOCK, Locked, locked
from supply.page_audit import NotFoundOutError, known_to_npm
from supply.page_lock import PAGE_LOCK, PagePackage, page_packages

PYPI, NPM = "PyPI", "npm"


class Known(NamedTuple):
    package: Locked
    advisory: str
    fixed_in: str
    summary: str


def known_against(packages: Iterable[Locked], advisories: Iterable[dict[str, Any]], ecosystem: str = PYPI) -> Iterator[Known]:
    """Advisories as OSV has them; those that have been withdrawn do not count."""
    by_name: dict[str, list[Locked]] = {}
    for package in set(packages):
        by_name.setdefault(package.name, []).append(package)
    for advisory in advisories:
        if advisory.get("withdrawn"):
            continue
        for affected in advisory.get("affected", ()):
            about = affected.get("package", {})
            if about.get("ecosystem") != ecosystem:
                continue
            name = str(about.get("name", ""))
            for package in by_name.get(name.lower().replace("_", "-") if ecosystem == PYPI else name, ()):
                if _is_affected(package.version, affected):
                    yield Known(package, advisory["id"], _fixed_in(affected), advisory.get("summary", ""))


def _is_affected(version: str, affected: dict[str, Any]) -> bool:
    if version in affected.get("versions", ()):
        return True
    return any(_is_within(version, found["events"], _ORDERS[found["type"]]) for found in _ranges(affected))


def _ranges(affected: dict[str, Any]) -> list[dict[str, Any]]:
    return [found for found in affected.get("ranges", ()) if found["type"] in _ORDERS]


def _by_semver(text: str) -> tuple[Any, ...]:
    """What orders versions as semver.org has it. Raises `InvalidVersion`."""
    found = _SEMVER.fullmatch(text)
    if found is None:
        raise InvalidVersion(text)
    *numbers, before = found.groups()
    parts = tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in before.split(".")) if before else ()
    return *map(int, numbers), before is None, parts


_SEMVER = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+.*)?")
_ORDERS: dict[str, Callable[[str], Any]] = {"ECOSYSTEM": Version, "SEMVER": _by_semver}
"""By the type of a range."""


def _is_within(locked_version: str, events: list[dict[str, str]], order: Callable[[str], Any]) -> bool:
    """As OSV says it: each event, in order, switches it on or off for what is at or above it."""
    is_on, version = False, order(locked_version)
    for event in events:
        (kind, text), *_ = event.items()
        try:
            bound = order("0.0.0" if text == "0" else text)
        except InvalidVersion:
            continue
        if kind == "introduced" and version >= bound:
            is_on = True
        elif (kind == "fixed" and version >= bound) or (kind == "last_affected" and version > bound):
            is_on = False
    return is_on


def _fixed_in(affected: dict[str, Any]) -> str:
    events = [event for found in _ranges(affected) for event in found["events"]]
    return ", ".join(event["fixed"] for event in events if "fixed" in event)


def exported(archive: Path) -> Iterator[dict[str, Any]]:
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            if name.endswith(".json"):
                yield json.loads(opened.read(name))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--osv", type=Path, action="append", help="An export of OSV, for where there is no network.")
    archives = parser.parse_args().osv
    return _ask() if archives is None else _look_up(archives)


def _ask() -> int:
    command = [sys.executable, "-m", "pip_audit", "--strict", "--require-hashes", "--disable-pip", "-r", str(SERVICE_LOCK)]
    python = subprocess.run(command, check=False).returncode  # noqa: S603  ours
    try:
        found = known_to_npm()
    except NotFoundOutError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    for package, severity, advisories in found:
        sys.stdout.write(f"{_told(package)}: {', '.join(advisories)}, {severity}\n")
    sys.stdout.write(f"{len(found)} of the web page's packages have something known against them\n")
    return 1 if found or python else 0


def _look_up(archives: list[Path]) -> int:
    page = {Locked(one.name, one.version): one for one in page_packages(PAGE_LOCK.read_text())}
    wanted = {PYPI: locked(SERVICE_LOCK.read_text()), NPM: [*page]}
    found: list[tuple[Known, str]] = []
    missing = set(wanted)
    for advisory in (one for archive in archives for one in exported(archive)):  # of npm alone there are hundreds of thousands
        for ecosystem, packages in wanted.items():
            if _is_of(ecosystem, advisory):
                missing.discard(ecosystem)
                found += ((known, ecosystem) for known in known_against(packages, [advisory], ecosystem))
    for one, ecosystem in sorted(found):
        name = _told(page[one.package]) if ecosystem == NPM else " ".join(one.package)
        sys.stdout.write(f"{name}: {one.advisory}, fixed in {one.fixed_in or 'none'}: {one.summary}\n")
    for ecosystem in sorted(missing):
        sys.stdout.write(f"not looked up: the exports have nothing of {ecosystem}\n")
    sys.stdout.write(f"{len(found)} known\n")
    return 1 if found or missing else 0


def _is_of(ecosystem: str, advisory: dict[str, Any]) -> bool:
    return any(affected.get("package", {}).get("ecosystem") == ecosystem for affected in advisory.get("affected", ()))


def _told(package: PagePackage) -> str:
    return f"{package.name} {package.version} ({'in the web page' if package.is_shipped else 'builds the web page'})"


if __name__ == "__main__":
    sys.exit(main())
