"""Sheets of workbooks as CSV, and what is refused of a hostile one."""

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from scanner.errors import LimitExceededError, MalformedReportError
from scanner.opening import open_documents
from scanner.readers import workbooks

Rows = list[list[object]]


def workbook(**sheets: Rows) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def changed(content: bytes, member: str, change: Callable[[bytes], bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == member else old.read(name))
    return made.getvalue()


def documents(tmp_path: Path, content: bytes) -> dict[str, str]:
    path = tmp_path / "report.xlsx"
    path.write_bytes(content)
    return {document.name: bytes(document.data).decode() for document in open_documents(path)}


def test_sheets_are_tables_of_their_own(tmp_path: Path) -> None:
    rows: Rows = [["id", "score", "seen", "open"], [1, 7.0, datetime(2025, 1, 2, 3, 4), True], [2, 7.5, None, 'a "b", c']]
    found = documents(tmp_path, workbook(First=rows, Empty=[[]], Second=[["x"]]))
    assert found == {
        "report.xlsx/First": 'id,score,seen,open\n1,7,2025-01-02T03:04:00,true\n2,7.5,,"a ""b"", c"\n',
        "report.xlsx/Second": "x\n",
    }


def test_a_member_that_declares_a_document_type_is_refused(tmp_path: Path) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'
    content = changed(workbook(One=[["x"]]), "xl/worksheets/sheet1.xml", lambda xml: bomb + xml)
    with pytest.raises(MalformedReportError, match="declares a document type"):
        documents(tmp_path, content)


def test_a_row_may_not_be_endlessly_wide(tmp_path: Path) -> None:
    content = changed(workbook(One=[["x"]]), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'r="A1"', b'r="XFD1"'))
    with pytest.raises(LimitExceededError, match="columns of a sheet"):
        documents(tmp_path, content)


def test_rows_far_below_cost_nothing(tmp_path: Path) -> None:
    def far(xml: bytes) -> bytes:
        return xml.replace(b'<row r="2"', b'<row r="60000"').replace(b'r="A2"', b'r="A60000"')

    content = changed(workbook(One=[["x"], ["y"]]), "xl/worksheets/sheet1.xml", far)
    assert documents(tmp_path, content) == {"report.xlsx/One": "x\ny\n"}


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("_SHARED_BYTES", "bytes of xl/sharedStrings.xml"),
        ("_SHEET_BYTES", "bytes of xl/worksheets/sheet1.xml"),
        ("_SHEET_ELEMENTS", "elements of xl/"),
        ("_CELLS", "cells of a workbook"),
    ],
)
def test_what_is_kept_or_counted_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, message: str) -> None:
    monkeypatch.setattr(workbooks, limit, 100)
    content = workbook(One=[[f"text {number}" for number in range(10)] for _ in range(20)])
    made = io.BytesIO(content)
    with zipfile.ZipFile(made, "a") as book:
        book.writestr("xl/sharedStrings.xml", b"<sst>" + b"x" * 200 + b"</sst>")
    with pytest.raises(LimitExceededError, match=message):
        documents(tmp_path, made.getvalue())


def test_a_broken_workbook_is_refused(tmp_path: Path) -> None:
    content = changed(workbook(One=[["x"]]), "xl/worksheets/sheet1.xml", lambda xml: xml[:-30])
    with pytest.raises(MalformedReportError, match="broken workbook"):
        documents(tmp_path, content)


def test_a_workbook_in_which_nothing_stands_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedReportError, match="nothing stands in the sheets"):
        documents(tmp_path, workbook(One=[]))
