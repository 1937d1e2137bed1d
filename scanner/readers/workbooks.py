"""Workbooks (XLSX): each sheet as a table of its own, in CSV, so that whatever reads CSV reads sheets.

A workbook is a ZIP of XML from strangers. Before a library looks into it each member is unpacked once and counted against the
limits of archives, what declares entities is refused, and what the library keeps in memory is bounded. Cells are taken row by
row; how wide a row may be, and how many cells there may be, is bounded too: a cell in the last column makes a row of 16,384.
"""

import csv
import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import IO, Any, TypeVar

from scanner.errors import LimitExceededError, MalformedReportError
from scanner.readers.archive_policy import ArchiveLimits, Meter, require_bounded_directory, unreadable

T = TypeVar("T")

_CONTENTS = "xl/workbook.xml"
_SHARED_TEXTS = "xl/sharedstrings.xml"
_SHARED_BYTES = 64 << 20
_OTHER_BYTES = 32 << 20
"""Of styles, themes and relations, all of which the library reads as trees."""
_SHEETS = "xl/worksheets/"
_SHEET_BYTES = 256 << 20
_SHEET_ELEMENTS = 12_000_000
"""The library keeps an element that it does not expect: 120 bytes each."""
_COLUMNS = 1_024
_CELLS = 50_000_000
_CHUNK_BYTES = 1 << 20
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY", "<!DOCTYPE".encode("utf-16-le"), "<!DOCTYPE".encode("utf-16-be"))
_OVERLAP_BYTES = 32


def is_workbook(archive: zipfile.ZipFile) -> bool:
    return _CONTENTS in archive.NameToInfo


def sheets(file: IO[bytes], name: str, limits: ArchiveLimits, meter: Meter) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Title of a sheet → its rows as CSV, in chunks, which have to be taken before the next sheet is asked for.

    Sheets in which nothing stands are left out. Raises `MalformedReportError` and `LimitExceededError`.
    """
    yield from _guarded(_looked_through(file, name, limits, meter), name)


def _guarded(made: Iterable[T], name: str) -> Iterator[T]:
    try:
        yield from made
    except (LimitExceededError, MalformedReportError):
        raise
    except Exception as error:  # the edge of a library, which raises whatever its parsers of XML and ZIP raise
        raise MalformedReportError(f"broken workbook: {type(error).__name__}: {error}", name) from error


def _looked_through(file: IO[bytes], name: str, limits: ArchiveLimits, meter: Meter) -> Iterator[tuple[str, Iterator[bytes]]]:
    _refuse_hostile(file, name, limits, meter)
    for title, chunks in _sheets(file):
        yield title, _guarded(chunks, f"{name}/{title}")


def _refuse_hostile(file: IO[bytes], name: str, limits: ArchiveLimits, meter: Meter) -> None:
    require_bounded_directory(file, limits)
    with zipfile.ZipFile(file) as archive:
        if len(archive.NameToInfo) != len(archive.infolist()):
            raise MalformedReportError("two members of one name", name)
        for info in archive.infolist():
            meter.member()
            if reason := unreadable(info):
                raise MalformedReportError(reason, f"{name}/{info.filename}")
            _refuse_hostile_member(archive, info, name, meter)
    file.seek(0)


def _refuse_hostile_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, meter: Meter) -> None:
    most = _most_bytes(info.filename.casefold())
    size, elements, before = 0, 0, b""
    with archive.open(info) as source:
        for chunk in meter.measured(iter(lambda: source.read(_CHUNK_BYTES), b"")):
            size += len(chunk)
            if most is not None and size > most:
                raise LimitExceededError(f"bytes of {info.filename}", most, size)
            elements += chunk.count(b"<") - chunk.count(b"</")
            if elements > _SHEET_ELEMENTS:
                raise LimitExceededError(f"elements of {info.filename}", _SHEET_ELEMENTS, elements)
            looked = before + chunk
            if any(declaration in looked for declaration in _DECLARATIONS):
                raise MalformedReportError("the workbook declares a document type", f"{name}/{info.filename}")
            before = looked[-_OVERLAP_BYTES:]


def _most_bytes(member: str) -> int | None:
    """Of a member that is read; None for pictures and the like."""
    if member == _SHARED_TEXTS:
        return _SHARED_BYTES
    if member.startswith(_SHEETS):
        return _SHEET_BYTES
    return _OTHER_BYTES if member.endswith((".xml", ".rels")) else None


def _sheets(file: IO[bytes]) -> Iterator[tuple[str, Iterator[bytes]]]:
    import openpyxl  # a tenth of a second, which only workbooks cost

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about extensions of Excel that it does not know
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    try:
        budget = _Budget()
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # what it says of its size may be anything
            rows = (cells for row in sheet.iter_rows(values_only=True) if any(cells := budget.cells(row)))
            first = next(rows, None)
            if first is not None:
                yield sheet.title, _as_csv(first, rows)
    finally:
        book.close()


class _Budget:
    """Counts cells, over all sheets."""

    def __init__(self) -> None:
        self._cells = 0

    def cells(self, row: tuple[Any, ...]) -> list[str]:
        """Of a row as texts, without empty ones at its end."""
        if len(row) > _COLUMNS:
            raise LimitExceededError("columns of a sheet", _COLUMNS, len(row))
        self._cells += len(row) + 1
        if self._cells > _CELLS:
            raise LimitExceededError("cells of a workbook", _CELLS, self._cells)
        texts = [_text(value) for value in row]
        while texts and not texts[-1]:
            texts.pop()
        return texts


def _as_csv(first: list[str], rows: Iterator[list[str]]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(first)
    for row in rows:
        writer.writerow([*row, *[""] * (len(first) - len(row))])
        if buffer.tell() > _CHUNK_BYTES:
            yield buffer.getvalue().encode("utf-8", "replace")
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode("utf-8", "replace")


def _text(value: Any) -> str:
    """As a spreadsheet exports it: whole numbers without a fraction, dates as ISO 8601."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value).strip()
