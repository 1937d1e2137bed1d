"""What a report says of having looked: assets without findings, and parts whose tool did not get to look."""

import re
from collections.abc import Iterable

from scanner.format import Section
from scanner.model import Asset

_CREDENTIALS = re.compile(r"://[^/\s@]{1,200}@")
"""Tools quote the address that they could not reach as they were given it."""
_QUOTED = 3
"""Of a tool's errors; a scan of a large repository may have thousands, which say the same of other files."""


def scanned(asset: Asset) -> Section:
    """A section without records: a report that found nothing still says what it looked at."""
    return Section((), _nothing, asset=asset)


def failed(words: str, place: str) -> Section:
    """A part of a report whose tool did not get to look, with what it says of that.

    Beside parts that are good it is told as skipped, which is how a scan says that it is not a whole one.
    """
    return Section((), _nothing, failure=without_credentials(words).strip() or "the tool says that it failed", place=place)


def without_credentials(words: str) -> str:
    return _CREDENTIALS.sub("://", words)


def quoted(errors: Iterable[str]) -> str:
    """The first of a tool's errors, each once, and how many more there are; empty without any."""
    each = list(dict.fromkeys(filter(None, errors)))
    more = [f"and {len(each) - _QUOTED} more"] if len(each) > _QUOTED else []
    return "; ".join([*each[:_QUOTED], *more])


def _nothing(_record: object, _context: object) -> None:
    return None
