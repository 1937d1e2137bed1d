"""The lock of the web page: ``web/package-lock.json``. What the built page carries, and the tools that build it."""

import base64
import json
from pathlib import Path
from typing import NamedTuple

PAGE_LOCK = Path(__file__).parents[1] / "web" / "package-lock.json"
_FOLDER = "node_modules/"


class PagePackage(NamedTuple):
    name: str
    version: str
    licence: str
    sha512: str
    """In hex; empty where the lock has another digest."""
    is_shipped: bool
    """Built into the page; else a tool that builds it, or is needed by one, and comes with no installation."""


def page_packages(text: str) -> list[PagePackage]:
    """Of a lock as npm 7 and later write it, in which ``dev`` marks what only development needs."""
    return sorted(
        PagePackage(
            place.rpartition(_FOLDER)[2],
            about["version"],
            about.get("license", ""),
            _sha512(about.get("integrity", "")),
            is_shipped=not (about.get("dev") or about.get("devOptional")),
        )
        for place, about in json.loads(text)["packages"].items()
        if place  # the one without is the page itself
    )


def _sha512(integrity: str) -> str:
    algorithm, _, digest = integrity.partition("-")
    return base64.b64decode(digest).hex() if algorithm == "sha512" else ""
