"""Archives that are one report."""

import io
import zipfile
from pathlib import Path

import pytest

from scanner.errors import LimitExceededError, MalformedReportError
from scanner.opening import open_documents
from scanner.readers.archive_policy import ArchiveLimits

FVDL = '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<FVDL><Vulnerabilities/></FVDL>'
AUDIT = '<?xml version="1.0" encoding="UTF-8"?><Audit/>'


def packed(tmp_path: Path, **members: str) -> Path:
    path = tmp_path / "shop.fpr"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "."), text)
    return path


def texts(path: Path, limits: ArchiveLimits | None = None) -> list[str]:
    return [bytes(document.data).decode() for document in open_documents(path, **({"limits": limits} if limits else {}))]


def test_members_of_one_report_are_one_document(tmp_path: Path) -> None:
    (text,) = texts(packed(tmp_path, audit__xml=AUDIT, VERSION="1", audit__fvdl=FVDL))
    assert text.count("<?xml") == 1
    assert "".join(text.split("\n")[1:]) == "<FPR><FVDL><Vulnerabilities/></FVDL><Audit/></FPR>"


def test_only_the_first_member_has_to_be_there(tmp_path: Path) -> None:
    (text,) = texts(packed(tmp_path, audit__fvdl=FVDL))
    assert "<Audit" not in text
    assert len(texts(packed(tmp_path, audit__xml=AUDIT, other__xml="<a/>"))) == 2


def test_an_archive_of_such_archives_has_a_document_of_each(tmp_path: Path) -> None:
    inner = packed(tmp_path, audit__fvdl=FVDL).read_bytes()
    outer = tmp_path / "all.zip"
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("a.fpr", inner)
        archive.writestr("b.fpr", inner)
    documents = list(open_documents(outer))
    assert [document.is_member for document in documents] == [True, True]


def test_limits_hold_for_what_the_members_become(tmp_path: Path) -> None:
    path = packed(tmp_path, audit__fvdl=f"<FVDL>{' ' * 200_000}</FVDL>")
    with pytest.raises(LimitExceededError):
        texts(path, ArchiveLimits(total_bytes=100_000))
    with pytest.raises(LimitExceededError):
        texts(path, ArchiveLimits(ratio=2, ratio_free_bytes=1000))


def test_a_member_that_is_encrypted_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path, audit__fvdl=FVDL)
    data = bytearray(path.read_bytes())
    entry = zipfile.ZipFile(io.BytesIO(data)).infolist()[0]
    data[entry.header_offset + 6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(MalformedReportError, match="encrypted"):
        texts(path)
