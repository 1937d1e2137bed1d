"""An archive of many reports, member by member, in the order in which it holds them; nothing is unpacked to disk.

Names in it are labels, never paths. What cannot be a report comes with the reason; what breaks the archive off is raised.
"""

import io
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from jobs_store.storage import ObjectStorage
from scanner.errors import LimitExceededError, MalformedReportError
from scanner.readers import magic
from scanner.readers.archive_policy import MAC_FOLDER, ArchiveLimits, Meter, require_bounded_directory, unreadable
from scanner.readers.archives import BROKEN, decompressed, label

_CHUNK_BYTES = 1 << 20
_BUFFER_BYTES = 4 << 20
"""Fetched at a time where the archive is not a file."""
_HEADER_BYTES = 1 << 20
"""Most that a tar header may say about one member: its reader holds all of that in memory."""
_EXTENDED = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
BREAKS: tuple[type[Exception], ...] = (*BROKEN, tarfile.TarError)
"""What the libraries raise for an archive that cannot be read on."""


@dataclass(frozen=True, slots=True)
class Member:
    """With a ``reason`` it is left out; else ``chunks`` are its bytes, to be read before the next member."""

    name: str
    reason: str = ""
    chunks: Iterator[bytes] = field(default_factory=lambda: iter(()))


class StoredFile(io.RawIOBase):
    """A stored object as a file that can seek."""

    def __init__(self, storage: ObjectStorage, key: str) -> None:
        super().__init__()
        self._storage, self._key = storage, key
        self._size, self._at = storage.size(key), 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # typeshed's WriteableBuffer is not importable
        data = self._storage.get(self._key, self._at, self._at + len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def open_stored(storage: ObjectStorage, key: str) -> IO[bytes]:
    """The file itself where there is one, else ranges of the object. Raises `ObjectNotFoundError`."""
    path = storage.local_path(key)
    return path.open("rb") if path is not None else _buffered(StoredFile(storage, key), _BUFFER_BYTES)


def members(file: IO[bytes], packed_bytes: int, limits: ArchiveLimits) -> Iterator[Member]:
    """Raises `LimitExceededError`, `MalformedReportError` or one of `BREAKS`; from a ZIP's chunks only the member is lost."""
    meter = Meter(limits, packed_bytes)
    head = file.read(magic.HEAD_BYTES)
    file.seek(0)
    yield from _zip_members(file, meter, limits) if magic.is_zip(head) else _tar_members(file, meter, limits)


def _zip_members(file: IO[bytes], meter: Meter, limits: ArchiveLimits) -> Iterator[Member]:
    require_bounded_directory(file, limits)
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            if reason := unreadable(info) or _unfit(info.filename, info.file_size, limits):
                yield Member(label(info.filename), reason)
            else:
                yield Member(label(info.filename), chunks=meter.measured(_zip_chunks(archive, info)))


def _zip_chunks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(info) as source:
        while chunk := source.read(_CHUNK_BYTES):
            yield chunk


class _BoundedHeader(tarfile.TarInfo):
    """A tar header that cannot ask for any amount of memory, and that notes the mark at an archive's end."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _EXTENDED and self.size > _HEADER_BYTES:
            raise LimitExceededError("bytes in a tar header", _HEADER_BYTES, self.size)
        return super()._proc_member(archive)  # type: ignore[misc, no-any-return]  # the hook that tarfile documents

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> "_BoundedHeader":
        try:
            return super().fromtarfile(archive)
        except tarfile.HeaderError as error:
            if type(error).__name__ == "EOFHeaderError":
                archive.at_end = True  # type: ignore[attr-defined]  # a note of ours
            raise


def _tar_members(file: IO[bytes], meter: Meter, limits: ArchiveLimits) -> Iterator[Member]:
    chunks = decompressed(file)
    plain = file if chunks is None else _buffered(_ChunkFile(meter.measured(chunks)), _CHUNK_BYTES)
    with tarfile.open(fileobj=plain, mode="r|", tarinfo=_BoundedHeader) as archive:
        for info in archive:
            archive.members = []  # type: ignore[attr-defined]  # it would keep every header
            if info.isdir():
                continue
            if not info.isreg() or info.issparse():
                yield Member(label(info.name), "it is no plain file: a link, a device or a sparse file")
            elif reason := _unfit(info.name, info.size, limits):
                yield Member(label(info.name), reason)
            else:
                yield Member(label(info.name), chunks=_tar_chunks(archive, info))
        if not getattr(archive, "at_end", False):
            raise MalformedReportError("the archive is cut off", "")


def _buffered(file: io.RawIOBase, size_bytes: int) -> IO[bytes]:
    return io.BufferedReader(file, size_bytes)


def _tar_chunks(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Iterator[bytes]:
    source = archive.extractfile(info)
    if source is None:
        return
    while chunk := source.read(_CHUNK_BYTES):
        yield chunk


class _ChunkFile(io.RawIOBase):
    """Chunks as a file that only goes forward."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        super().__init__()
        self._chunks, self._rest = chunks, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # typeshed's WriteableBuffer is not importable
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        data, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


def _unfit(name: str, size_bytes: int, limits: ArchiveLimits) -> str:
    """Why a member cannot be a report; empty where it may be."""
    last = name.replace("\\", "/").rpartition("/")[2]
    if name.startswith(MAC_FOLDER) or last.startswith("."):
        return "it is a hidden file"
    if size_bytes == 0:
        return "it is empty"
    if size_bytes > limits.member_bytes:
        return f"it is larger than {limits.member_bytes:,} bytes"
    return ""
