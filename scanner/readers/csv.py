"""Rows of CSV documents as typed records."""

import csv
import io
import mmap
import operator
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from scanner.errors import MalformedReportError, RecordError
from scanner.format import CsvVariant, Section
from scanner.readers.document import Document
from scanner.readers.neighbours import Neighbours
from scanner.signatures import Facts

_MAX_CELL_CHARACTERS = 16 << 20
"""Plugin outputs of several MB are real; the library's default of 128 KiB refuses them."""
_MAX_LINE_BYTES = 16 << 20
_TAIL_BYTES = 1 << 16


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
        _refuse_endless_line(self._document)
        with self._document.path.open(encoding="utf-8", errors="replace", newline="") as file:
            reader = csv.reader(file, delimiter=self._delimiter)
            try:
                yield from self._records(reader)
            except csv.Error as error:
                raise MalformedReportError(str(error), f"{self._document.name}, line {reader.line_num}") from error

    def _records(self, reader: Any) -> Iterator[msgspec.Struct]:
        for _ in range(self._header_index):
            next(reader)
        header = titles(next(reader))
        make = record_maker(self._variant, header)
        before, row = reader.line_num, next(reader, None)
        if row is None:
            return
        end = reader.line_num
        for following in reader:  # one ahead: the last row is judged before it is used
            self.line = end
            if any(row):
                yield make(row)
            before, row, end = end, following, reader.line_num
        self.line = end
        self._refuse_cut_off(row, end - before, len(header))
        if any(row):
            yield make(row)

    def _refuse_cut_off(self, row: list[str], lines: int, width: int) -> None:
        """Judges the last row of the file, which the library has returned as if it were whole."""
        written = last_lines(self._document.data, lines)
        try:
            list(csv.reader(written, delimiter=self._delimiter, strict=True))
        except csv.Error as error:
            if "unexpected end" in str(error) and lines > 1:
                place = f"{self._document.name}, line {self.line - lines + 1}"
                raise MalformedReportError("the file ends within a quoted cell", place) from error
        if len(row) < width and not written[-1].endswith(("\n", "\r")):
            raise RecordError(f"the file ends within this row: {len(row)} of {width} cells")


def last_lines(data: "mmap.mmap | bytes", count: int) -> list[str]:
    """The last lines of a document with their ends, as a file that is opened for the CSV reader has them."""
    tail_bytes = _TAIL_BYTES
    while True:
        tail = data[max(len(data) - tail_bytes, 0) :].decode("utf-8", "replace")
        lines = io.StringIO(tail, newline="").readlines()
        if len(lines) > count or tail_bytes >= len(data):
            return lines[-count:]
        tail_bytes *= 8


def _refuse_endless_line(document: Document) -> None:
    """The library would read all of it into memory before it looks at the first cell. Looks at one place in each 16 MB."""
    data, start = document.data, 0
    while len(data) - start > _MAX_LINE_BYTES:
        stop = start + _MAX_LINE_BYTES
        end = data.rfind(b"\n", start, stop)
        end = end if end >= 0 else data.rfind(b"\r", start, stop)
        if end < 0:
            raise MalformedReportError("a line that does not end", f"{document.name}, byte {start}")
        start = end + 1


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
        if len(row) != width:
            row = row[:width] if len(row) > width else row + [""] * (width - len(row))
        row.append("")  # what absent columns point to
        return record(*pick(row))

    return make


def key_maker(variant: CsvVariant, header: list[str]) -> Callable[[list[str]], Any]:
    """A function from a row's cells to what neighbouring rows of one record have in common."""
    make, key = record_maker(variant, titles(header)), operator.attrgetter(*variant.together)
    return lambda row: key(make(row))


def titles(header: list[str]) -> list[str]:
    return [title.strip().casefold() for title in header]


def _column(variant: CsvVariant, field: str, header: list[str]) -> int:
    titles = variant.columns.get(field, field.replace("_", " "))
    for title in (titles,) if isinstance(titles, str) else titles:
        if title.casefold() in header:
            return header.index(title.casefold())
    return len(header)
