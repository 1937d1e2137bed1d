"""One policy for archives, whether they hold a report or many; one place that knows how files begin."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

import cluster
import scanner
import serve_app
from scanner.errors import LimitExceededError
from scanner.readers import magic
from scanner.readers.archive_policy import ArchiveLimits, Meter, many_reports


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


def test_members_of_a_bulk_may_be_larger_together_than_a_report_may_be() -> None:
    chunk = [b"x" * 1000]
    assert b"".join(Meter(many_reports(10, 1000), 100).measured(iter(chunk))) == chunk[0]
    with pytest.raises(LimitExceededError, match="bytes in the archive"):
        list(Meter(ArchiveLimits(total_bytes=999), 100).measured(iter(chunk)))


def test_nobody_else_spells_how_a_file_begins() -> None:
    own = Path(magic.__file__)
    folders = [Path(folder) for package in (cluster, scanner, serve_app) for folder in package.__path__]
    for source in (path for folder in folders for path in folder.rglob("*.py")):
        if source.name not in (own.name, "zip_directory.py"):
            text = source.read_text()
            assert "PK\\x03" not in text, source
            assert "x1f\\x8b" not in text, source
