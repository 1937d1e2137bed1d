"""The bytes of an XML document as a parser can take them: no entities, no characters that XML does not have."""

import mmap
import re
from typing import Protocol

from scanner.errors import LimitExceededError, MalformedReportError

_MAX_TAGS = 2_000_000
"""Most tags between two records, or in one: some 200 MB of elements in memory."""
_LONGEST_REFERENCE = 16
_ILLEGAL_BYTES = bytes([*range(9), 11, 12, *range(14, 32)])
_REFERENCE = re.compile(
    rb"&#(?![xX](?:[2-9a-fA-F][0-9a-fA-F]|[9aAdD]);|(?:3[2-9]|[4-9][0-9]|9|1[03]);)"  # the frequent ones are legal
    rb"(?:[xX]0*([0-9a-fA-F]{1,8})|0*([0-9]{1,10}));"
)
_HEAD_BYTES = 65_536
_ROOT_NAME = re.compile(rb"<[^\s/>!?]+")
_NO_CHARACTERS = re.compile(rb"\xef\xbf[\xbe\xbf]")
"""U+FFFE and U+FFFF."""

# What is not closed reaches to the end: a parser refuses it, and nothing is tried twice.
_BEFORE_ROOT = re.compile(rb"\s+|<\?.*?(?:\?>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL)
_IN_DTD = re.compile(
    rb"(?:<\?.*?(?:\?>|\Z)|<!--.*?(?:-->|\Z)|\"[^\"]*+\"?|'[^']*+'?)|(?P<entity><!ENTITY)|(?P<opens>\[)"
    rb"|(?P<closes>\]?\s*>)|[^<\"'\[\]>\s]+|.",
    re.DOTALL,
)


def before_root(data: "mmap.mmap | bytes") -> int:
    """Where the document type declaration stands, or the root element where there is none."""
    at = 0
    while found := _BEFORE_ROOT.match(data, at):
        at = found.end()
    return at


def refuse_entities(data: "mmap.mmap | bytes", name: str) -> int:
    """Where the document type declaration ends; `MalformedReportError` where it declares an entity.

    Entities are how XML attacks its readers, and no scanner needs them. Reads no further than the root element's start.
    """
    at = before_root(data)
    if data[at : at + 9] != b"<!DOCTYPE":
        return at
    in_subset = False
    for token in _IN_DTD.finditer(data, at + 9):
        if token["entity"]:
            raise MalformedReportError("it declares entities, which are refused", name)
        in_subset = in_subset or bool(token["opens"])
        if token["closes"] and (not in_subset or token["closes"].startswith(b"]")):
            return token.end()
    return len(data)


def has_element(data: "mmap.mmap | bytes", name: str) -> bool:
    """Whether an element of that local name begins anywhere."""
    return re.search(rb"<(?:[\w.-]{1,100}:)?%b[\s/>]" % re.escape(name.encode()), data) is not None


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class XmlBytes:
    """A file for the parser to read. Characters that XML forbids are left out, as are references to them: reports carry
    what was found on the wire. What comes before ``root`` stays as it is, as `refuse_entities` has seen it. The prefix ``xsi``
    is declared where it is used and nobody has: Wapiti 3.2 writes so.
    """

    def __init__(self, data: "mmap.mmap | bytes", root: int) -> None:
        self._data, self._root = data, root
        self._declaration = _missing_declaration(data, root)
        """Where the name of the root element ends, and what is to follow it there."""
        self._at = len(data[:4096]) - len(data[:4096].lstrip())  # a declaration must come first

    def read(self, size: int = -1) -> bytes:
        """At least one byte until the end; as many as ``size`` and the length of a character reference."""
        while self._at < len(self._data):
            start, is_prolog = self._at, self._at < self._root
            stop = len(self._data) if size < 0 else start + max(size, _LONGEST_REFERENCE)
            chunk = self._data[start : min(stop, self._root) if is_prolog else stop]
            if not is_prolog and stop < len(self._data):
                chunk = _without_beginnings(chunk)
            chunk = self._declared(chunk, start)
            if cleaned := chunk if is_prolog else _cleaned(chunk):
                return cleaned
        return b""

    def _declared(self, chunk: bytes, start: int) -> bytes:
        """The chunk that begins there, with the declaration if it belongs into it. Reading goes on behind the chunk."""
        self._at = start + len(chunk)
        end, declaration = self._declaration
        if declaration and start < end <= self._at:
            return chunk[: end - start] + declaration + chunk[end - start :]
        return chunk


def _missing_declaration(data: "mmap.mmap | bytes", root: int) -> tuple[int, bytes]:
    head = data[root : root + _HEAD_BYTES]
    name = _ROOT_NAME.search(head)
    if name is None or b" xsi:" not in head or b"xmlns:xsi" in head:
        return 0, b""
    return root + name.end(), b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


class Tags:
    """A file for the parser that counts tags, so that elements which are no records cannot fill the memory."""

    def __init__(self, file: "Readable", name: str) -> None:
        self._file, self._name = file, name
        self._count = 0

    def forget(self) -> None:
        """The parser's elements up to here are released, or will be."""
        self._count = 0

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self._count += chunk.count(b"<")
        if self._count > _MAX_TAGS:
            raise LimitExceededError(f"tags of {self._name} without a record between them", _MAX_TAGS, self._count)
        return chunk


def _without_beginnings(chunk: bytes) -> bytes:
    """The chunk without what may be the beginning of something that is to be left out."""
    reference = chunk.rfind(b"&", -_LONGEST_REFERENCE)
    if reference > 0 and b";" not in chunk[reference:]:
        return chunk[:reference]
    return chunk[: -1 - chunk.endswith(b"\xef\xbf")] if chunk.endswith((b"\xef", b"\xef\xbf")) else chunk


def _cleaned(chunk: bytes) -> bytes:
    chunk = chunk.translate(None, _ILLEGAL_BYTES)
    if b"&#" in chunk:
        chunk = _REFERENCE.sub(_legal, chunk)
    if b"\xef" in chunk and b"\xef\xbf" in chunk:  # one byte is found ten times as fast as two
        chunk = _NO_CHARACTERS.sub(b"", chunk)
    return chunk


def _legal(reference: "re.Match[bytes]") -> bytes:
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    legal = code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    return reference[0] if legal else b""
