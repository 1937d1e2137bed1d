"""Patterns that come from outside: RE2 takes time in proportion to the text, whatever the pattern."""

import functools
import re
from typing import Any

_NAMES = re.compile(r"\(\?P?<([A-Za-z_]\w*)>")
_MOST_BYTES = 1 << 22
"""Of memory for one pattern."""


@functools.lru_cache(1024)
def compiled(pattern: str) -> Any:
    """Raises `ValueError` for what RE2 does not take, and for two groups of one name: it would know the first alone."""
    names = _NAMES.findall(pattern)
    if len(set(names)) < len(names):
        raise ValueError(f"{pattern!r} has two groups of one name")
    import re2  # by those who have such patterns: all others would start later for it

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MOST_BYTES
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        words = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
        raise ValueError(f"{pattern!r} is no pattern that RE2 takes: {words}") from error
