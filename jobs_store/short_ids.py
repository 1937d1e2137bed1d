"""Ids that people shorten: ``job-3f9c``, or ``3f9c``, for the only one that begins so."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, and_

from jobs_store.errors import AmbiguousIdError, StoreError

MOST_TOLD = 5
"""Of the ids that fit."""
_RANDOM = re.compile(r"[0-9a-f]{1,31}")
_AFTER_HEX = "g"


def begins(column: "Column[Any]", kind: str, short: str) -> ColumnElement[bool] | None:
    """Fits the ids of that kind that begin so, by the index; None for what is no beginning of one."""
    rest = short.removeprefix(f"{kind}-")
    if not _RANDOM.fullmatch(rest):
        return None
    first = f"{kind}-{rest}"
    return and_(column >= first, column < first + _AFTER_HEX, column.startswith(first, autoescape=True))


def only(found: Sequence[str], short: str, none: StoreError) -> str:
    """The one id that was found, of up to one more than `MOST_TOLD`; raises ``none``, or `AmbiguousIdError`."""
    if len(found) > 1:
        raise AmbiguousIdError(short, tuple(found[:MOST_TOLD]), len(found) > MOST_TOLD)
    if not found:
        raise none
    return found[0]
