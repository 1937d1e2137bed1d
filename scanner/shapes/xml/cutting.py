"""Cuts XML between elements, without parsing what is in between."""

import mmap
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from lxml import etree

from scanner.readers.document import Document
from scanner.readers.encodings import piece_in_utf8
from scanner.shapes.shape import Span, Whole
from scanner.shapes.texts import TextSpan, line_count
from scanner.shapes.xml.elements import Elements


def spans(document: Document, element: str, records: tuple[str, ...], shard_bytes: int) -> Iterator[Span]:
    """What comes before the first of these elements opens each span, and closing tags end it.

    Records that stand there are those of the first span.
    """
    data = document.data
    starts = list(_element_starts(data, element.encode(), shard_bytes))
    if not starts:
        yield Whole(f"it has no <{element}>")
        return
    head = piece_in_utf8(bytes(data[: starts[0]]))
    tail = _closing_tags(head)
    told = sum(1 for _ in Elements(Document(document.name, head + tail, document.path), records)) if starts[1:] else 0
    line = 0
    for start, stop in pairwise([*starts, len(data)]):
        yield TextSpan(start, stop, starts[0], b"" if stop == len(data) else tail, line, 0 if start == starts[0] else told)
        line += line_count(data, start, stop)


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
