"""The sections of a shard, read from nothing but its own bytes."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import msgspec

from scanner.format import Section
from scanner.readers.document import Document, mapped
from scanner.readers.json import decode
from scanner.sharding import JsonShard, Part, Shard, TextShard, WholeShard
from scanner.translation import sections_of


class Source(Protocol):
    """A document, wherever it is kept."""

    name: str

    def read(self, start: int, stop: int) -> bytes: ...

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
            with tempfile.NamedTemporaryFile(prefix="phoenix-shard-") as file:
                file.writelines((shard.head, source.read(shard.range.start, shard.range.stop), shard.tail))
                file.flush()
                document = Document(source.name, *mapped(Path(file.name)))
                for section in sections_of(document, shard.detected):
                    yield _relocated(section, shard.first_line)
        case WholeShard():
            yield from sections_of(Document(source.name, *mapped(source.path())), shard.detected)


def _json_section(part: Part, source: Source) -> Section:
    if part.objects or part.range.start == part.range.stop:
        return replace(part.section, records=part.objects)
    records = b"".join((b"[", source.read(part.range.start, part.range.stop), b"]"))
    return replace(part.section, records=decode(records, list[msgspec.Raw], source.name), first=part.first)


def _relocated(section: Section, first_line: int) -> Section:
    """Lines are counted within the shard; messages name where it begins."""
    place = section.place
    if not first_line or not callable(place):
        return section
    return replace(section, place=lambda: f"{place()} after line {first_line}")
