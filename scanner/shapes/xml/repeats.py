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
import threading
from collections import Counter
from typing import Any

import msgspec
from lxml import etree

from scanner.shapes.xml.repeated import Repeated
from scanner.shapes.xml.source import Readable

_CHUNK_BYTES = 1 << 18
_LONGEST_BYTES = 1 << 16
"""Of an element that is looked at as a whole."""
_REMEMBERED_BYTES = 16 << 20
"""Of all that a process remembers; with what is made of it some 50 MB. What comes then is parsed wherever it stands."""
_OVERHEAD_BYTES = 1_000
_CLUE_BYTES = 96
"""Of the end of a start tag: by these the content is guessed, which is compared then."""
_GUESSES = 4
_ENDS = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
_start_tag = re.compile(rb"""(?:[^"'>]++|"[^"]*+"|'[^']*+')*+>""").match
_LONGEST_START = len("<![CDATA[")


class Content(msgspec.Struct, frozen=True):
    """What is between an element's tags, in pieces: each is followed by the text of a varying child, the last by nothing."""

    number: bytes | None
    """By which what is made of it is found, and a quote; None where it has to stay."""
    lines: bytes
    """Ends of lines that are in it beside its varying children."""
    pieces: list[tuple[bytes, int, int]]
    """Each with the length of the child's start tag, which it ends with, and of the end tag, which the next begins with."""

    def found(self, text: bytes, at: int) -> tuple[bytes, int] | None:
        """The varying children and where the content ends, if it stands there."""
        varying = b""
        for piece, opening, closing in self.pieces:
            if not text.startswith(piece, at):
                return None
            at += len(piece)
            if opening:
                start, at = at - opening, text.find(b"<", at)
                varying += text[start : at + closing]
        return varying, at


class Memory:
    """What elements of a kind have said, in this report or another one: equal bytes say the same everywhere."""

    def __init__(self, repeated: Repeated) -> None:
        self.repeated = repeated
        self.contents: dict[bytes, list[Content]] = {}
        self.made: list[Any] = []
        """What was made of them, or the element that it can be made of."""
        self.size_bytes = 0

    def has_room(self, size_bytes: int) -> bool:
        return self.size_bytes + size_bytes <= _REMEMBERED_BYTES


_last = threading.local()


def _memory_of(repeated: Repeated) -> Memory:
    """The one that this thread used last, unless it is of another kind or full: each shard of a report tells of all plugins."""
    memory: Memory | None = getattr(_last, "memory", None)
    if memory is None or memory.repeated != repeated or not memory.has_room(_LONGEST_BYTES):
        memory = _last.memory = Memory(repeated)
    return memory


def forget() -> None:
    """The next report is read as the first one."""
    _last.memory = None


