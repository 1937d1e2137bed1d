"""A report's bytes as the readers want them: unpacked, in UTF-8, mapped rather than read."""

import mmap
import tempfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

from scanner.readers.archives import DEFAULT_LIMITS, ArchiveLimits, unpack
from scanner.readers.encodings import in_utf8
from scanner.readers.json_repair import as_json, top_level_keys


@dataclass(frozen=True, slots=True)
class Document:
    """One report. ``data`` is a memory map (or empty bytes): pages come and go with use, nothing is copied."""

    name: str
    """The file's name, and the member's behind it where it came out of an archive; for messages only, never a path to open."""
    data: "mmap.mmap | bytes"
    path: Path
    """Where the mapped bytes stand: the report itself, or a temporary file where it had to be unpacked or rewritten."""
    is_member: bool = False
    """It came out of an archive that may hold other reports."""
    keys: frozenset[str] = frozenset()
    """Of a JSON object that is valid to its end, wherever in it they stand."""


def open_documents(path: Path, *, name: str = "", limits: ArchiveLimits = DEFAULT_LIMITS) -> Generator[Document, None, None]:
    """The documents of a file, one after the other: itself, or the members of an archive, at any allowed nesting.

    Temporary files live until the next document is asked for. Raises `MalformedReportError` for a broken archive and
    `LimitExceededError` for one that is larger, deeper or more compressed than ``limits`` allow.
    """
    with tempfile.TemporaryDirectory(prefix="phoenix-scan-") as folder:
        scratch = Path(folder)
        for plain in unpack(path, name or path.name, scratch, limits):
            data, at = mapped(plain.path)
            if chunks := in_utf8(data):
                data, at = _rewritten(chunks, scratch)
            keys = top_level_keys(data)
            if keys is None and (chunks := as_json(data)):
                data, at = _rewritten(chunks, scratch)
                keys = top_level_keys(data)
            yield Document(plain.name, data, at, plain.is_member, keys or frozenset())
            if at != path:
                at.unlink(missing_ok=True)  # the map stays valid


def mapped(path: Path) -> tuple["mmap.mmap | bytes", Path]:
    with path.open("rb") as file:
        if not file.seek(0, 2):
            return b"", path
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), path


def _rewritten(chunks: Iterator[bytes], scratch: Path) -> tuple["mmap.mmap | bytes", Path]:
    """A temporary copy in which what readers cannot take is put right."""
    with tempfile.NamedTemporaryFile(dir=scratch, delete=False) as target:
        target.writelines(chunks)
    return mapped(Path(target.name))
