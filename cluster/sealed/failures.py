"""Errors of a runner on their way to whoever gave the order."""

import logging
from collections.abc import Sequence
from typing import Any

from cluster.errors import JobFailedError
from cluster.sealed.messages import Failed
from scanner import errors
from scanner.errors import ScannerError

_LONGEST_TEXT = 4000
_KNOWN: dict[str, type[ScannerError]] = {
    kind.__name__: kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ScannerError)
}
OUT_OF_MEMORY = MemoryError.__name__

log = logging.getLogger(__name__)


def told(error: BaseException) -> str:
    """What a person is told: our own errors in their words, anything else by its class, with the rest in the log."""
    if isinstance(error, ScannerError) or getattr(error, "retryable", None) is not None:
        return str(error)
    log.error("a task failed", exc_info=error)
    return f"internal error ({type(error).__name__}); the worker's log has more"


def sent(error: BaseException) -> Failed:
    """An error as a message."""
    if isinstance(error, MemoryError):
        return Failed(OUT_OF_MEMORY, "")
    kind = type(error).__name__
    return Failed(kind, told(error)[:_LONGEST_TEXT], _plain(error.args) if kind in _KNOWN else None)


def arrived(failed: Failed) -> Exception:
    """The error again, if it is one of the scanner's own; else what a person is told of it."""
    kind = _KNOWN.get(failed.kind)
    if kind is None or failed.arguments is None:
        return JobFailedError(failed.text[:_LONGEST_TEXT])
    try:
        error = kind(*(tuple(given) if isinstance(given, list) else given for given in failed.arguments))
        str(error)
    except (TypeError, ValueError):
        return JobFailedError(failed.text[:_LONGEST_TEXT])
    return error


def _plain(arguments: Sequence[Any]) -> list[Any] | None:
    plain = [list(given) if isinstance(given, tuple) else given for given in arguments]
    return plain if all(given is None or isinstance(given, str | int | float | list) for given in plain) else None
