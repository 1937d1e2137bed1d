"""``python -m supply.audit [--osv all.zip]``: what is known against the locked packages.

With an export of OSV (https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip, carried to where there is no network) it
asks nobody; without, pip-audit asks PyPI. Exits with 1 where something is known, or where it could not be found out.
"""

import argparse
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from packaging.version import InvalidVersion, Version

from supply.locked import SERVICE_LOCK, Locked, locked


class Known(NamedTuple):
    package: Locked
    advisory: str
    fixed_in: str
    summary: str


def known_against(packages: Iterable[Locked], advisories: Iterable[dict[str, Any]]) -> Iterator[Known]:
    """Advisories as OSV has them; those that have been withdrawn do not count."""
    by_name: dict[str, list[Locked]] = {}
    for package in set(packages):
        by_name.setdefault(package.name, []).append(package)
    for advisory in advisories:
        if advisory.get("withdrawn"):
            continue
        for affected in advisory.get("affected", ()):
            about = affected.get("package", {})
            if about.get("ecosystem") != "PyPI":
                continue
            for package in by_name.get(str(about.get("name", "")).lower().replace("_", "-"), ()):
                if _is_affected(package.version, affected):
                    yield Known(package, advisory["id"], _fixed_in(affected), advisory.get("summary", ""))


def _is_affected(version: str, affected: dict[str, Any]) -> bool:
    if version in affected.get("versions", ()):
        return True
    ranges = (found for found in affected.get("ranges", ()) if found["type"] == "ECOSYSTEM")
    return any(_is_within(Version(version), found["events"]) for found in ranges)


def _is_within(version: Version, events: list[dict[str, str]]) -> bool:
    """As OSV says it: each event, in order, switches it on or off for what is at or above it."""
    is_on = False
    for event in events:
        (kind, text), *_ = event.items()
        try:
            bound = Version("0" if text == "0" else text)
        except InvalidVersion:
            continue
        if kind == "introduced" and version >= bound:
            is_on = True
        elif (kind == "fixed" and version >= bound) or (kind == "last_affected" and version > bound):
            is_on = False
    return is_on


def _fixed_in(affected: dict[str, Any]) -> str:
    events = [event for found in affected.get("ranges", ()) if found["type"] == "ECOSYSTEM" for event in found["events"]]
    return ", ".join(event["fixed"] for event in events if "fixed" in event)


def exported(archive: Path) -> Iterator[dict[str, Any]]:
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            if name.endswith(".json"):
                yield json.loads(opened.read(name))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--osv", type=Path, help="An export of OSV, for where there is no network.")
    archive = parser.parse_args().osv
    if archive is None:
        command = [sys.executable, "-m", "pip_audit", "--strict", "--require-hashes", "--disable-pip", "-r", str(SERVICE_LOCK)]
        return subprocess.run(command, check=False).returncode  # noqa: S603  ours
    found = sorted(known_against(locked(SERVICE_LOCK.read_text()), exported(archive)))
    for one in found:
        name, version = one.package
        sys.stdout.write(f"{name} {version}: {one.advisory}, fixed in {one.fixed_in or 'none'}: {one.summary}\n")
    sys.stdout.write(f"{len(found)} known\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
