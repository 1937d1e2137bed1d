"""Query parameters that lists have in common."""

from collections.abc import Sequence
from typing import Annotated, TypeVar

from fastapi import Query

from serve_app.services.pages import MOST, Page, number_of

Item = TypeVar("Item")
After = Annotated[str, Query(max_length=400, description="`next` of the page before; the first page without.")]
Limit = Annotated[int, Query(ge=1, le=MOST, description="Most items of the page.")]


def slice_of(items: Sequence[Item], after: str, limit: int) -> Page[Item]:
    """A page of a list that is short enough to be read as a whole; cursors are places in it."""
    begin = number_of(after) + 1
    end = begin + limit
    return Page(items[begin:end], str(end - 1) if end < len(items) else None)