class Repeats:
    """A file for the parser, made of ``source``, and what was left out of it."""

    def __init__(self, repeated: Repeated, source: Readable, hardened: dict[str, Any]) -> None:
        self._source, self._make = source, repeated.known
        self._parser = etree.XMLParser(**hardened)
        name = repeated.name.encode()
        escaped = re.escape(name)
        self._start, self._end = b"<" + name, b"</" + name + b">"
        self._next = re.compile(rb"<(?:(%b)(?=[\s/>])|(/%b)\s*>|!--|!\[CDATA\[|\?)" % (escaped, escaped))
        self._refused = (b"<!", b"<?", self._start, *(varying.encode() for varying in repeated.varying))
        self._varying_tags = [(f"<{varying}>".encode(), f"</{varying}>".encode()) for varying in repeated.varying]
        self._mark = f"m{secrets.token_hex(12)}"  # no document can hold it
        self._mark_start = f' {self._mark}="'.encode()
        self._memory = _memory_of(repeated)
        self._learned_of: Counter[bytes] = Counter()
        self._until = b""
        self._depth = 0
        self._rest = b""

    def known(self, element: etree._Element) -> Any:
        """What the variant's function has made of the element, or of one that differs from it in nothing but what varies."""
        number = element.get(self._mark)
        if number is None:
            return self._make(element)
        made = self._memory.made[int(number)]
        if isinstance(made, etree._Element):
            made = self._memory.made[int(number)] = self._make(made)
        return made

    def read(self, _: int = -1) -> bytes:
        """At least one byte until the end; about as many as a processor's cache holds."""
        while chunk := self._source.read(_CHUNK_BYTES):
            if shortened := b"".join(self._shortened(self._rest + chunk)):
                return shortened
        rest, self._rest = self._rest, b""
        return rest

    def _shortened(self, text: bytes) -> list[bytes]:
        """``text`` without what is known, up to something that may go on behind it, which is kept for the next time."""
        pieces: list[bytes] = []
        contents = self._memory.contents
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
                last = text.rfind(b"<", max(at, len(text) - max(len(self._end), _LONGEST_START)))
                stop = last if last >= 0 else len(text)
                break
            at = found.end()
            if found[2]:
                self._depth -= 1
                continue
            if not found[1]:
                self._until = _ENDS[found[0]]
                continue
            child = text.find(b"<", at)
            if child < 0 and len(text) - at < _LONGEST_BYTES:
                stop = found.start()
                break
            head = text[at:child]
            if b"/>" in head and (tag := _start_tag(head)) and tag[0].endswith(b"/>"):
                continue
            self._depth += 1
            if self._depth > 1:
                continue
            clue = head[-_CLUE_BYTES:]
            for content in contents.get(clue, ()):
                known = content.found(text, child)
                if known is not None:
                    break
            else:
                end = text.find(self._end, child) if child >= 0 else -1
                if end < 0 and len(text) - at < _LONGEST_BYTES:
                    self._depth -= 1
                    stop = found.start()
                    break
                if not 0 <= end < child + _LONGEST_BYTES or (learned := self._learned(clue, text[child:end])) is None:
                    continue
                content, known = learned, learned.found(text, child)
            if known is not None and content.number is not None:
                pieces += (text[done:at], content.lines, self._mark_start, content.number, head, known[0])
                at = known[1]
                done = at - len(self._end)
                self._depth -= 1
        pieces.append(text[done:stop])
        self._rest = text[stop:]
        return pieces

    def _learned(self, clue: bytes, inside: bytes) -> Content | None:
        """The content of an element whose bytes are new; line ends are kept. None where enough is known."""
        size, memory = len(inside) + _OVERHEAD_BYTES, self._memory
        if not memory.has_room(size) or self._learned_of[clue] == _GUESSES:
            return None
        memory.size_bytes += size
        self._learned_of[clue] += 1
        spans = []
        for opening, closing in self._varying_tags:
            start = inside.find(opening)
            if start >= 0 and inside.startswith(closing, end := inside.find(b"<", start + 1)):
                spans.append((start, len(opening), end, len(closing)))
        pieces, rest, at, after = [], [], 0, 0
        for start, opening_bytes, end, closing_bytes in sorted(spans):
            pieces.append((inside[at : start + opening_bytes], opening_bytes, closing_bytes))
            rest.append(inside[after:start])
            at, after = end, end + closing_bytes
        element = self._parsed([*rest, inside[after:]])
        number = None
        if element is not None:
            number = b'%d"' % len(memory.made)
            memory.made.append(element)
        lines = inside.count(b"\n") - sum(inside.count(b"\n", start, end) for start, _, end, _ in spans)
        content = Content(number, b"\n" * lines, [*pieces, (inside[at:] + self._end, 0, 0)])
        # what earlier reports said of the same goes first
        memory.contents[clue] = [*memory.contents.get(clue, ())[1 - _GUESSES :], content]
        return content

    def _parsed(self, content: list[bytes]) -> etree._Element | None:
        """An element of that content, given as what is before, between and behind its varying children.

        None where it is not well-formed by itself, or more than elements and text, or names what varies once more.
        """
        inside = b"<hole/>".join(content)
        if any(text in inside for text in self._refused):
            return None
        try:
            element = etree.fromstring(b"%b>%b%b" % (self._start, inside, self._end), self._parser)
        except etree.XMLSyntaxError:
            return None
        holes = list(element.iterchildren("hole"))
        if len(holes) != len(content) - 1:
            return None
        for hole in holes:
            element.remove(hole)
        return element


def local_name(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2]
