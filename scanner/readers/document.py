"""A report's bytes as the readers want them: unpacked, in UTF-8, mapped rather than read."""

import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import Any


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
    """Of a JSON object that is valid to its end, wherever in it they stand: all, or those that signatures ask for."""
    envelope: Any = None
    """The object as what it was expected to be, decoded along with its keys."""
    is_checked: bool = True
    """It is UTF-8 throughout; else its head is, and whoever reads a piece of it has to look at that."""


def mapped(path: Path) -> tuple["mmap.mmap | bytes", Path]:
    with path.open("rb") as file:
        if not file.seek(0, 2):
            return b"", path
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), path
