"""Pages by cursor, the same for whatever is listed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from jobs_store.cursors import Position, opaque, plain
from serve_app.errors import InvalidParametersError

Item = TypeVar("Item")
MOST = 200
"""Items of a page."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """``next`` is the cursor of the page behind it; None after the last."""

    items: Sequence[Item]
    next: str | None


def position_of(after: str) -> Position | None:
    """Raises `InvalidParametersError` for what is no cursor; empty is the beginning."""
    try:
        return Position.decode(after) if after else None
    except ValueError as error:
        raise InvalidParametersError({"after": "is no cursor of this service"}) from error


def number_of(after: str) -> int:
    """The same, where a list is ordered by number: then cursors are numbers."""
    if not after:
        return -1
    if not (after.isascii() and after.isdecimal() and len(after) < 19):
        raise InvalidParametersError({"after": "is no cursor of this service"})
    return int(after)


def slice_of(items: Iterable[Item], key: Callable[[Item], str], after: str, limit: int) -> Page[Item]:
    """A page of a list that is short enough to be read as a whole, in the order of ``key``, which no two have in common.

    Its cursors hold the key of the last that was told: what comes and goes meanwhile moves nothing behind it.
    """
    try:
        last = plain(after)
    except ValueError as error:
        raise InvalidParametersError({"after": "is no cursor of this service"}) from error
    behind = sorted((each for each in items if key(each) > last), key=key)
    page = behind[:limit]
    return Page(page, opaque(key(page[-1])) if len(behind) > limit else None)
