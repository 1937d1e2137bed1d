"""Rows of CSV documents as typed records."""

import csv
import operator
from collections.abc import Callable, Iterator
from typing import Any, TextIO

import msgspec

from scanner.errors import MalformedReportError, RecordError
from scanner.format import CsvVariant, Section
from scanner.readers.document import Document
from scanner.readers.neighbours import Neighbours
from scanner.signatures import Facts

_MAX_CELL_CHARACTERS = 16 << 20
"""Plugin outputs of several MB are real; the library's default of 128 KiB refuses them."""


def csv_sections(variant: CsvVariant, document: Document, facts: Facts) -> Iterator[Section]:
    """One section whose records are the rows below the header; holds one row at a time (or those that are one record)."""
    rows: Rows | Neighbours = Rows(variant, document, facts)
    if variant.together:
        rows = Neighbours(rows, variant.together)
    yield Section(rows, variant.translate, place=lambda: f"line {rows.line}")


class Rows:
    """Records of the rows below the header; blank rows are left out.

    A file that ends within a quoted cell of several lines is a `MalformedReportError`: nobody can say how many rows that cell
    has swallowed. One that ends within a row raises `RecordError` for that row, its last.
    """

    def __init__(self, variant: CsvVariant, document: Document, facts: Facts) -> None:
        found = variant.signature.find(facts)
        if found is None:
            raise MalformedReportError(f"no header with {', '.join(sorted(variant.signature.header))}", document.name)
        self._variant, self._document = variant, document
        self._delimiter, self._header_index = found
        self.line = 0

    def __iter__(self) -> Iterator[msgspec.Struct]:
        csv.field_size_limit(_MAX_CELL_CHARACTERS)
        with self._document.path.open(encoding="utf-8", errors="replace", newline="") as file:
            lines = Lines(file, self._document.name)
            reader = csv.reader(lines, delimiter=self._delimiter)
            try:
                yield from self._records(reader, lines)
            except csv.Error as error:
                raise MalformedReportError(str(error), f"{self._document.name}, line {reader.line_num}") from error

    def _records(self, reader: Any, lines: "Lines") -> Iterator[msgspec.Struct]:
        for _ in range(self._header_index):
            next(reader)
        header = [title.strip().casefold() for title in next(reader)]
        make = record_maker(self._variant, header)
        lines.of_row.clear()
        for row in reader:
            self.line = reader.line_num
            if lines.ended:
                self._refuse_cut_off(lines, row, len(header))
            if any(row):
                yield make(row)
            lines.of_row.clear()

    def _refuse_cut_off(self, lines: "Lines", row: list[str], width: int) -> None:
        """Judges the last row of the file, which the library has returned as if it were whole."""
        try:
            list(csv.reader(lines.of_row, delimiter=self._delimiter, strict=True))
        except csv.Error as error:
            if "unexpected end" in str(error) and len(lines.of_row) > 1:
                first_line = self.line - len(lines.of_row) + 1
                place = f"{self._document.name}, line {first_line}"
                raise MalformedReportError("the file ends within a quoted cell", place) from error
        if len(row) < width and not lines.of_row[-1].endswith(("\n", "\r")):
            raise RecordError(f"the file ends within this row: {len(row)} of {width} cells")


class Lines:
    """The lines of a file with their ends, none longer than a cell may be; ``of_row`` has those since it was cleared."""

    def __init__(self, file: TextIO, name: str) -> None:
        self._file, self._name, self._number = file, name, 0
        self._next = self._read()
        self.of_row: list[str] = []

    @property
    def ended(self) -> bool:
        return not self._next

    def __iter__(self) -> Iterator[str]:
        while line := self._next:
            self._next = self._read()
            self.of_row.append(line)
            yield line

    def _read(self) -> str:
        line = self._file.readline(_MAX_CELL_CHARACTERS)
        self._number += 1
        if len(line) == _MAX_CELL_CHARACTERS:
            raise MalformedReportError("a line that does not end", f"{self._name}, line {self._number}")
        return line


def record_maker(variant: CsvVariant, header: list[str]) -> Callable[[list[str]], msgspec.Struct]:
    """A function from a row's cells to the variant's record.

    A row that is shorter than the header has empty cells at its end; what a row has beyond the header is ignored.
    """
    fields = variant.record.__struct_fields__
    width = len(header)
    indices = [_column(variant, field, header) for field in fields]
    pick = operator.itemgetter(*indices) if len(indices) > 1 else lambda cells: (cells[indices[0]],)
    record = variant.record

    def make(row: list[str]) -> msgspec.Struct:
        cells = row[:width] if len(row) > width else row + [""] * (width - len(row))
        cells.append("")  # what absent columns point to
        return record(*pick(cells))

    return make


def _column(variant: CsvVariant, field: str, header: list[str]) -> int:
    titles = variant.columns.get(field, field.replace("_", " "))
    for title in (titles,) if isinstance(titles, str) else titles:
        if title.casefold() in header:
            return header.index(title.casefold())
    return len(header)
