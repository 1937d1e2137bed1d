"""Elements that a report says again and again, parsed once: of each repetition the parser sees only what differs.

A network scan describes a plugin anew on every host that has it, often in nine tenths of its bytes. Whether bytes are such a
repetition is decided without parsing them, which is sound for these reasons:

- What stands between records goes to the parser as it is, and is looked through for comments, CDATA sections and processing
  instructions, so that an element is only taken where the parser would take it for one.
- ``<`` is nothing but markup wherever XML is well-formed. What is not well-formed is not left out: what is seen for the first
  time is parsed by itself, as the content of an element, and goes to the parser unless that succeeds.
- What depends on where it stands (prefixes that are declared further out, attributes that a DTD gives) is not remembered.
"""

import re
import secrets
from collections.abc import Iterator
from typing import Any

from lxml import etree

from scanner.format import Repeated
from scanner.readers.xml_bytes import XmlBytes

_CHUNK_BYTES = 1 << 18
_LONGEST_BYTES = 1 << 16
"""Of an element that is looked at as a whole."""
_REMEMBERED_BYTES = 16 << 20
"""Of all that is remembered; with what is made of it some 50 MB. What comes then is parsed wherever it stands."""
_ENDS = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
_LONGEST_START = len("<![CDATA[")

Content = tuple[bytes, ...]
"""Of an element without its varying children: the bytes before, between and behind them."""


class Repeats:
    """A file for the parser, made of ``source``, and what was left out of it."""

    def __init__(self, repeated: Repeated, source: XmlBytes, hardened: dict[str, Any]) -> None:
        self._source, self._known = source, repeated.known
        self._parser = etree.XMLParser(**hardened)
        name = repeated.name.encode()
        self._start, self._end = b"<" + name, b"</" + name + b">"
        self._next = re.compile(rb"<(?:%b(?=[\s>])|!--|!\[CDATA\[|\?)" % re.escape(name))
        self._varying = frozenset(repeated.varying)
        self._varying_tags = [(f"<{varying}>".encode(), f"</{varying}>".encode()) for varying in repeated.varying]
        self._mark = f"m{secrets.token_hex(12)}"  # no document can hold it
        self._marks: dict[Content, bytes | None] = {}
        self._made: list[Any] = []
        self._remembered_bytes = 0
        self._until = b""
        self._rest = b""

    def known(self, element: etree._Element) -> Any:
        """What the variant's function has made of the element, or of one that differs from it in nothing but what varies."""
        number = element.get(self._mark)
        return self._known(element) if number is None else self._made[int(number)]

    def read(self, _: int = -1) -> bytes:
        """At least one byte until the end; about as many as a processor's cache holds."""
        while chunk := self._source.read(_CHUNK_BYTES):
            if shortened := b"".join(self._shortened(self._rest + chunk)):
                return shortened
        rest, self._rest = self._rest, b""
        return rest

    def _shortened(self, text: bytes) -> Iterator[bytes]:
        """``text`` without what is known, up to something that may go on behind it, which is kept for the next time."""
        done = at = 0
        while True:
            if self._until:
                end = text.find(self._until, at)
                if end < 0:
                    stop = max(at, len(text) - len(self._until) + 1)
                    break
                at, self._until = end + len(self._until), b""
            found = self._next.search(text, at)
            if found is None:
                last = text.rfind(b"<", max(at, len(text) - max(len(self._start), _LONGEST_START)))
                stop = last if last >= 0 else len(text)
                break
            at = found.end()
            if found[0] in _ENDS:
                self._until = _ENDS[found[0]]
                continue
            child = text.find(b"<", at)
            end = text.find(self._end, child) if child >= 0 else -1
            if end < 0:
                if len(text) - at < _LONGEST_BYTES:
                    stop = found.start()
                    break
                continue
            head = text[at:child]
            if b"/>" in head or end - child > _LONGEST_BYTES:
                continue
            content, varying = self._parted(text[child:end])
            mark = self._marks.get(content, b"")
            if mark == b"":
                mark = self._learned(content)
            if mark is None:
                continue
            yield text[done:at]
            yield mark
            yield head
            yield varying
            done = at = end
        self._rest = text[stop:]
        yield text[done:stop]

    def _parted(self, inside: bytes) -> tuple[Content, bytes]:
        """The content of an element in bytes, and its varying children as far as they hold nothing but text."""
        spans = []
        for opening, closing in self._varying_tags:
            start = inside.find(opening)
            if start >= 0 and inside.startswith(closing, end := inside.find(b"<", start + 1)):
                spans.append((start, end + len(closing)))
        spans.sort()
        content, varying, at = [], [], 0
        for start, end in spans:
            content.append(inside[at:start])
            varying.append(inside[start:end])
            at = end
        return (*content, inside[at:]), b"".join(varying)

    def _learned(self, content: Content) -> bytes | None:
        """What stands for the content in an element's start tag; None where it has to stay. Line ends are kept."""
        size = sum(map(len, content))
        if self._remembered_bytes + size > _REMEMBERED_BYTES:
            return None
        self._remembered_bytes += size
        mark = None
        element = self._parsed(content)
        if element is not None:
            lines = b"\n" * sum(part.count(b"\n") for part in content)
            mark = b'%b %b="%d"' % (lines, self._mark.encode(), len(self._made))
            self._made.append(self._known(element))
        self._marks[content] = mark
        return mark

    def _parsed(self, content: Content) -> etree._Element | None:
        """An element with that content; None where it is not well-formed by itself, or more than elements and text."""
        inside = b"<hole/>".join(content)
        if b"<!" in inside or b"<?" in inside or self._start in inside:
            return None
        try:
            element = etree.fromstring(b"%b>%b%b" % (self._start, inside, self._end), self._parser)
        except etree.XMLSyntaxError:
            return None
        holes = element.findall("hole")
        if len(holes) != len(content) - 1 or any(local_name(child) in self._varying for child in element.iter()):
            return None
        for hole in holes:
            element.remove(hole)
        return element


def local_name(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2]
