"""Rows of a table that stand one below the other and say the same of most things, taken together as one record."""

import operator
from collections.abc import Iterator
from typing import Any, Protocol

from scanner.errors import RecordError

MOST_ROWS = 10_000
"""Of one record: a bound on what is held, far above the longest list of CVEs."""


class Rows(Protocol):
    end: int

    def line_at(self, end: int) -> int: ...

    def __iter__(self) -> Iterator[Any]: ...


class Neighbours:
    """Tuples of consecutive rows that are equal in ``fields``. ``line`` is that of the first row of the last tuple.

    Where the rows end with a `RecordError`, it is raised after the tuple that was being collected.
    """

    def __init__(self, rows: Rows, fields: tuple[str, ...]) -> None:
        self._rows, self._key = rows, operator.attrgetter(*fields)
        self._first_field = operator.attrgetter(fields[0])
        self._end = 0

    @property
    def line(self) -> int:
        return self._rows.line_at(self._end)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        rows, key_of, first_field_of = self._rows, self._key, self._first_field
        together: list[Any] = []
        end, first_field = 0, None
        cut_off: RecordError | None = None
        try:
            for row in rows:
                own = first_field_of(row)
                if together and own == first_field and key_of(row) == key_of(together[0]) and len(together) < MOST_ROWS:
                    together.append(row)
                    continue
                if together:
                    self._end = end
                    yield tuple(together)
                together, end, first_field = [row], rows.end, own
        except RecordError as error:
            cut_off = error
        self._end = end
        if together:
            yield tuple(together)
        self._end = rows.end
        if cut_off is not None:
            raise cut_off
