"""Cuts a document into shards that can be translated anywhere, in any order, and together are the whole.

A shard says which bytes of the document it needs; whoever translates it fetches only those. JSON is cut between records of a
section, JSON Lines and CSV between lines (CSV: outside of quotes), XML between the elements that its format names.
"""

import csv
import ctypes
import mmap
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice, pairwise
from operator import attrgetter
from typing import Any

import msgspec
from lxml import etree

from scanner.detection import Detected
from scanner.errors import MalformedReportError
from scanner.format import CsvVariant, JsonLinesVariant, JsonVariant, Section, XmlVariant
from scanner.readers.csv import rows
from scanner.readers.csv_records import records_under
from scanner.readers.document import Document
from scanner.readers.encodings import is_utf8, piece_in_utf8
from scanner.signatures import Kind
from scanner.translation import sections_of

SHARD_BYTES = 16_000_000
"""Bytes of report per shard: about a tenth of a second of translation for JSON, half a second for XML and CSV, and a bound on
what a translating task holds beside it (about three times as much)."""

_COUNTED_BYTES = 1 << 16


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


@dataclass(frozen=True, slots=True)
class JsonShard:
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class TextShard:
    """Whole lines of JSON Lines or CSV, whole elements of XML; ``head`` and ``tail`` make them a document of their own."""

    range: Range
    detected: Detected
    head: bytes = b""
    tail: bytes = b""
    first_line: int = 0
    """Lines of the document before the shard, less those of ``head``."""


@dataclass(frozen=True, slots=True)
class WholeShard:
    """The document cannot be cut: one task reads all of it. ``reason`` says why, for the job's log."""

    range: Range
    detected: Detected
    reason: str = ""


Shard = JsonShard | TextShard | WholeShard


def cut(document: Document, detected: Detected, *, shard_bytes: int = SHARD_BYTES) -> Iterator[Shard]:
    """The document's shards in its order. A shard is larger than ``shard_bytes`` only where a single record is.

    Runs at the speed of a memory scan; holds some 80 bytes per JSON record, else nothing that grows.
    """
    whole = Range(0, len(document.data))
    if whole.stop <= shard_bytes:
        yield WholeShard(whole, detected)
        return
    match detected.variant:
        case JsonVariant():
            yield from _json_shards(document, detected, shard_bytes)
        case JsonLinesVariant() if detected.facts.kind is Kind.JSON_LINES:
            yield from (TextShard(piece, detected, first_line=line) for piece, line in _lines(document.data, shard_bytes))
        case JsonLinesVariant():
            yield from _json_shards(document, detected, shard_bytes)
        case CsvVariant():
            yield from _csv_shards(document, detected, shard_bytes)
        case XmlVariant(shard=str(), tables=()):
            yield from _xml_shards(document, detected, shard_bytes)
        case XmlVariant():
            yield WholeShard(whole, detected, "its records need tables that stand elsewhere in the report")
        case _:
            yield WholeShard(whole, detected, "the format is read as a whole")


# JSON ---------------------------------------------------------------------------------------------------------------------


def _json_shards(document: Document, detected: Detected, shard_bytes: int) -> Iterator[Shard]:
    base = _address(document.data)
    starts, stops = array("Q"), array("Q")
    parts: list[Part] = []
    size = 0
    for section in sections_of(document, detected):
        if section.record is None or not isinstance(section.records, list):
            # small and irregular: the records themselves travel
            parts.append(Part(replace(section, records=()), Range(0, 0), 0, tuple(section.records)))
            continue
        bare = replace(section, records=())
        if not section.records and section.asset is not None:
            parts.append(Part(bare, Range(0, 0), 0))  # a clean asset is worth knowing
        for first, piece in _runs(section.records, base, shard_bytes):
            if size and size + piece.stop - piece.start > shard_bytes:
                yield JsonShard(tuple(parts))
                parts, size = [], 0
            parts.append(Part(bare, piece, first))
            size += piece.stop - piece.start
            starts.append(piece.start)
            stops.append(piece.stop)
    if parts:
        yield JsonShard(tuple(parts))
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


