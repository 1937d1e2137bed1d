"""Rows of a table that stand one below the other and say the same of most things, taken together as one record."""

import operator
from collections.abc import Iterator
from typing import Any, Protocol

from scanner.errors import RecordError

MOST_ROWS = 10_000
"""Of one record: a bound on what is held, far above the longest list of CVEs."""


class Rows(Protocol):
    line: int

    def __iter__(self) -> Iterator[Any]: ...


class Neighbours:
    """Tuples of consecutive rows that are equal in ``fields``. ``line`` is that of the first row of the last tuple.

    Where the rows end with a `RecordError`, it is raised after the tuple that was being collected.
    """

    def __init__(self, rows: Rows, fields: tuple[str, ...]) -> None:
        self._rows, self._key = rows, operator.attrgetter(*fields)
        self.line = 0

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        together: list[Any] = []
        start, key = 0, None
        cut_off: RecordError | None = None
        rows = iter(self._rows)
        while True:
            try:
                row = next(rows, None)
            except RecordError as error:
                row, cut_off = None, error
            own = self._key(row) if row is not None else None
            if together and (own != key or len(together) == MOST_ROWS):
                self.line = start
                yield tuple(together)
                together = []
            if row is None:
                break
            if not together:
                start, key = self._rows.line, own
            together.append(row)
        self.line = self._rows.line
        if cut_off is not None:
            raise cut_off
