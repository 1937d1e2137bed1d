"""Cuts JSON between the records of its sections, and reads what is cut."""

import ctypes
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

import msgspec

from scanner.errors import MalformedReportError
from scanner.readers.document import Document
from scanner.readers.encodings import is_utf8, piece_in_utf8
from scanner.section import Section
from scanner.shapes.json.reading import decode
from scanner.shapes.shape import Source

_MAPPED_BYTES = 1 << 20
"""Of a shorter range, opening and mapping takes longer than copying."""


class Range(msgspec.Struct, frozen=True, gc=False):
    start: int
    stop: int


class Part(msgspec.Struct, frozen=True):
    """Consecutive records of one JSON section."""

    section: Section
    range: Range
    first: int
    """Index of the first record in its section, for messages."""
    objects: tuple[Any, ...] = ()
    """The records of a section that are objects already; its range is empty."""


class JsonSpan(msgspec.Struct, frozen=True):
    parts: tuple[Part, ...]

    def read(self, variant: object, layout: object, source: Source) -> Iterator[Section]:
        """The parts say all that there is to know."""
        return (_section(part, source) for part in self.parts)


def spans(sections: Iterable[Section], document: Document, shard_bytes: int) -> Iterator[JsonSpan]:
    """Of a document with these sections."""
    base = _address(document.data)
    starts, stops = array("Q"), array("Q")
    parts: list[Part] = []
    size = 0
    for section in sections:
        if section.record is None or not isinstance(section.records, list):
            # small and irregular: the records themselves travel
            parts.append(Part(replace(section, records=()), Range(0, 0), 0, tuple(section.records)))
            continue
        bare = replace(section, records=())
        if not section.records and section.asset is not None:
            parts.append(Part(bare, Range(0, 0), 0))  # a clean asset is worth knowing
        for first, run in _runs(section.records, base, shard_bytes):
            if size and size + run.stop - run.start > shard_bytes:
                yield JsonSpan(tuple(parts))
                parts, size = [], 0
            parts.append(Part(bare, run, first))
            size += run.stop - run.start
            starts.append(run.start)
            stops.append(run.stop)
    if parts:
        yield JsonSpan(tuple(parts))
    if not document.is_checked:
        _require_utf8_between(document, starts, stops)


def _require_utf8_between(document: Document, starts: Iterable[int], stops: Iterable[int]) -> None:
    """What is not in the runs of records is read here, and some of it travels as it is: nobody looks at its bytes later."""
    at = 0
    for start, stop in chain(sorted(zip(starts, stops, strict=True)), [(len(document.data),) * 2]):
        if start > at and not is_utf8(document.data[at:start]):
            raise MalformedReportError("it is not in UTF-8", f"{document.name}, bytes {at} to {start}")
        at = max(at, stop)


def _runs(records: list[msgspec.Raw], base: int, shard_bytes: int) -> Iterator[tuple[int, Range]]:
    """Runs of consecutive records, each with the index of its first; looks at few of them, as they stand in their order."""

    def end(index: int) -> int:
        return _address(records[index]) - base + len(memoryview(records[index]))

    first = 0
    while first < len(records):
        start = _address(records[first]) - base
        following = bisect_right(range(len(records)), start + shard_bytes, lo=first + 1, key=end)
        yield first, Range(start, end(following - 1))
        first = following


class _Buffer(ctypes.Structure):
    """The beginning of CPython's ``Py_buffer``, with room for the rest of it."""

    _fields_ = (("buf", ctypes.c_void_p), ("rest", ctypes.c_byte * 256))


def _address(data: Any) -> int:
    """Where a buffer stands in memory: a raw record is a view into its document, so the difference is its offset in it."""
    buffer = _Buffer()
    ctypes.pythonapi.PyObject_GetBuffer(ctypes.py_object(data), ctypes.byref(buffer), 0)
    address = buffer.buf or 0
    ctypes.pythonapi.PyBuffer_Release(ctypes.byref(buffer))
    return address


def _section(part: Part, source: Source) -> Section:
    if part.objects or part.range.start == part.range.stop:
        return replace(part.section, records=part.objects)
    return replace(part.section, records=decode(_array(part.range, source), list[msgspec.Raw], source.name), first=part.first)


def _array(range_: Range, source: Source) -> memoryview | bytes:
    """The records of the range between brackets, which take the place of what stands there where that saves two copies."""
    if range_.start and range_.stop - range_.start >= _MAPPED_BYTES:
        window = source.window(range_.start - 1, range_.stop + 1)
        if window is not None and is_utf8(window):
            window[0], window[-1] = b"[]"
            return window
    return b"".join((b"[", piece_in_utf8(source.read(range_.start, range_.stop)), b"]"))
