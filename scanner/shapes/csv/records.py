"""Records from rows of CSV documents: a pattern that is made for the header takes apart those in which all goes by the rules.

Neighbouring cells of one field are taken as one run of bytes. By these it is known what rows repeat, so that the cells of a
plugin are read on the first of its hosts only.
"""

import functools
import mmap
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec

_REMEMBERED_BYTES = 8 << 20
"""Of rows, by the process, for each part of a record; with what is made of them some 50 MB. Then remembering starts anew."""
_LONGEST_BYTES = 64_000
"""Of what is remembered of one row."""
_OVERHEAD_BYTES = 1_000
Columns = Mapping[str, str | tuple[str, ...]]
"""As `CsvVariant.columns`."""
Match = Callable[[mmap.mmap | bytes, int], "re.Match[bytes] | None"]

_ROW_END = rb"(?:\r\n|[\r\n]|\Z)"


def records_under(record: type[msgspec.Struct], columns: Columns, header: Sequence[str], delimiter: str) -> "Records":
    """If the document before had the same header, they remember what it said: each shard of a report tells of all plugins."""
    return _last_records(record, frozenset(columns.items()), tuple(header), delimiter)


def forget() -> None:
    """The next report is read as the first one."""
    _last_records.cache_clear()


@functools.lru_cache(1)
def _last_records(
    record: type[msgspec.Struct], columns: frozenset[tuple[str, str | tuple[str, ...]]], header: tuple[str, ...], delimiter: str
) -> "Records":
    return Records(record, dict(columns), header, delimiter)


class Records:
    """Makes records from rows under that header."""

    def __init__(self, record: type[msgspec.Struct], columns: Columns, header: Sequence[str], delimiter: str) -> None:
        self._record, self._delimiter, self._width = record, delimiter, len(header)
        titles = [title.strip().casefold() for title in header]
        fields = msgspec.structs.fields(record)
        wanted = [[_column(columns, name, titles) for name in _names(field)] for field in fields]
        wanted_by = [tuple(at for at, asked in enumerate(wanted) if column in asked) for column in range(self._width)]
        runs = [(by, len(list(cells))) for by, cells in groupby(wanted_by)]

        between = re.escape(delimiter).encode()
        ends = [between] * (self._width - 1) + [_ROW_END]
        pattern = b""
        for by, cells in runs:
            run = b"".join(_cell(between, end) for end in ends[:cells])
            pattern += b"(%b)" % run if by else run
            del ends[:cells]
        pattern += b"()"
        self._row = re.compile(pattern)
        self.match: Match = re.compile(rb'(?!["%b]*+(?:[\r\n]|\Z))%b' % (between, pattern)).match
        """A row at that place, if it says anything, is as wide as the header and has no quotes but around cells or doubled in
        them; what others say only the library knows. Groups are runs of cells, each with what ends it, and one of nothing."""

        captured = [by for by, _ in runs if by]
        groups = [[at for at, by in enumerate(captured) if number in by] or [len(captured)] for number in range(len(fields))]
        split = re.compile(_cell(between, b"(?:%b|%b)" % (between, _ROW_END))).findall
        self._parts: list[tuple[_Part, Callable[[tuple[bytes, ...]], Any]]] = []
        self._texts: list[int] = []
        self._ends = delimiter.encode() + b"\r\n"
        for number, field in enumerate(fields):
            if field.type is str:
                self._texts += groups[number]
            else:
                there = [column for column, by in enumerate(wanted_by) if number in by]
                order = [[*there, self._width].index(column) for column in wanted[number]]
                self._parts.append((_Part(field.type, order, split, self._ends), itemgetter(*groups[number])))

    def make(self, row: "re.Match[bytes]") -> msgspec.Struct:
        groups, ends = row.groups(), self._ends
        return self._record(
            *[part[pick(groups)] for part, pick in self._parts],
            *[_text(groups[at], ends) if groups[at] else "" for at in self._texts],
        )

    def of(self, cells: list[str]) -> msgspec.Struct:
        """As `make`, of a row as the library returns it.

        Where it is shorter than the header it has empty cells at its end; what it has beyond the header is ignored.
        """
        whole = cells[: self._width] + [""] * (self._width - len(cells))
        quoted = ['"' + cell.replace('"', '""') + '"' for cell in whole]
        row = self._row.match(self._delimiter.join(quoted).encode())
        assert row is not None
        return self.make(row)


class _Part(dict[Any, msgspec.Struct]):
    """What was made of runs of cells that rows repeat; makes what is missing."""

    def __init__(
        self, type_: type[msgspec.Struct], order: list[int], split: Callable[[bytes], list[bytes]], ends: bytes
    ) -> None:
        self._type, self._order, self._split, self._ends = type_, order, split, ends
        self._bytes = 0

    def __missing__(self, runs: bytes | tuple[bytes, ...]) -> msgspec.Struct:
        written = b"".join(runs) if isinstance(runs, tuple) else runs
        texts = [*(_text(cell, self._ends) for cell in self._split(written)), ""]
        part = self._type(*[texts[at] for at in self._order])
        size = len(written) + _OVERHEAD_BYTES
        if size <= _LONGEST_BYTES:
            if self._bytes + size > _REMEMBERED_BYTES:
                self.clear()
                self._bytes = 0
            self._bytes += size
            self[runs] = part
        return part


def _cell(between: bytes, end: bytes) -> bytes:
    """Of a cell and what ends it: quoted, quoted with quotes in it, bare. It is one of these only: a row that does not match
    is not tried in all combinations."""
    return rb'(?:"[^"]*+"%b|"[^"]*+(?:""[^"]*+)++"%b|[^"%b\r\n]*+%b)' % (end, end, between, end)


def _text(cell: bytes, ends: bytes) -> str:
    """What a cell says that stands there up to its end."""
    if cell[:1] == b'"':
        return cell[1 : cell.rindex(b'"')].replace(b'""', b'"').decode("utf-8", "replace")
    return cell.rstrip(ends).decode("utf-8", "replace")


def _names(field: msgspec.structs.FieldInfo) -> tuple[str, ...]:
    return (field.name,) if field.type is str else field.type.__struct_fields__


def _column(columns: Columns, field: str, header: Sequence[str]) -> int:
    """Beyond the header where it has none."""
    titles = columns.get(field, field.replace("_", " "))
    for title in (titles,) if isinstance(titles, str) else titles:
        if title.casefold() in header:
            return header.index(title.casefold())
    return len(header)
