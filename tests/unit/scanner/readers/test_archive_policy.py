"""One policy for archives, whether they hold a report or many; one place that knows how files begin."""

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import cluster
import scanner
import serve_app
from scanner.errors import LimitExceededError
from scanner.readers import magic
from scanner.readers.archive_policy import ArchiveLimits, Meter, many_reports, one_report


def test_an_empty_archive_is_an_archive_everywhere() -> None:
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    assert magic.is_zip(empty.getvalue())
    assert magic.is_packed(empty.getvalue())


def test_a_tar_is_known_by_its_first_block() -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("report.json"))
    assert magic.is_tar(packed.getvalue()[: magic.HEAD_BYTES])
    assert not magic.is_packed(packed.getvalue())


@pytest.mark.parametrize("limits_of", [one_report, lambda total: many_reports(10, 1000, total)])
def test_members_may_come_to_so_many_bytes_together(limits_of: Callable[[int], ArchiveLimits]) -> None:
    chunk = [b"x" * 1000]
    assert b"".join(Meter(limits_of(1000), 100).measured(iter(chunk))) == chunk[0]
    with pytest.raises(LimitExceededError, match="bytes in the archive"):
        list(Meter(limits_of(999), 100).measured(iter(chunk)))


def test_nobody_else_spells_how_a_file_begins() -> None:
    own = Path(magic.__file__)
    folders = [Path(folder) for package in (cluster, scanner, serve_app) for folder in package.__path__]
    for source in (path for folder in folders for path in folder.rglob("*.py")):
        if source.name not in (own.name, "zip_directory.py"):
            text = source.read_text()
            assert "PK\\x03" not in text, source
            assert "x1f\\x8b" not in text, source
