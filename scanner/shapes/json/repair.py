"""What tools do to their JSON on the way to a file: log lines before it, numbers that JSON does not have, halves of characters.

Tools that escape file names byte by byte, or cut a text in the middle of a character, write one half of a surrogate pair.
"""

import mmap
import re
from collections.abc import Iterator

import msgspec

from scanner.readers.encodings import is_binary

_HEAD_BYTES = 65_536
_CANDIDATES = 5
_starts = re.compile(rb"\s*(\{\s*([\"}]|\Z)|\[\s*([\[{\"\]]|\Z))").match
_LINE_STARTS = re.compile(rb"^[ \t]*(?=\{\s*[\"}]|\[\s*[\[{\"\]])", re.MULTILINE)
_NO_NUMBER = re.compile(rb"[:,\[]\s*-?(?:NaN|Infinity)\b")
_NO_ITEM = re.compile(rb",\s*+[}\]]")
"""A comma behind the last item, as older versions of Nikto write it."""
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|-?\b(?:NaN|Infinity)\b|,(?=\s*+[}\]])', re.DOTALL)
"""A string, closed or not (or a quote after the other would be tried to the end), or such a number or comma outside of any."""
_COMMAS_BYTES = 1 << 20
"""Up to this length such commas are looked for, which takes as long as reading does."""
_BEHIND = re.compile(r"trailing characters \(byte (\d+)\)")
"""msgspec counts from 1."""
_BEHIND_BYTES = 65_536
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
"""Escapes one after the other, so that what an escaped backslash stands before is none; of surrogates the pairs first."""
_OPENING = (b"{", b"[")
_UNKNOWN = rb"\ufffd"
_PIECE_BYTES = 1 << 20
_TAIL_BYTES = 256


def starts_as_json(head: bytes) -> bool:
    """Whether an object, or an array of objects, texts or arrays, begins here: ``[INFO] scanning`` does not."""
    return _starts(head) is not None


def is_json_lines(head: bytes) -> bool:
    """Whether a JSON value is on the first line and another one follows: behind an array JSON, behind an object anything."""
    line, _, rest = head.lstrip().partition(b"\n")
    follows = rest.strip() if not line.startswith(b"[") else rest.lstrip()[:1] in _OPENING or _LINE_STARTS.search(rest)
    return bool(follows) and _is_value(line)


def as_json(data: "mmap.mmap | bytes") -> Iterator[bytes] | None:
    """The JSON in the document as JSON, in chunks; None where nothing is to be done.

    Log lines before it are left out where what follows is JSON to the end, and words behind it where it is whole. ``NaN`` and
    ``Infinity`` become ``null``, half of a surrogate pair the character that stands for an unknown one, and a comma behind the
    last item nothing.
    """
    head = data[:_HEAD_BYTES]
    start = 0
    if not starts_as_json(head):
        if head.lstrip()[:1] in (b"<", b"") or is_binary(head):
            return None
        start = _after_log_lines(data, head)
        if not start:
            return None
        head = data[start : start + _HEAD_BYTES]
    stop = _before_last_words(data, start, head)
    has_no_numbers = (data.find(b"NaN") >= 0 or data.find(b"Infinity") >= 0) and _NO_NUMBER.search(data, start) is not None
    has_no_items = stop - start <= _COMMAS_BYTES and _NO_ITEM.search(data, start, stop) is not None
    if has_no_numbers or has_no_items or _has_halves(data, start):
        return _repaired(data, start, stop)
    return _pieces(data, start, stop) if start or stop < len(data) else None


def ends_as_json(data: "mmap.mmap | bytes") -> bool:
    """Whether the last character may be that of an object or an array."""
    return data[-_TAIL_BYTES:].rstrip(b" \t\r\n\0")[-1:] in (b"}", b"]")


def _before_last_words(data: "mmap.mmap | bytes", start: int, head: bytes) -> int:
    """Where the JSON ends behind which a program that called the tool has said more; the end where it has not."""
    if ends_as_json(data) or is_json_lines(head):
        return len(data)
    try:
        msgspec.json.decode(memoryview(data)[start:], type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError) as error:
        behind = _BEHIND.search(str(error))
        stop = start + int(behind[1]) - 1 if behind else len(data)
        words = data[stop:]
        is_json = words.lstrip()[:1] in _OPENING or _LINE_STARTS.search(words) is not None
        if len(words) <= _BEHIND_BYTES and not is_json and not is_binary(words):
            return stop
    return len(data)


def _after_log_lines(data: "mmap.mmap | bytes", head: bytes) -> int:
    """Where the JSON begins; 0 where none is found."""
    for count, found in enumerate(_LINE_STARTS.finditer(head)):
        if count == _CANDIDATES:
            break
        start = found.end()
        if start and (is_json_lines(head[start:]) or _is_value(memoryview(data)[start:])):
            return start
    return 0


def _is_value(data: "bytes | memoryview") -> bool:
    try:
        msgspec.json.decode(data, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _has_halves(data: "mmap.mmap | bytes", start: int) -> bool:
    """Whether there is half of a surrogate pair; most documents have no surrogates at all, which is seen at once."""
    return _HALF.search(data, start) is not None and any(found["lone"] for found in _ESCAPE.finditer(data, start))


def _repaired(data: "mmap.mmap | bytes", start: int, stop: int) -> Iterator[bytes]:
    written = start
    for token in _TOKEN.finditer(data, start, stop):
        if data[token.start()] != ord('"'):
            yield from _pieces(data, written, token.start())
            yield b"" if token[0] == b"," else b"null"
            written = token.end()
        elif _HALF.search(data, token.start(), token.end()):
            yield from _pieces(data, written, token.start())
            yield _ESCAPE.sub(lambda found: _UNKNOWN if found["lone"] else found[0], token[0])
            written = token.end()
    yield from _pieces(data, written, stop)


def _pieces(data: "mmap.mmap | bytes", start: int, stop: int) -> Iterator[bytes]:
    for at in range(start, stop, _PIECE_BYTES):
        yield data[at : min(at + _PIECE_BYTES, stop)]
