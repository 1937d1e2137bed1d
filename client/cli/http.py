"""Importing httpx without the command that it brings along."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_COMMAND = "httpx._main"


@contextmanager
def quick_httpx() -> Iterator[None]:
    """Within it httpx, where it is imported first, does without a command of its own.

    It imports one with click, Pygments and Rich wherever those are installed: half of the time that its import takes.
    """
    if _COMMAND in sys.modules:
        yield
        return
    sys.modules[_COMMAND] = None  # type: ignore[assignment]  # Python's way to say that a module cannot be imported
    try:
        yield
    finally:
        del sys.modules[_COMMAND]
