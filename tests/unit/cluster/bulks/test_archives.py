"""Archives of many reports: every kind, and those that mean harm."""

import bz2
import gzip
import io
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from cluster.bulks.archives import BREAKS, Member, members, open_stored
from jobs_store.storage import open_storage
from scanner.errors import LimitExceededError, ScannerError
from scanner.readers.archive_policy import ArchiveLimits, many_reports

LIMITS = many_reports(members=20_000, member_bytes=1_000_000, total_bytes=1 << 40)
REPORTS = {"a.json": b'{"a": 1}', "folder/b.nessus": b"<b/>" * 1000, "c.csv": b"c,d\n1,2\n"}


def tar(files: dict[str, bytes], *infos: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in infos:
            archive.addfile(info)
    return buffer.getvalue()


def packed_zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


PACKERS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "zip": packed_zip,
    "tar": tar,
    "tar.gz": lambda files: gzip.compress(tar(files)),
    "tar.bz2": lambda files: bz2.compress(tar(files)),
    "tar.zst": lambda files: zstandard.compress(tar(files)),
}


def read(data: bytes, limits: ArchiveLimits = LIMITS) -> dict[str, bytes | str]:
    """Bytes, or the reason why a member is left out."""
    found = members(io.BytesIO(data), len(data), limits)
    return {member.name: member.reason or b"".join(member.chunks) for member in found}


@pytest.mark.parametrize("kind", PACKERS)
def test_members_come_in_order(kind: str) -> None:
    found = read(PACKERS[kind](REPORTS))
    assert found == REPORTS
    assert list(found) == list(REPORTS)


@pytest.mark.parametrize("kind", PACKERS)
def test_ten_thousand_members(kind: str) -> None:
    files = {f"{number}.json": b"{}" for number in range(10_000)}
    assert len(read(PACKERS[kind](files))) == 10_000


@pytest.mark.parametrize("kind", PACKERS)
def test_a_stored_archive_is_read_without_a_file(kind: str, tmp_path: Path) -> None:
    class Remote:
        """Storage whose objects are no files here."""

        def __init__(self) -> None:
            self._storage = open_storage(tmp_path.as_uri())
            self.get, self.size = self._storage.get, self._storage.size

        def local_path(self, key: str) -> None:
            return None

    data = PACKERS[kind](REPORTS)
    open_storage(tmp_path.as_uri()).put("archive", data)
    with open_stored(Remote(), "archive") as file:  # type: ignore[arg-type]
        assert {member.name: b"".join(member.chunks) for member in members(file, len(data), LIMITS)} == REPORTS


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../../b", "x" * 5000, "new\nline", "C:\\b.json"])
def test_a_name_is_only_a_label(kind: str, name: str) -> None:
    ((shown, data),) = read(PACKERS[kind]({name: b"{}"})).items()
    assert data == b"{}"
    assert shown.isprintable()
    assert len(shown) <= 201


@pytest.mark.parametrize("kind", PACKERS)
def test_what_is_no_report_comes_with_its_reason(kind: str) -> None:
    files = {"empty.json": b"", ".DS_Store": b"x", "__MACOSX/a": b"x", "huge.json": bytes(1_000_001), "a.json": b"{}"}
    found = read(PACKERS[kind](files))
    assert found.keys() == files.keys()
    assert found["a.json"] == b"{}"
    assert {name for name, data in found.items() if isinstance(data, str)} == files.keys() - {"a.json"}


def test_links_and_devices_are_left_out() -> None:
    infos = []
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
        info = tarfile.TarInfo(f"kind-{kind.decode()}")
        info.type, info.linkname = kind, "/etc/passwd"
        infos.append(info)
    found = read(tar({}, *infos))
    assert len(found) == 4
    assert all(isinstance(reason, str) for reason in found.values())


@pytest.mark.parametrize("kind", ["zip", "tar.gz", "tar.bz2", "tar.zst"])
def test_a_bomb_is_not_unpacked(kind: str) -> None:
    limits = ArchiveLimits(members=100, member_bytes=1 << 30, ratio=100, ratio_free_bytes=1 << 20)
    with pytest.raises(LimitExceededError):
        read(PACKERS[kind]({"bomb.json": bytes(20 << 20)}), limits)


def test_a_bomb_of_many_members_is_not_unpacked() -> None:
    limits = ArchiveLimits(members=100, member_bytes=1 << 20, ratio=10, ratio_free_bytes=1 << 20)
    with pytest.raises(LimitExceededError):
        read(PACKERS["tar.gz"]({f"{number}.json": bytes(1 << 19) for number in range(50)}), limits)


def test_a_header_does_not_take_any_amount_of_memory() -> None:
    for kind in (tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME):
        info = tarfile.TarInfo("x")
        info.type, info.size = kind, 1 << 31
        with pytest.raises(LimitExceededError):
            read(info.tobuf() + bytes(10_240))


def test_a_directory_does_not_take_any_amount_of_memory() -> None:
    limits = many_reports(members=2, member_bytes=1 << 20, total_bytes=1 << 40)
    with pytest.raises(LimitExceededError):
        read(packed_zip({f"{'x' * 200}{number}": b"" for number in range(50)}), limits)


def test_headers_upon_headers_end() -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 0
    with pytest.raises(BREAKS):
        read(info.tobuf() * 5000)


def test_a_broken_member_of_a_zip_is_lost_alone() -> None:
    data = bytearray(packed_zip({"a.json": os.urandom(2000), "b.json": b"{}"}))
    data[500:600] = bytes(100)
    found = members(io.BytesIO(bytes(data)), len(data), LIMITS)
    first = next(found)
    with pytest.raises(BREAKS):
        b"".join(first.chunks)
    second = next(found)
    assert (second.name, b"".join(second.chunks)) == ("b.json", b"{}")


@pytest.mark.parametrize("kind", PACKERS)
def test_an_archive_that_is_cut_off_anywhere_says_so(kind: str) -> None:
    whole = PACKERS[kind]({"a.json": os.urandom(3000), "b.json": os.urandom(3000)})
    members_end = 2 * (512 + 3072)  # of a plain tar; what follows is its mark of the end, and padding
    for length in range(0, members_end if kind == "tar" else len(whole), 97):
        with pytest.raises((*BREAKS, ScannerError)):
            read(whole[:length])


@pytest.mark.parametrize(
    "data", [b"", b"x", b"PK\x03\x04" + bytes(100), os.urandom(5000), gzip.compress(b"no tar" * 500, mtime=0)]
)
def test_what_is_no_archive_says_so(data: bytes) -> None:
    with pytest.raises((*BREAKS, ScannerError)):
        read(data)


def test_what_is_not_read_is_passed_over() -> None:
    found: list[Member] = list(members(io.BytesIO(tar(REPORTS)), 1, LIMITS))
    assert [member.name for member in found] == list(REPORTS)
