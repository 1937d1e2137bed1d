"""Brings reports to UTF-8 without a byte order mark, whatever their tools wrote."""

import codecs
import mmap
import re
from collections.abc import Iterator

_HEAD_BYTES = 4096
_CHUNK_BYTES = 1 << 20
_CHECKED_BYTES = 1 << 15
"""The text of so many bytes stays in the processor's cache, and in memory that need not be asked of the system each time."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SNIFFED_BYTES = 64
_declared = re.compile(rb"\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']").match
_KNOWN = re.compile(r"iso-?8859|latin|windows-?12|cp\d|koi8|mac|shift|sjis|euc|gb|big5|utf-?(7|16|32)", re.IGNORECASE)
"""Families of encodings that XML declares; anything else is read as UTF-8, or not at all."""
_declaration = re.compile(r"\s*<\?xml[^>]{0,200}\?>").match
_STRAY = {0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)}
"""What ``surrogateescape`` makes of a byte that is not UTF-8 → what such a byte means in nearly all reports."""


def in_utf8(data: "mmap.mmap | bytes") -> Iterator[bytes] | None:
    """The document in UTF-8, in chunks; None where it is that already, or is not text.

    Bytes that are not UTF-8 in a document that otherwise is (tools paste other programs' output) are taken as Windows-1252, one
    by one; so is a whole document of them.
    """
    encoding, mark_bytes = encoding_of(data[:_HEAD_BYTES])
    if encoding == "binary":
        return None
    if encoding == "utf-8" and not mark_bytes and is_utf8(data):
        return None
    return _transcoded(data, encoding, mark_bytes)


def piece_in_utf8(piece: bytes) -> bytes:
    """Of a document that begins as UTF-8: pieces cut before or after ASCII join to what `in_utf8` makes of the whole."""
    return piece if is_utf8(piece) else b"".join(_transcoded(piece, "utf-8", 0))


def encoding_of(head: bytes) -> tuple[str, int]:
    """The encoding, and how many bytes of byte order mark come before the text. ``binary`` where it is no text.

    Looks at 4 KB.
    """
    head = head[:_HEAD_BYTES]
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding, len(mark)
    sniffed = head[:_SNIFFED_BYTES]
    if len(sniffed) > 3:
        if not any(sniffed[1::2]) and all(sniffed[0::2]):
            return "utf-16-le", 0
        if not any(sniffed[0::2]) and all(sniffed[1::2]):
            return "utf-16-be", 0
    if is_binary(head):
        return "binary", 0
    declared = _declared(head)
    if declared and _KNOWN.match(name := declared[1].decode("ascii")):
        try:
            return codecs.lookup(name).name, 0
        except LookupError:
            pass  # a name that only looks like one
    return "utf-8", 0


def is_binary(head: bytes) -> bool:
    """More than one byte in fifty is a control character that no text has."""
    strange = len(head) - len(head.translate(None, bytes(range(9)) + bytes(range(14, 27)) + bytes(range(28, 32))))
    return strange * 50 > len(head)


def is_utf8(data: "mmap.mmap | bytes | memoryview") -> bool:
    """About 5 GB/s where it is ASCII."""
    start, view = 0, memoryview(data)
    try:
        while used := codecs.utf_8_decode(view[start : start + _CHECKED_BYTES], "strict", False)[1]:
            start += used
    except UnicodeDecodeError:
        return False
    return True  # a character cut off at the very end is a truncated report, not another encoding


def _transcoded(data: "mmap.mmap | bytes", encoding: str, mark_bytes: int) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("surrogateescape" if encoding == "utf-8" else "replace")
    for start in range(mark_bytes, len(data), _CHUNK_BYTES):
        text = decoder.decode(data[start : start + _CHUNK_BYTES])
        if start == mark_bytes:
            declaration = _declaration(text)  # its encoding= is no longer true
            text = text[declaration.end() :] if declaration else text
        if encoding == "utf-8" and not text.isascii():
            text = text.translate(_STRAY)
        yield text.encode("utf-8", "replace")
