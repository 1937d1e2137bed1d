"""Lines of a document, and where it may be cut between them."""

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from scanner.errors import MalformedReportError
from scanner.readers.document import Document
from scanner.shapes.texts import TextSpan, line_count

_MAX_LINE_BYTES = 256 << 20
_decoder = json.JSONDecoder()
_space = re.compile(r"\s*").match


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


def is_run(head: str) -> bool:
    """Whether an object follows right behind the first one."""
    start = len(head) - len(head.lstrip())
    try:
        _, end = _decoder.raw_decode(head, start)
    except (ValueError, RecursionError):
        return False
    return head.startswith("{", end)


def run(document: Document) -> Iterator[msgspec.Raw]:
    """Objects of which each follows right behind the other; holds the document, and one of them."""
    text = bytes(document.data).decode("utf-8", "replace")
    end = len(text) - len(text.lstrip())
    while end < len(text):
        start = end
        try:
            _, end = _decoder.raw_decode(text, start)
        except (ValueError, RecursionError) as error:
            raise MalformedReportError(str(error), document.name) from error
        yield msgspec.Raw(text[start:end].encode())
        space = _space(text, end)
        assert space is not None
        end = space.end()


def line_spans(data: Any, shard_bytes: int) -> Iterator[TextSpan]:
    """Whole lines, at least ``shard_bytes`` of them but at the end."""
    start = line = 0
    while start < len(data):
        end = data.find(b"\n", min(start + shard_bytes, len(data)) - 1)
        stop = len(data) if end < 0 else end + 1
        yield TextSpan(start, stop, first_line=line)
        line += line_count(data, start, stop)
        start = stop
