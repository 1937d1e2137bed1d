"""Spans of documents that are text: made a document of their own by what stands at the head of the whole."""

import mmap
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import msgspec

from scanner.readers.document import Document
from scanner.readers.encodings import piece_in_utf8
from scanner.section import Section
from scanner.shapes.shape import Layout, Source, Variant

_COUNTED_BYTES = 1 << 16


class TextSpan(msgspec.Struct, frozen=True, gc=False):
    """The bytes from ``start`` to ``stop``, behind the first ``head_bytes`` of the document and before ``tail``."""

    start: int
    stop: int
    head_bytes: int = 0
    tail: bytes = b""
    first_line: int = 0
    """Lines of the document before the span, less those of its head."""
    head_records: int = 0
    """How many records there are in the head, which are those of another span."""

    def text(self, source: Source) -> bytes:
        head = source.read(0, self.head_bytes) if self.head_bytes else b""
        return piece_in_utf8(b"".join((head, source.read(self.start, self.stop), self.tail)))

    def read(self, variant: Variant[Layout], layout: Layout, source: Source) -> Iterator[Section]:
        return self.read_text(self.text(source), variant, layout, source.name)

    def read_text(self, text: bytes, variant: Variant[Layout], layout: Layout, name: str) -> Iterator[Section]:
        sections = variant.read(Document(name, text, Path()), layout)
        return (self._own(section) for section in sections)

    def _own(self, section: Section) -> Section:
        """Lines are counted within the span; messages name where it begins."""
        if self.head_records:
            section = replace(section, records=islice(section.records, self.head_records, None))
        place = section.place
        if not self.first_line or not callable(place):
            return section
        return replace(section, place=lambda: f"{place()} after line {self.first_line}")


def line_count(data: mmap.mmap | bytes, start: int, stop: int) -> int:
    return count_of(b"\n", data, start, stop)


def count_of(what: bytes, data: mmap.mmap | bytes, start: int, stop: int) -> int:
    """Of one byte; in pieces that stay in the processor's cache."""
    return sum(data[at : min(at + _COUNTED_BYTES, stop)].count(what) for at in range(start, stop, _COUNTED_BYTES))
