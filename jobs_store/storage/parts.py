"""Objects that others bring in parts: in any order, at the same time, each as often as it takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Protocol, Self


class ObjectWriter(Protocol):
    """Writes one object, all or nothing: it appears at `commit`; leaving the ``with`` without that keeps the old one."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def write(self, data: bytes) -> None: ...

    def commit(self) -> None:
        """Durable and visible on return. Nothing may be written after it."""


@dataclass(frozen=True, slots=True)
class StoredPart:
    """``number`` counts from 1; ``etag`` is the storage's own name for what it holds."""

    number: int
    size_bytes: int
    etag: str = ""


class PartStorage(Protocol):
    """``parts_id`` is what `begin_parts` gave for the same key; one that is over or unknown raises `ObjectNotFoundError`."""

    def begin_parts(self, key: str) -> str:
        """Nothing is visible under the key before `complete_parts`."""

    def part_writer(self, key: str, parts_id: str, number: int) -> ObjectWriter:
        """Writes a part through this process. Replaces what an earlier writer of the number committed."""

    def presign_part(self, key: str, parts_id: str, number: int, size_bytes: int, expires: timedelta) -> str | None:
        """A URL to which anyone can PUT the part, of just that size, for so long; None where parts go through this process."""

    def parts(self, key: str, parts_id: str) -> list[StoredPart]:
        """Those that have arrived whole, in order of their numbers."""

    def complete_parts(self, key: str, parts_id: str, parts: Sequence[StoredPart]) -> None:
        """Makes the object of those parts, joined in the order given. Durable on return; the other parts are gone."""

    def abort_parts(self, key: str, parts_id: str) -> None:
        """Idempotent."""
