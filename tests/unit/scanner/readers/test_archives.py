"""Unpacking: what comes out, and what is refused before it can hurt."""

import bz2
import gzip
import io
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest
import zstandard

from scanner.errors import LimitExceededError, MalformedReportError
from scanner.readers.archive_policy import ArchiveLimits
from scanner.readers.archives import label, unpack


def unpacked(tmp_path: Path, content: bytes, limits: ArchiveLimits = ArchiveLimits(), name: str = "report") -> dict[str, bytes]:  # noqa: B008  frozen
    path = tmp_path / "upload"
    path.write_bytes(content)
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    return {plain.name: plain.path.read_bytes() for plain in unpack(path, name, lambda: scratch, limits)}


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(("compress", "suffix"), [(gzip.compress, ".gz"), (zstandard.compress, ".zst"), (bz2.compress, ".bz2")])
def test_compressed_report(tmp_path: Path, compress: object, suffix: str) -> None:
    packed = compress(b'{"a": 1}')  # type: ignore[operator]
    assert unpacked(tmp_path, packed, name=f"report.json{suffix}") == {"report.json": b'{"a": 1}'}
    assert unpacked(tmp_path, packed + packed) == {"report": b'{"a": 1}' * 2}  # members and frames may follow one another


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress, bz2.compress])
def test_cut_off_compression_is_refused_at_any_byte(tmp_path: Path, compress: object) -> None:
    packed = compress(bytes(range(256)) * 40)  # type: ignore[operator]
    for at in range(4, len(packed)):
        with pytest.raises(MalformedReportError):
            unpacked(tmp_path, packed[:at])


def test_zip_members_at_any_nesting(tmp_path: Path) -> None:
    inner = zipped({"b.json": b"[2]"})
    outer = zipped({"a.json": b"[1]", "inner.zip": inner, "__MACOSX/a.json": b"junk", "c.json.gz": gzip.compress(b"[3]")})
    assert unpacked(tmp_path, outer, name="r.zip") == {
        "r.zip/a.json": b"[1]",
        "r.zip/inner.zip/b.json": b"[2]",
        "r.zip/c.json": b"[3]",
    }


def test_paths_of_members_are_labels(tmp_path: Path) -> None:
    names = unpacked(tmp_path, zipped({"../../etc/passwd": b"x", "/abs": b"y", "bell\x07": b"z"}))
    assert list(names) == ["report/../../etc/passwd", "report//abs", "report/bell?"]
    assert {path.name for path in tmp_path.iterdir()} == {"upload", "scratch"}
    assert not list((tmp_path / "scratch").iterdir())


def test_label_is_bounded() -> None:
    assert len(label("x" * 10_000)) <= 201


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress, bz2.compress, lambda data: zipped({"bomb": data})])
def test_bomb_is_refused(tmp_path: Path, compress: object) -> None:
    with pytest.raises(LimitExceededError, match="ratio") as refused:
        unpacked(tmp_path, compress(bytes(40 << 20)))  # type: ignore[operator]
    assert refused.value.found > refused.value.limit


def test_limits(tmp_path: Path) -> None:
    with pytest.raises(LimitExceededError, match="members"):
        unpacked(tmp_path, zipped({str(n): b"" for n in range(4)}), ArchiveLimits(members=3))
    with pytest.raises(LimitExceededError, match="bytes in the archive"):
        unpacked(tmp_path, zipped({"a": b"x" * 101}), ArchiveLimits(total_bytes=100))
    nested = b"{}"
    for _ in range(4):
        nested = gzip.compress(nested)
    with pytest.raises(LimitExceededError, match="nesting"):
        unpacked(tmp_path, nested)


def test_members_are_counted_before_one_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "many"
    path.write_bytes(zipped({str(n): b"x" for n in range(4)}))
    with pytest.raises(LimitExceededError, match="members of the archive: 4 exceeds the limit of 3"):
        next(unpack(path, "many", lambda: tmp_path / "nowhere", ArchiveLimits(members=3)))


def test_a_document_of_old_office_is_called_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(MalformedReportError, match=r"save it as \.xlsx or \.csv"):
        unpacked(tmp_path, bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600))


def test_directory_is_measured_before_it_is_read(tmp_path: Path) -> None:
    """A directory that claims a gigabyte is refused by what it claims."""
    content = bytearray(zipped({"a": b"x"}))
    end = content.rfind(b"PK\x05\x06")
    struct.pack_into("<L", content, end + 12, 1 << 30)
    with pytest.raises(LimitExceededError, match="directory"):
        unpacked(tmp_path, bytes(content))


def test_encrypted_member_is_refused(tmp_path: Path) -> None:
    content = bytearray(zipped({"a": b"x"}))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.find(magic) + offset] |= 1
    with pytest.raises(MalformedReportError, match="encrypted"):
        unpacked(tmp_path, bytes(content))


def test_unsupported_compression_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedReportError, match="not supported"):
        unpacked(tmp_path, zipped({"a": b"x" * 100}, zipfile.ZIP_LZMA))


def test_broken_zip_is_refused_wherever_it_is_cut(tmp_path: Path) -> None:
    content = zipped({"a": b"some text " * 20, "b": b"more"})
    for at in range(4, len(content)):
        with pytest.raises((MalformedReportError, LimitExceededError)):
            unpacked(tmp_path, content[:at])


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2"])
def test_a_tar_is_called_what_it_is(tmp_path: Path, form: int, mode: str) -> None:
    (tmp_path / "report.json").write_text("{}")
    packed = tmp_path / "reports.tar"
    with tarfile.open(packed, mode, format=form) as archive:  # type: ignore[call-overload]
        archive.add(tmp_path / "report.json", "report.json")
    with pytest.raises(MalformedReportError, match="tar archive: send its reports one by one"):
        unpacked(tmp_path, packed.read_bytes())


def test_empty_zip_has_no_files(tmp_path: Path) -> None:
    assert unpacked(tmp_path, zipped({})) == {}
