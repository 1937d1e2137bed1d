"""Rows of CSV documents as typed records."""

import csv
import operator
import sys
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from scanner.errors import MalformedReportError
from scanner.format import CsvVariant, Section
from scanner.readers.document import Document
from scanner.signatures import Facts

_MAX_CELL_BYTES = min(64 << 20, sys.maxsize)
"""Plugin outputs of several MB are real; the library's default of 128 KiB refuses them."""


def csv_sections(variant: CsvVariant, document: Document, facts: Facts) -> Iterator[Section]:
    """One section whose records are the rows below the header; holds one row at a time."""
    rows = Rows(variant, document, facts)
    yield Section(rows, variant.translate, place=lambda: f"line {rows.line}")


class Rows:
    def __init__(self, variant: CsvVariant, document: Document, facts: Facts) -> None:
        found = variant.signature.find(facts)
        if found is None:
            raise MalformedReportError(f"no header with {', '.join(sorted(variant.signature.header))}", document.name)
        self._variant, self._document = variant, document
        self._delimiter, self._header_index = found
        self.line = 0

    def __iter__(self) -> Iterator[msgspec.Struct]:
        csv.field_size_limit(_MAX_CELL_BYTES)
        with self._document.path.open(encoding="utf-8", errors="replace", newline="") as file:
            reader = csv.reader(file, delimiter=self._delimiter)
            try:
                yield from self._records(reader)
            except csv.Error as error:
                raise MalformedReportError(str(error), f"{self._document.name}, line {reader.line_num}") from error

    def _records(self, reader: Any) -> Iterator[msgspec.Struct]:
        for _ in range(self._header_index):
            next(reader)
        make = record_maker(self._variant, [title.strip().casefold() for title in next(reader)])
        for row in reader:
            self.line = reader.line_num
            if any(row):
                yield make(row)


def record_maker(variant: CsvVariant, header: list[str]) -> Callable[[list[str]], msgspec.Struct]:
    """A function from a row's cells to the variant's record. Short rows have empty cells at their end."""
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
