"""Cuts tables between lines, outside of quotes and of what is one record."""

import csv
import mmap
from collections.abc import Iterator
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

import msgspec

from scanner.readers.document import Document
from scanner.shapes.csv.reading import rows
from scanner.shapes.csv.records import Columns, records_under
from scanner.shapes.csv.signature import CsvLayout
from scanner.shapes.texts import TextSpan, count_of, line_count


class Together(NamedTuple):
    """Which rows are one record: neighbours that are equal in ``fields`` of it, if there are any."""

    record: type[msgspec.Struct]
    columns: Columns
    fields: tuple[str, ...]


def spans(document: Document, layout: CsvLayout, shard_bytes: int, together: Together) -> Iterator[TextSpan]:
    data = document.data
    *_, (_, head_bytes, header) = islice(rows(data, 0, layout.delimiter), layout.header_row + 1)
    start, line = head_bytes, 0
    while start < len(data):
        stop = _outside_quotes(data, start, min(start + shard_bytes, len(data)))
        if together.fields:
            stop = _between_records(data, stop, together, header, layout.delimiter)
        yield TextSpan(start, stop, head_bytes, first_line=line)
        line += line_count(data, start, stop)
        start = stop


def _between_records(data: mmap.mmap | bytes, start: int, together: Together, header: list[str], delimiter: str) -> int:
    """The beginning of the first row after the one at ``start`` that is no part of the same record as the row above it.

    The end of the document where rows cannot be told apart.
    """
    records, key = records_under(together.record, together.columns, header, delimiter), attrgetter(*together.fields)
    above = None
    try:
        for begin, _, row in rows(data, start, delimiter):
            if any(row):
                own = key(records.of(row))
                if above is not None and own != above:
                    return begin
                above = own
    except csv.Error:  # the task that reads the rest says what is wrong with it, and where
        pass
    return len(data)


def _outside_quotes(data: mmap.mmap | bytes, start: int, least: int) -> int:
    """The end of the first line at or after ``least`` that is not within a quoted cell that began after ``start``."""
    quotes = count_of(b'"', data, start, least)
    at = least
    while at < len(data):
        end = data.find(b"\n", at)
        if end < 0:
            return len(data)
        quotes += data[at : end + 1].count(b'"')
        at = end + 1
        if quotes % 2 == 0:
            return at
    return len(data)
