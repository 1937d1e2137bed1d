"""Rows that stand one below the other and are one record."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from scanner.errors import RecordError
from scanner.shapes.csv import neighbours
from scanner.shapes.csv.neighbours import Neighbours


@dataclass
class Row:
    plugin: str
    cve: str


class Rows:
    """Rows under a header in line 1; ``cut_off`` as of a file that ends within one more row."""

    def __init__(self, *rows: Row, cut_off: bool = False) -> None:
        self._rows, self._cut_off, self.end = rows, cut_off, 0

    def line_at(self, end: int) -> int:
        return end

    def __iter__(self) -> Iterator[Row]:
        for line, row in enumerate(self._rows, start=2):
            self.end = line
            yield row
        if self._cut_off:
            self.end += 1
            raise RecordError("the file ends within this row")


def test_equal_neighbours_are_one_record() -> None:
    a1, a2, b, a3 = Row("a", "1"), Row("a", "2"), Row("b", "1"), Row("a", "3")
    assert list(Neighbours(Rows(a1, a2, b, a3), ("plugin",))) == [(a1, a2), (b,), (a3,)]


def test_all_fields_count_and_every_row_is_compared_with_the_first() -> None:
    rows = [Row("a", "1"), Row("a", "1"), Row("a", "2"), Row("b", "2"), Row("b", "2")]
    assert [len(record) for record in Neighbours(Rows(*rows), ("plugin", "cve"))] == [2, 1, 2]


def test_no_rows_are_no_records() -> None:
    assert list(Neighbours(Rows(), ("plugin",))) == []


def test_line_is_that_of_the_first_row() -> None:
    records = Neighbours(Rows(Row("a", "1"), Row("a", "2"), Row("b", "1")), ("plugin",))
    assert [records.line for _ in records] == [2, 4]


def test_what_was_read_before_a_cut_off_row_is_kept() -> None:
    a1, a2 = Row("a", "1"), Row("a", "2")
    records = iter(Neighbours(Rows(a1, a2, cut_off=True), ("plugin",)))
    assert next(records) == (a1, a2)
    with pytest.raises(RecordError):
        next(records)


def test_a_record_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "MOST_ROWS", 2)
    rows = [Row("a", str(number)) for number in range(5)]
    assert [len(record) for record in Neighbours(Rows(*rows), ("plugin",))] == [2, 2, 1]
