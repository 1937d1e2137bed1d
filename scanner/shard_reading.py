"""The sections of a shard, read from nothing but its own bytes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import msgspec

from scanner.format import Section
from scanner.readers.document import Document, mapped
from scanner.readers.encodings import is_utf8, piece_in_utf8
from scanner.readers.json import decode
from scanner.readers.json_repair import as_json
from scanner.sharding import JsonShard, Part, Range, Shard, TextShard, WholeShard
from scanner.signatures import Kind
from scanner.translation import sections_of

_MAPPED_BYTES = 1 << 20
"""Of a shorter range, opening and mapping takes longer than copying."""


class Source(Protocol):
    """A document, wherever it is kept."""

    name: str

    def read(self, start: int, stop: int) -> bytes: ...

    def window(self, start: int, stop: int) -> memoryview | None:
        """The same, mapped, for the caller to write on, which changes nothing for others. None where no local file has them."""
        ...

    def path(self) -> Path:
        """All of it as a local file."""
        ...


def read_shard(shard: Shard, source: Source) -> Iterator[Section]:
    """As `scanner.reading.read_sections` for the shard's part. Memory: the shard, twice; a `WholeShard` is mapped."""
    match shard:
        case JsonShard(parts):
            for part in parts:
                yield _json_section(part, source)
        case TextShard():
            yield from _text_sections(shard, source.name, _text(shard, source))
        case WholeShard():
            yield from sections_of(Document(source.name, *mapped(source.path())), shard.detected)


def read_repaired(shard: Shard, source: Source) -> Iterator[Section] | None:
    """The same of JSON Lines with numbers that JSON does not have, as ``null``; None where there are none.

    Looking for them takes as long as reading: it is for shards of which a record could not be read.
    """
    if isinstance(shard, TextShard) and shard.detected.facts.kind is Kind.JSON_LINES:
        chunks = as_json(_text(shard, source))
        return _text_sections(shard, source.name, b"".join(chunks)) if chunks else None
    return None


def _text(shard: TextShard, source: Source) -> bytes:
    return piece_in_utf8(b"".join((shard.head, source.read(shard.range.start, shard.range.stop), shard.tail)))


def _text_sections(shard: TextShard, name: str, data: bytes) -> Iterator[Section]:
    for section in sections_of(Document(name, data, Path()), shard.detected):
        yield _relocated(section, shard.first_line)


def _json_section(part: Part, source: Source) -> Section:
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


def _relocated(section: Section, first_line: int) -> Section:
    """Lines are counted within the shard; messages name where it begins."""
    place = section.place
    if not first_line or not callable(place):
        return section
    return replace(section, place=lambda: f"{place()} after line {first_line}")
