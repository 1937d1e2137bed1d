"""A report's bytes as the readers want them: unpacked, in UTF-8, mapped rather than read."""

import codecs
import mmap
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scanner.readers.archives import DEFAULT_LIMITS, ArchiveLimits, unpack

_CHUNK_BYTES = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """One report. ``data`` is a memory map (or empty bytes): pages come and go with use, nothing is copied."""

    name: str
    """The file's name, and the member's behind it where it came out of an archive; for messages only, never a path to open."""
    data: "mmap.mmap | bytes"
    path: Path
    """Where the mapped bytes stand: the report itself, or a temporary file where it had to be unpacked or transcoded."""


def open_documents(path: Path, *, name: str = "", limits: ArchiveLimits = DEFAULT_LIMITS) -> Iterator[Document]:
    """The documents of a file, one after the other: itself, or the members of an archive, at any allowed nesting.

    Temporary files live until the next document is asked for. Raises `MalformedReportError` for a broken archive and
    `LimitExceededError` for one that is larger, deeper or more compressed than ``limits`` allow.
    """
    with tempfile.TemporaryDirectory(prefix="phoenix-scan-") as scratch:
        for member_name, member in unpack(path, name or path.name, Path(scratch), limits):
            yield Document(member_name, *mapped(_in_utf8(member, Path(scratch))))


def mapped(path: Path) -> tuple["mmap.mmap | bytes", Path]:
    with path.open("rb") as file:
        if not file.seek(0, 2):
            return b"", path
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), path


def _in_utf8(path: Path, scratch: Path) -> Path:
    """The same file where it is UTF-8 (or XML that says what it is), else a transcoded copy."""
    with path.open("rb") as file:
        head = file.read(4096)
    encoding = _encoding(path, head)
    if encoding is None:
        return path
    transcoded = Path(tempfile.mkstemp(dir=scratch)[1])
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    with path.open("rb") as source, transcoded.open("wb") as target:
        first = True
        while chunk := source.read(_CHUNK_BYTES):
            text = decoder.decode(chunk)
            if first and text.startswith("<?xml"):
                text = text.partition("?>")[2]  # its encoding= is no longer true
            first = False
            target.write(text.encode("utf-8", "replace"))
    return transcoded


def _encoding(path: Path, head: bytes) -> str | None:
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    if len(head) > 3 and head[1] == 0 and head[0] != 0:
        return "utf-16-le"
    if len(head) > 3 and head[0] == 0 and head[1] != 0:
        return "utf-16-be"
    if head.lstrip().startswith(b"<?xml") or b"\0" in head or _is_utf8(path):
        return None
    return "cp1252"


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        # a character cut off at the very end is a truncated report, not another encoding
        return error.reason == "unexpected end of data" and error.end == len(error.object)
    return True
