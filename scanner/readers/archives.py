"""Unpacks compressed reports and archives of reports, within limits that a bomb cannot pass."""

import bz2
import gzip
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import zstandard

from scanner.errors import LimitExceededError, MalformedReportError
from scanner.readers.scratch import Scratch
from scanner.readers.zip_directory import directory_bytes

_CHUNK_BYTES = 1 << 20
_ZSTD_INPUT_BYTES = 2048
"""Compressed bytes given to zstandard at a time: 4 bytes of it can become 128 KiB, all of which it returns at once."""
_RATIO_FREE_BYTES = 16 << 20
"""Below this much output the ratio does not matter: small and very regular reports compress well."""
_DIRECTORY_BYTES_PER_MEMBER = 1024
"""In a ZIP's directory: 46 and the name, which is seldom longer than a path may be."""
_LABEL_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    members: int = 10_000
    nesting: int = 3
    ratio: int = 200
    """Most bytes out per byte in."""
    total_bytes: int = 20_000_000_000


DEFAULT_LIMITS = ArchiveLimits()

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
"""A member's header, or the end of an empty archive."""
ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
"""LZMA is left out: a member says itself how many gigabytes of memory it wants."""
_HEADER_BYTES = 512
_TAR_AT, _TAR = 257, (b"ustar\0", b"ustar  \0")
TAR = "it is a tar archive: send its reports one by one, packed as .zip, or with `phoenix-scan bulk`"
BROKEN: tuple[type[Exception], ...] = (
    *(OSError, EOFError, ValueError, RuntimeError),
    *(zlib.error, zstandard.ZstdError, zipfile.BadZipFile),
)
"""What the libraries raise for bytes that cannot be unpacked."""


