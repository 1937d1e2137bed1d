"""Rows of CSV documents as typed records."""

import csv
import io
import mmap
import re
from collections.abc import Iterator
from itertools import islice

import msgspec

from scanner.errors import MalformedReportError, RecordError
from scanner.readers.document import Document
from scanner.readers.encodings import piece_in_utf8
from scanner.shapes.csv.records import Columns, Records, records_under
from scanner.shapes.csv.signature import CsvLayout

_MAX_CELL_CHARACTERS = 16 << 20
"""Plugin outputs of several MB are real; the library's default of 128 KiB refuses them."""
_MAX_LINE_BYTES = 16 << 20
_LINE = re.compile(rb"[^\r\n]*+(?:\r\n|[\r\n]|\Z)")
_LINE_END = re.compile(rb"\r\n|[\r\n]")


class Rows:
    """Records of the rows below the header; blank rows are left out. ``end`` is where the last one ended.

    A file that ends within a quoted cell of several lines is a `MalformedReportError`: nobody can say how many rows that cell
    has swallowed. One that ends within a row raises `RecordError` for that row, its last.
    """

    def __init__(self, document: Document, layout: CsvLayout, record: type[msgspec.Struct], columns: Columns) -> None:
        self._document, self._record, self._columns = document, record, columns
        self._delimiter, self._header_index = layout
        self.end = 0
        self._counted = self._lines = 0

    @property
    def line(self) -> int:
        return self.line_at(self.end)

    def line_at(self, end: int) -> int:
        """The number of the line that ends there, which is no further up than the one that was asked for before."""
        data = self._document.data
        self._lines += sum(1 for _ in _LINE_END.finditer(data, self._counted, end))
        self._counted = end
        return self._lines + (data[end - 1 : end] not in (b"", b"\n", b"\r"))

    def __iter__(self) -> Iterator[msgspec.Struct]:
        _refuse_endless_line(self._document)
        try:
            yield from self._records()
        except csv.Error as error:
            raise MalformedReportError(str(error), f"{self._document.name}, line {self.line + 1}") from error

    def _records(self) -> Iterator[msgspec.Struct]:
        data = self._document.data
        *_, (_, self.end, header) = islice(rows(data, 0, self._delimiter), self._header_index + 1)
        records = records_under(self._record, self._columns, header, self._delimiter)
        match, make = records.match, records.make
        at, size = self.end, len(data)
        while at < size:
            row = match(data, at)
            if row is not None and (end := row.end()) - at < _MAX_CELL_CHARACTERS:
                at = self.end = end
                yield make(row)
            else:
                yield from self._irregular(records, len(header))
                at = self.end

    def _irregular(self, records: Records, width: int) -> Iterator[msgspec.Struct]:
        """Records of rows that need the library, up to one that does not."""
        data = self._document.data
        for start, end, row in rows(data, self.end, self._delimiter):
            self.end = end
            if end == len(data):
                self._refuse_cut_off(data[start:end], row, width)
            if any(row):
                yield records.of(row)
            if records.match(data, end) is not None:
                return

    def _refuse_cut_off(self, written: bytes, row: list[str], width: int) -> None:
        """Judges the last row of the file, which the library has returned as if it were whole."""
        lines = io.StringIO(written.decode("utf-8", "replace"), newline="").readlines()
        try:
            list(csv.reader(lines, delimiter=self._delimiter, strict=True))
        except csv.Error as error:
            if "unexpected end" in str(error) and len(lines) > 1:
                place = f"{self._document.name}, line {self.line - len(lines) + 1}"
                raise MalformedReportError("the file ends within a quoted cell", place) from error
        if len(row) < width and not written.endswith((b"\n", b"\r")):
            raise RecordError(f"the file ends within this row: {len(row)} of {width} cells")


def rows(data: "mmap.mmap | bytes", start: int, delimiter: str) -> Iterator[tuple[int, int, list[str]]]:
    """Rows from ``start`` on as the library reads them, each behind where it begins and ends."""
    end = start

    def lines() -> Iterator[str]:
        nonlocal end
        while end < len(data):
            line = _LINE.match(data, end)
            assert line is not None
            end = line.end()
            yield _decoded(line[0])

    csv.field_size_limit(_MAX_CELL_CHARACTERS)
    begin = start
    for row in csv.reader(lines(), delimiter=delimiter):
        yield begin, end, row
        begin = end


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:  # in a document that is not checked, or that ends within a character
        return piece_in_utf8(line).decode("utf-8", "replace")


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
