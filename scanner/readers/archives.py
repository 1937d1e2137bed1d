"""Unpacks compressed reports and archives of reports, within limits that a bomb cannot pass."""

import bz2
import gzip
import lzma
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import zstandard

from scanner.errors import LimitExceededError, MalformedReportError

_CHUNK_BYTES = 1 << 20
_RATIO_FREE_BYTES = 16 << 20
"""Below this much output the ratio does not matter: small and very regular reports compress well."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    members: int = 10_000
    nesting: int = 3
    ratio: int = 200
    """Most bytes out per byte in."""
    total_bytes: int = 20_000_000_000


DEFAULT_LIMITS = ArchiveLimits()

_COMPRESSED: tuple[tuple[bytes, str, Callable[[IO[bytes]], IO[bytes]]], ...] = (
    (b"\x1f\x8b", ".gz", lambda file: cast(IO[bytes], gzip.GzipFile(fileobj=file))),
    (b"\x28\xb5\x2f\xfd", ".zst", lambda file: cast(IO[bytes], zstandard.ZstdDecompressor().stream_reader(file))),
    (b"BZh", ".bz2", lambda file: cast(IO[bytes], bz2.BZ2File(file))),
    (b"\xfd7zXZ\x00", ".xz", lambda file: cast(IO[bytes], lzma.LZMAFile(file))),  # noqa: SIM115  _copy closes it
)
_ZIP = b"PK\x03\x04"
_BROKEN = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zstandard.ZstdError,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
)


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


def unpack(path: Path, name: str, scratch: Path, limits: ArchiveLimits) -> Iterator[tuple[str, Path]]:
    """Names and paths of the plain files in ``path``, itself where it is plain. One unpacked file at a time per level."""
    yield from _unpack(path, name, scratch, limits, _Meter(limits, path.stat().st_size), 0)


def _unpack(
    path: Path, name: str, scratch: Path, limits: ArchiveLimits, meter: _Meter, depth: int
) -> Iterator[tuple[str, Path]]:
    if depth > limits.nesting:
        raise LimitExceededError("nesting of archives", limits.nesting, depth)
    with path.open("rb") as file:
        magic = file.read(8)
        file.seek(0)
        if magic.startswith(_ZIP):
            yield from _unzip(file, name, scratch, limits, meter, depth)
            return
        for start, suffix, opener in _COMPRESSED:
            if magic.startswith(start):
                plain = _copy(lambda opener=opener: opener(file), name, scratch, meter)  # type: ignore[misc]
                yield from _unpack(plain, name.removesuffix(suffix), scratch, limits, meter, depth + 1)
                plain.unlink()
                return
    yield name, path


def _unzip(
    file: IO[bytes], name: str, scratch: Path, limits: ArchiveLimits, meter: _Meter, depth: int
) -> Iterator[tuple[str, Path]]:
    try:
        archive = zipfile.ZipFile(file)
    except _BROKEN as error:
        raise MalformedReportError(f"broken archive: {error}", name) from error
    for info in archive.infolist():
        meter.member()
        if info.is_dir() or info.filename.startswith("__MACOSX/"):
            continue
        label = f"{name}/{info.filename}"
        plain = _copy(lambda info=info: archive.open(info), label, scratch, meter)  # type: ignore[misc]
        yield from _unpack(plain, label, scratch, limits, meter, depth + 1)
        plain.unlink()


def _copy(opener: Callable[[], IO[bytes]], name: str, scratch: Path, meter: _Meter) -> Path:
    with tempfile.NamedTemporaryFile(dir=scratch, delete=False) as target:
        try:
            with opener() as source:
                while chunk := source.read(_CHUNK_BYTES):
                    meter.add(len(chunk))
                    target.write(chunk)
        except _BROKEN as error:
            raise MalformedReportError(f"broken archive: {error}", name) from error
        return Path(target.name)