class _Meter:
    """Counts what comes out of one uploaded file, over all its members and levels."""

    def __init__(self, limits: ArchiveLimits, packed_bytes: int) -> None:
        self._limits, self._packed_bytes = limits, max(packed_bytes, 1)
        self._bytes = self._members = 0

    def member(self) -> None:
        self._members += 1
        if self._members > self._limits.members:
            raise LimitExceededError("members of the archive", self._limits.members, self._members)

    def add(self, count: int) -> None:
        self._bytes += count
        if self._bytes > self._limits.total_bytes:
            raise LimitExceededError("bytes in the archive", self._limits.total_bytes, self._bytes)
        if self._bytes > max(_RATIO_FREE_BYTES, self._packed_bytes * self._limits.ratio):
            raise LimitExceededError("compression ratio", self._limits.ratio, self._bytes // self._packed_bytes)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A plain file. ``name`` is a label for messages, made of what sender and archive say; it is never opened."""

    name: str
    path: Path
    is_member: bool = False
    """It came out of an archive that may hold others."""


def unpack(path: Path, name: str, scratch: Scratch, limits: ArchiveLimits = DEFAULT_LIMITS) -> Iterator[Unpacked]:
    """The plain files in ``path``, itself where it is plain. One unpacked file at a time per level.

    Raises `MalformedReportError` for an archive that is broken or encrypted in any part: what is in it cannot be known, and for
    a tar; and `LimitExceededError`.
    """
    meter = _Meter(limits, path.stat().st_size)
    yield from _unpack(Unpacked(label(name), path), scratch, limits, meter, 0)


def label(name: str) -> str:
    """A name as it may stand in messages: printable, and of bounded length."""
    text = "".join(character if character.isprintable() else "?" for character in name[: 2 * _LABEL_CHARACTERS])
    return text if len(text) <= _LABEL_CHARACTERS else "…" + text[-_LABEL_CHARACTERS:]


def _unpack(packed: Unpacked, scratch: Scratch, limits: ArchiveLimits, meter: _Meter, depth: int) -> Iterator[Unpacked]:
    if depth > limits.nesting:
        raise LimitExceededError("nesting of archives", limits.nesting, depth)
    with packed.path.open("rb") as file:
        magic = file.read(4)
        file.seek(0)
        if magic in _ZIP:
            yield from _unzip(file, packed, scratch, limits, meter, depth)
            return
        for start, suffix, decompress in _COMPRESSED:
            if magic.startswith(start):
                chunks = decompress(file)
                plain = _copy(chunks, packed.name, scratch, meter)
                inner = Unpacked(packed.name.removesuffix(suffix), plain, packed.is_member)
                yield from _unpack(inner, scratch, limits, meter, depth + 1)
                plain.unlink(missing_ok=True)  # who read it may have removed it
                return
        if is_tar(file.read(_HEADER_BYTES)):
            raise MalformedReportError(TAR, packed.name)
    yield packed


def is_tar(head: bytes) -> bool:
    """By its first 512 bytes: as POSIX has it, and as GNU does."""
    return head[_TAR_AT:].startswith(_TAR)


def _unzip(
    file: IO[bytes], packed: Unpacked, scratch: Scratch, limits: ArchiveLimits, meter: _Meter, depth: int
) -> Iterator[Unpacked]:
    directory = directory_bytes(file)
    if directory > limits.members * _DIRECTORY_BYTES_PER_MEMBER:
        raise LimitExceededError("bytes in the archive's directory", limits.members * _DIRECTORY_BYTES_PER_MEMBER, directory)
    try:
        archive = zipfile.ZipFile(file)
    except BROKEN as error:
        raise MalformedReportError(f"broken archive: {error}", packed.name) from error
    for info in archive.infolist():
        meter.member()
        if info.is_dir() or info.filename.startswith("__MACOSX/"):
            continue
        name = label(f"{packed.name}/{info.filename}")
        if info.flag_bits & 1:
            raise MalformedReportError("the archive is encrypted", name)
        if info.compress_type not in ZIP_METHODS:
            raise MalformedReportError(f"compression method {info.compress_type} is not supported", name)
        plain = _copy(_member_chunks(archive, info), name, scratch, meter)
        yield from _unpack(Unpacked(name, plain, is_member=True), scratch, limits, meter, depth + 1)
        plain.unlink(missing_ok=True)  # who read it may have removed it


def _copy(chunks: Iterator[bytes], name: str, scratch: Scratch, meter: _Meter) -> Path:
    with tempfile.NamedTemporaryFile(dir=scratch(), delete=False) as target:
        try:
            for chunk in chunks:
                meter.add(len(chunk))
                target.write(chunk)
        except BROKEN as error:
            raise MalformedReportError(f"broken archive: {error}", name) from error
        return Path(target.name)


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK_BYTES):
        yield chunk


def _member_chunks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(info) as source:
        yield from _chunks(source)


def _gunzipped(file: IO[bytes]) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=file) as source:
        while chunk := source.read(_CHUNK_BYTES):
            yield chunk


def _bunzipped(file: IO[bytes]) -> Iterator[bytes]:
    with bz2.BZ2File(file) as source:
        yield from _chunks(source)


def _unzstd(file: IO[bytes]) -> Iterator[bytes]:
    """All frames. The library's own stream reader takes a cut-off frame for the end of the file."""
    frame = zstandard.ZstdDecompressor().decompressobj()
    rest = b""
    while data := rest or file.read(_ZSTD_INPUT_BYTES):
        if frame.eof:
            frame = zstandard.ZstdDecompressor().decompressobj()
        yield frame.decompress(data)
        rest = frame.unused_data if frame.eof else b""
    if not frame.eof:
        raise EOFError("the compressed file ended before the end of its last frame")


_COMPRESSED: tuple[tuple[bytes, str, Callable[[IO[bytes]], Iterator[bytes]]], ...] = (
    (b"\x1f\x8b", ".gz", _gunzipped),
    (b"\x28\xb5\x2f\xfd", ".zst", _unzstd),
    (b"BZh", ".bz2", _bunzipped),
)


def decompressed(file: IO[bytes]) -> Iterator[bytes] | None:
    """What a compressed file holds, in chunks; None, and the file at its start, where it is not compressed.

    The chunks raise one of `BROKEN`. Who reads them has to set limits.
    """
    magic = file.read(4)
    file.seek(0)
    for start, _, decompress in _COMPRESSED:
        if magic.startswith(start):
            return decompress(file)
    return None
