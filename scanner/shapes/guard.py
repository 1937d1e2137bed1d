"""The edge around the code of formats."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from scanner.errors import MalformedReportError, ScannerError

T = TypeVar("T")


def guarded(made: Iterable[T], name: str) -> Iterator[T]:
    """The same; what a format's own code trips over in a broken report is a `MalformedReportError`."""
    try:
        yield from made
    except ScannerError:
        raise
    except Exception as error:  # the edge of a format's code, on a report of any shape
        raise MalformedReportError(f"{type(error).__name__}: {error}", name) from error
