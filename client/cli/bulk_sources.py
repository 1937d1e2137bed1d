"""From the arguments of ``bulk`` to what is uploaded: small reports packed together, large ones and archives by themselves."""

import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO

import typer
import zstandard

from client.cli.reports import SUFFIXES, name_of

ARCHIVE_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.zst")
ALONE_BYTES = 64_000_000
"""Reports from this size on are uploads of their own: a break costs a part, not a whole archive."""
ARCHIVE_BYTES = 1_000_000_000
"""Of reports in one archive."""


@dataclass(frozen=True)
class BulkSources:
    """What the arguments name, reports with the names under which the service shall know them. ``small`` are packed."""

    addresses: list[str] = field(default_factory=list)
    archives: list[Path] = field(default_factory=list)
    large: list[tuple[Path, str]] = field(default_factory=list)
    small: list[tuple[Path, str]] = field(default_factory=list)


def gather(arguments: Sequence[str], patterns: Sequence[str]) -> BulkSources:
    """Folders are searched to their depth for what fits one of ``patterns``; without any, for the usual endings of reports.

    Raises ``typer.BadParameter`` for what is not there.
    """
    found = BulkSources()
    for argument in arguments:
        path = Path(argument)
        if "://" in argument:
            found.addresses.append(argument)
        elif path.is_dir():
            for report in sorted(_searched(path, patterns)):
                _add(found, report, name_of(report, path if len(arguments) == 1 else None))
        elif not path.is_file():
            raise typer.BadParameter(f"there is no file or folder {argument}; check the path", param_hint="SOURCE")
        elif path.name.lower().endswith(ARCHIVE_SUFFIXES):
            found.archives.append(path)
        else:
            _add(found, path, name_of(path))
    if not (found.addresses or found.archives or found.large or found.small):
        raise typer.BadParameter(
            f"no file in {', '.join(arguments)} ends as reports do or fits a --pattern; give one, as --pattern '*'",
            param_hint="SOURCE",
        )
    return found


def packed(small: Iterable[tuple[Path, str]]) -> Iterator[Path]:
    """Archives of the small reports, one at a time; each is removed when the next is asked for. Raises OSError."""
    reports = iter(small)
    waiting = next(reports, None)
    while waiting is not None:
        with ExitStack() as open_files:
            file = open_files.enter_context(tempfile.NamedTemporaryFile(suffix=".tar.zst"))
            stream = open_files.enter_context(zstandard.ZstdCompressor(level=3).stream_writer(file, closefd=False))
            archive = open_files.enter_context(tarfile.open(fileobj=stream, mode="w|"))
            size_bytes = 0
            while waiting is not None and size_bytes < ARCHIVE_BYTES:
                size_bytes += _pack(archive, *waiting)
                waiting = next(reports, None)
            archive.close()
            stream.flush(zstandard.FLUSH_FRAME)
            file.flush()
            yield Path(file.name)


def _pack(archive: tarfile.TarFile, path: Path, name: str) -> int:
    """With nothing of this machine in it but the name and the content."""
    content: IO[bytes]
    with path.open("rb") as content:
        info = tarfile.TarInfo(name)
        info.size = path.stat().st_size
        archive.addfile(info, content)
    return info.size


def _add(found: BulkSources, path: Path, name: str) -> None:
    if path.stat().st_size >= ALONE_BYTES:
        found.large.append((path, name))
    else:
        found.small.append((path, name))


def _searched(folder: Path, patterns: Sequence[str]) -> Iterator[Path]:
    """Hidden files and folders are left out."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if any(part.startswith(".") for part in name.split("/")) or not path.is_file():
            continue
        fits = any(fnmatchcase(name, pattern) or fnmatchcase(path.name, pattern) for pattern in patterns)
        if fits or (not patterns and path.suffix.lower() in SUFFIXES):
            yield path
