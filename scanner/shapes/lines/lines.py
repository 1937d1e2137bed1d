"""Lines of a document, and where it may be cut between them."""

from collections.abc import Iterator
from typing import Any

import msgspec

from scanner.errors import MalformedReportError
from scanner.readers.document import Document
from scanner.shapes.texts import TextSpan, line_count

_MAX_LINE_BYTES = 256 << 20


class Lines:
    """The lines of a document as raw JSON, blank ones left out; holds one line at a time."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.number = 0

    def __iter__(self) -> Iterator[msgspec.Raw]:
        data, start = self._document.data, 0
        while start < len(data):
            end = data.find(b"\n", start)
            end = len(data) if end < 0 else end
            self.number += 1
            if end - start > _MAX_LINE_BYTES:
                raise MalformedReportError(f"a line of {end - start} bytes", f"line {self.number}")
            if line := data[start:end].strip():
                yield msgspec.Raw(line)
            start = end + 1


def line_spans(data: Any, shard_bytes: int) -> Iterator[TextSpan]:
    """Whole lines, at least ``shard_bytes`` of them but at the end."""
    start = line = 0
    while start < len(data):
        end = data.find(b"\n", min(start + shard_bytes, len(data)) - 1)
        stop = len(data) if end < 0 else end + 1
        yield TextSpan(start, stop, first_line=line)
        line += line_count(data, start, stop)
        start = stop
