"""The lock of the service: ``supply/service.lock``."""

import re
from pathlib import Path
from typing import NamedTuple

SERVICE_LOCK = Path(__file__).with_name("service.lock")
_LINE = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)


class Locked(NamedTuple):
    name: str
    version: str


def locked(text: str) -> list[Locked]:
    """Packages with their versions, some more than once, for systems that differ."""
    return [Locked(_normal(name), version) for name, version in _LINE.findall(text)]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
