"""Patterns that come from outside: RE2 takes time in proportion to the text, whatever the pattern."""

import functools
from typing import Any

import re2

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 1 << 22


@functools.lru_cache(1024)
def compiled(pattern: str) -> Any:
    """Raises `ValueError` for what RE2 does not take."""
    try:
        return re2.compile(pattern, _OPTIONS)
    except re2.error as error:
        words = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
        raise ValueError(f"{pattern!r} is no pattern that RE2 takes: {words}") from error
