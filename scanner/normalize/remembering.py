"""Remembers what was made of texts that repeat: a report describes a plugin anew on every host that has it."""

import functools
from collections.abc import Callable
from typing import TypeVar

_Made = TypeVar("_Made")

_ENTRIES = 4096
_LONGEST = 8_000
"""Characters of all texts of one call together; with the entries, a bound on memory of some tens of MB per function."""


def remembered(make: Callable[..., _Made]) -> Callable[..., _Made]:
    """A pure function of texts that answers quickly when it is asked the same again. What it makes must not be changed."""
    known = functools.lru_cache(_ENTRIES)(make)

    @functools.wraps(make)
    def answer(*texts: str) -> _Made:
        return known(*texts) if sum(map(len, texts)) <= _LONGEST else make(*texts)

    return answer
