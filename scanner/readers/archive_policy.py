"""What an archive may hold and may become, of one report or of many: limits that a bomb cannot pass."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import IO

from scanner.errors import LimitExceededError
from scanner.readers.zip_directory import directory_bytes

_DIRECTORY_BYTES_PER_MEMBER = 1024
"""In a ZIP's directory: 46 and the name, which is seldom longer than a path may be."""
_ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
"""LZMA is left out: a member says itself how many gigabytes of memory it wants."""
MAC_FOLDER = "__MACOSX/"
"""What macOS packs beside the files, and nobody has sent."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    members: int = 10_000
    member_bytes: int = 20_000_000_000
    total_bytes: int = 20_000_000_000
    nesting: int = 3
    ratio: int = 200
    """Most bytes out per byte in, from ``ratio_free_bytes`` on: small and very regular reports compress well."""
    ratio_free_bytes: int = 16 << 20


ONE_REPORT = ArchiveLimits()
"""A report that its sender has packed."""


def one_report(unpacked_bytes: int) -> ArchiveLimits:
    """`ONE_REPORT` of at most so many bytes, all that is in it counted."""
    return replace(ONE_REPORT, total_bytes=unpacked_bytes)


def many_reports(members: int, member_bytes: int, total_bytes: int) -> ArchiveLimits:
    """An archive of a bulk, whose members become jobs."""
    return ArchiveLimits(members, member_bytes, total_bytes, ratio_free_bytes=64 << 20)


class Meter:
    """Counts what comes out of one archive, over all its members and levels. Raises `LimitExceededError`."""

    def __init__(self, limits: ArchiveLimits, packed_bytes: int) -> None:
        self._limits, self._packed_bytes = limits, max(packed_bytes, 1)
        self._most = max(limits.ratio_free_bytes, packed_bytes * limits.ratio)
        self._bytes = self._members = 0

    def member(self) -> None:
        self._members += 1
        if self._members > self._limits.members:
            raise LimitExceededError("members of the archive", self._limits.members, self._members)

    def announced(self, members: int) -> None:
        """By the directory of an archive, before one of them is unpacked."""
        if self._members + members > self._limits.members:
            raise LimitExceededError("members of the archive", self._limits.members, self._members + members)

    def measured(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        total = self._limits.total_bytes
        for chunk in chunks:
            self._bytes += len(chunk)
            if self._bytes > total:
                raise LimitExceededError("bytes in the archive", total, self._bytes)
            if self._bytes > self._most:
                raise LimitExceededError("compression ratio", self._limits.ratio, -(-self._bytes // self._packed_bytes))
            yield chunk


def require_bounded_directory(file: IO[bytes], limits: ArchiveLimits) -> None:
    """Of a ZIP, before a library reads all of it into memory. Raises `LimitExceededError`."""
    most = limits.members * _DIRECTORY_BYTES_PER_MEMBER
    if (directory := directory_bytes(file)) > most:
        raise LimitExceededError("bytes in the archive's directory", most, directory)


def unreadable(info: zipfile.ZipInfo) -> str:
    """Why a ZIP's member cannot be unpacked; empty where it can be."""
    if info.flag_bits & 1:
        return "it is encrypted"
    if info.compress_type not in _ZIP_METHODS:
        return f"compression method {info.compress_type} is not supported"
    return ""
