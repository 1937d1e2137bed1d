"""What a report says of having looked: assets without findings, and parts whose tool did not get to look."""

import re

from scanner.format import Section
from scanner.model import Asset

_CREDENTIALS = re.compile(r"://[^/\s@]{1,200}@")
"""Tools quote the address that they could not reach as they were given it."""


def scanned(asset: Asset) -> Section:
    """A section without records: a report that found nothing still says what it looked at."""
    return Section((), _nothing, asset=asset)


def failed(words: str, place: str) -> Section:
    """A part of a report whose tool did not get to look, with what it says of that."""
    return Section((), _nothing, failure=_CREDENTIALS.sub("://", words).strip() or "the tool says that it failed", place=place)


def _nothing(_record: object, _context: object) -> None:
    return None
