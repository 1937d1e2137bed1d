"""Uploads in parts: what the service says about them, and which file an unfinished one belongs to."""

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

DIRECT_BYTES = 100_000_000
"""Larger reports go in parts unless the caller says otherwise: a break costs a part, not the whole."""
PARTS_AT_ONCE = 4


class DirectUpload(msgspec.Struct, frozen=True, kw_only=True):
    """An upload in parts as it was when the service answered."""

    upload_id: str
    state: str
    """``open``, ``complete``, ``used`` or ``removed``."""
    size_bytes: int
    part_size_bytes: int
    part_count: int
    received: list[int] = []
    """Numbers of the parts that have arrived."""
    expires_at: datetime | None = None
    job_id: str | None = None

    @property
    def missing(self) -> list[int]:
        return sorted(set(range(1, self.part_count + 1)) - set(self.received)) if self.state == "open" else []

    def part_bytes(self, number: int) -> int:
        return min(self.part_size_bytes, self.size_bytes - (number - 1) * self.part_size_bytes)


class PartAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a part goes. Only a path is a route of the service, and gets its key; any other URL is signed."""

    number: int
    url: str
    headers: dict[str, str] = {}


class PartPage(msgspec.Struct, frozen=True, kw_only=True):
    parts: list[PartAddress]


def read_part(path: Path, upload: DirectUpload, number: int) -> bytes:
    """Raises OSError, also for a file that has become shorter."""
    with path.open("rb") as file:
        file.seek((number - 1) * upload.part_size_bytes)
        data = file.read(upload.part_bytes(number))
    if len(data) != upload.part_bytes(number):
        raise OSError(None, "it has changed while it was sent", str(path))
    return data


class ResumeNote:
    """Remembers in the cache folder which upload a file has begun; the file as it is now, at this service.

    A note that is lost, or cannot be written, only costs sending the file again.
    """

    def __init__(self, url: str, path: Path, environment: Mapping[str, str] = os.environ) -> None:
        facts = path.stat()
        self.size_bytes = facts.st_size
        identity = f"{url}\0{path.resolve()}\0{facts.st_size}\0{facts.st_mtime_ns}"
        cache = Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "phoenix-scanner" / "uploads"
        self._file = cache / hashlib.sha256(identity.encode()).hexdigest()

    def read(self) -> str | None:
        with suppress(OSError):
            return self._file.read_text().strip() or None
        return None

    def write(self, upload_id: str) -> None:
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file.write_text(upload_id)

    def remove(self) -> None:
        with suppress(OSError):
            self._file.unlink(missing_ok=True)
