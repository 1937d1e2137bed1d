"""``python -m supply.licences``: writes docs/licences.md, from what packages say of themselves."""

import sys
import sysconfig
from collections.abc import Iterable
from importlib.metadata import distributions
from pathlib import Path

from supply.locked import SERVICE_LOCK, Locked, locked
from supply.page_lock import PAGE_LOCK, page_packages

PAGE = Path(__file__).parents[1] / "docs" / "licences.md"
ELSEWHERE = "(not installed on this system)"
_LONGEST = 60
_PREFIX = "License :: "
_HEAD = """# Licences

What an installation of the service brings along, and under which licences: those that the packages name themselves. Made by
`make licences` from `supply/service.lock`; a test holds it to that.

| package | version | licence |
|---|---|---|
"""


_OF_THE_PAGE = """
## The web page
What is built into it, as `web/package-lock.json` names it; `licences.txt` beside the page has the texts. No installation has
the tools that build it.

| package | version | licence |
|---|---|---|
"""


def page(lock: str, page_lock: str) -> str:
    """The whole page."""
    packages = [(one.name, one.version, licence(one)) for one in sorted(set(locked(lock)))]
    built_in = [(one.name, one.version, one.licence) for one in page_packages(page_lock) if one.is_shipped]
    return _HEAD + _rows(packages) + _OF_THE_PAGE + _rows(built_in)


def _rows(rows: Iterable[tuple[str, str, str]]) -> str:
    return "".join(f"| {name} | {version} | {licence} |\n" for name, version, licence in rows)


def licence(one: Locked) -> str:
    """By the newest of the ways in which a package may say it: expression, classifiers, a short text."""
    installed = next(
        iter(distributions(name=one.name, path=[sysconfig.get_path("purelib")])), None
    )  # not what others bring inside
    if installed is None:
        return ELSEWHERE
    about = installed.metadata
    if "License-Expression" in about:
        return about["License-Expression"]
    classifiers = [text.rpartition(" :: ")[2] for text in about.get_all("Classifier") or () if text.startswith(_PREFIX)]
    if named := [text for text in classifiers if text != "OSI Approved"]:
        return ", ".join(named)
    text = about["License"].strip() if "License" in about else ""
    return text if 0 < len(text) <= _LONGEST and "\n" not in text else "(in its files)"


if __name__ == "__main__":
    PAGE.write_text(page(SERVICE_LOCK.read_text(), PAGE_LOCK.read_text()))
    sys.stdout.write(f"{PAGE}\n")
