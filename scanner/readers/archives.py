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
from scanner.readers import bundles, magic
from scanner.readers.archive_policy import MAC_FOLDER, ONE_REPORT, ArchiveLimits, Meter, require_bounded_directory, unreadable
from scanner.readers.scratch import Scratch
from scanner.readers.workbooks import is_workbook, sheets

_CHUNK_BYTES = 1 << 20
_ZSTD_INPUT_BYTES = 2048
"""Compressed bytes given to zstandard at a time: 4 bytes of it can become 128 KiB, all of which it returns at once."""
_LABEL_CHARACTERS = 200


TAR = "it is a tar archive: send its reports one by one, packed as .zip, or with `phoenix-scan bulk`"
OLD_OFFICE = "it is a document of Microsoft Office before 2007 (.xls): save it as .xlsx or .csv"
BROKEN: tuple[type[Exception], ...] = (
    *(OSError, EOFError, ValueError, RuntimeError),
    *(zlib.error, zstandard.ZstdError, zipfile.BadZipFile),
)
"""What the libraries raise for bytes that cannot be unpacked."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A plain file. ``name`` is a label for messages, made of what sender and archive say; it is never opened."""

    name: str
    path: Path
    is_member: bool = False
    """It came out of an archive that may hold others."""


def unpack(path: Path, name: str, scratch: Scratch, limits: ArchiveLimits = ONE_REPORT) -> Iterator[Unpacked]:
    """The plain files in ``path``, itself where it is plain. One unpacked file at a time per level.

    Raises `MalformedReportError` for an archive that is broken or encrypted in any part: what is in it cannot be known, and for
    a tar; and `LimitExceededError`.
    """
    meter = Meter(limits, path.stat().st_size)
    yield from _unpack(Unpacked(label(name), path), scratch, limits, meter, 0)


def label(name: str) -> str:
    """A name as it may stand in messages: printable, and of bounded length."""
    text = "".join(character if character.isprintable() else "?" for character in name[: 2 * _LABEL_CHARACTERS])
    return text if len(text) <= _LABEL_CHARACTERS else "…" + text[-_LABEL_CHARACTERS:]


def _unpack(packed: Unpacked, scratch: Scratch, limits: ArchiveLimits, meter: Meter, depth: int) -> Iterator[Unpacked]:
    if depth > limits.nesting:
        raise LimitExceededError("nesting of archives", limits.nesting, depth)
    with packed.path.open("rb") as file:
        head = file.read(magic.HEAD_BYTES)
        file.seek(0)
        if magic.is_zip(head):
            yield from _unzip(file, packed, scratch, limits, meter, depth)
            return
        for start, suffix, decompress in _COMPRESSED:
            if head.startswith(start):
                chunks = decompress(file)
                plain = _copy(chunks, packed.name, scratch, meter)
                inner = Unpacked(packed.name.removesuffix(suffix), plain, packed.is_member)
                yield from _unpack(inner, scratch, limits, meter, depth + 1)
                plain.unlink(missing_ok=True)  # who read it may have removed it
                return
        if magic.is_tar(head):
            raise MalformedReportError(TAR, packed.name)
        if magic.is_office_document(head):
            raise MalformedReportError(OLD_OFFICE, packed.name)
    yield packed


def _unzip(
    file: IO[bytes], packed: Unpacked, scratch: Scratch, limits: ArchiveLimits, meter: Meter, depth: int
) -> Iterator[Unpacked]:
    require_bounded_directory(file, limits)
    try:
        archive = zipfile.ZipFile(file)
    except BROKEN as error:
        raise MalformedReportError(f"broken archive: {error}", packed.name) from error
    meter.announced(len(archive.infolist()))
    if bundle := bundles.bundled(archive.infolist()):
        yield from _bundle(archive, packed, scratch, meter, *bundle)
        return
    if is_workbook(archive):
        title = ""
        for title, chunks in sheets(file, packed.name, limits, meter):
            name = label(f"{packed.name}/{title}")
            plain = _copy(chunks, name, scratch, meter)
            yield Unpacked(name, plain, is_member=True)
            plain.unlink(missing_ok=True)
        if not title:
            raise MalformedReportError("nothing stands in the sheets of the workbook", packed.name)
        return
    for info in archive.infolist():
        meter.member()
        if info.is_dir() or info.filename.startswith(MAC_FOLDER):
            continue
        name = label(f"{packed.name}/{info.filename}")
        if reason := unreadable(info):
            raise MalformedReportError(reason, name)
        plain = _copy(_member_chunks(archive, info), name, scratch, meter)
        yield from _unpack(Unpacked(name, plain, is_member=True), scratch, limits, meter, depth + 1)
        plain.unlink(missing_ok=True)  # who read it may have removed it


def _bundle(
    archive: zipfile.ZipFile, packed: Unpacked, scratch: Scratch, meter: Meter, root: str, members: list[zipfile.ZipInfo]
) -> Iterator[Unpacked]:
    for info in members:
        meter.member()
        if reason := unreadable(info):
            raise MalformedReportError(reason, label(f"{packed.name}/{info.filename}"))
    chunks = bundles.document(root, members, lambda info: _member_chunks(archive, info))
    plain = _copy(chunks, packed.name, scratch, meter)
    yield Unpacked(packed.name, plain, packed.is_member)
    plain.unlink(missing_ok=True)  # who read it may have removed it


def _copy(chunks: Iterator[bytes], name: str, scratch: Scratch, meter: Meter) -> Path:
    with tempfile.NamedTemporaryFile(dir=scratch(), delete=False) as target:
        try:
            for chunk in meter.measured(chunks):
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
    (magic.GZIP, ".gz", _gunzipped),
    (magic.ZSTANDARD, ".zst", _unzstd),
    (magic.BZIP2, ".bz2", _bunzipped),
)


def decompressed(file: IO[bytes]) -> Iterator[bytes] | None:
    """What a compressed file holds, in chunks; None, and the file at its start, where it is not compressed.

    The chunks raise one of `BROKEN`. Who reads them has to set limits.
    """
    head = file.read(4)
    file.seek(0)
    for start, _, decompress in _COMPRESSED:
        if head.startswith(start):
            return decompress(file)
    return None