# Lines, CSV, XML ----------------------------------------------------------------------------------------------------------


def _lines(data: Any, shard_bytes: int, start: int = 0, line: int = 0) -> Iterator[tuple[Range, int]]:
    while start < len(data):
        end = data.find(b"\n", min(start + shard_bytes, len(data)) - 1)
        stop = len(data) if end < 0 else end + 1
        yield Range(start, stop), line
        line += _count(b"\n", data, start, stop)
        start = stop


def _count(what: bytes, data: mmap.mmap | bytes, start: int, stop: int) -> int:
    """Of one byte; in pieces that stay in the processor's cache."""
    return sum(data[at : min(at + _COUNTED_BYTES, stop)].count(what) for at in range(start, stop, _COUNTED_BYTES))


def _csv_shards(document: Document, detected: Detected, shard_bytes: int) -> Iterator[Shard]:
    variant, data = detected.variant, document.data
    assert isinstance(variant, CsvVariant)
    found = variant.signature.find(detected.facts)
    assert found is not None
    delimiter, header_row = found
    *_, (_, start, header) = islice(rows(data, 0, delimiter), header_row + 1)
    head, line = bytes(data[:start]), 0
    while start < len(data):
        stop = _outside_quotes(data, start, min(start + shard_bytes, len(data)))
        if variant.together:
            stop = _between_records(data, stop, variant, header, delimiter)
        yield TextShard(Range(start, stop), detected, head=head, first_line=line)
        line += _count(b"\n", data, start, stop)
        start = stop


def _between_records(data: mmap.mmap | bytes, start: int, variant: CsvVariant, header: list[str], delimiter: str) -> int:
    """The beginning of the first row after the one at ``start`` that is no part of the same record as the row above it.

    The end of the document where rows cannot be told apart.
    """
    records, key = records_under(variant, header, delimiter), attrgetter(*variant.together)
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
    quotes = _count(b'"', data, start, least)
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


def _xml_shards(document: Document, detected: Detected, shard_bytes: int) -> Iterator[Shard]:
    variant = detected.variant
    assert isinstance(variant, XmlVariant)
    assert variant.shard is not None
    starts = list(_element_starts(document.data, variant.shard.encode(), shard_bytes))
    if not starts:
        yield WholeShard(Range(0, len(document.data)), detected, f"it has no <{variant.shard}>")
        return
    head = bytes(document.data[: starts[0]])
    tail = _closing_tags(piece_in_utf8(head))
    line = 0
    for start, stop in pairwise([*starts, len(document.data)]):
        is_last = stop == len(document.data)
        yield TextShard(Range(start, stop), detected, head=head, tail=b"" if is_last else tail, first_line=line)
        line += _count(b"\n", document.data, start, stop)


def _element_starts(data: Any, name: bytes, shard_bytes: int) -> Iterator[int]:
    """Where elements of that name start, at least ``shard_bytes`` apart."""
    at = _find_element(data, name, 0)
    while at >= 0:
        yield at
        at = _find_element(data, name, at + shard_bytes)


def _find_element(data: mmap.mmap | bytes, name: bytes, at: int) -> int:
    tag = b"<" + name
    while (at := data.find(tag, at)) >= 0:
        if data[at + len(tag) : at + len(tag) + 1] in (b" ", b">", b"/", b"\n", b"\r", b"\t"):
            return at
        at += len(tag)
    return -1


def _closing_tags(head: bytes) -> bytes:
    """End tags for what is open at the end of ``head``."""
    parser = etree.XMLPullParser(events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=True)
    parser.feed(head + b"<x/>" + b" " * 1024)  # the parser looks ahead before it reports what it has seen
    open_tags: list[str] = []
    for event, element in parser.read_events():
        if event == "end":
            open_tags.pop()
        elif isinstance(element, etree._Element):
            name = etree.QName(element).localname
            open_tags.append(f"{element.prefix}:{name}" if element.prefix else name)
    return "".join(f"</{tag}>" for tag in reversed(open_tags)).encode()
