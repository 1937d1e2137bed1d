"""CSV: headers anywhere, rows of any length, and files that end too early."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from scanner.errors import MalformedReportError
from scanner.format import CsvVariant
from scanner.model import Asset, AssetType, Finding, Located
from scanner.signatures import CsvSignature

Translate = Callable[[Any, bytes], Any]


class Row(msgspec.Struct):
    title: str = ""
    plugin_id: str = ""
    fix: str = ""
    absent: str = ""


def finding(row: Row, _: None) -> Located:
    asset = Asset(AssetType.REPOSITORY, {"repository": "r"})
    return Located(asset, Finding("|".join((row.title, row.plugin_id, row.fix, row.absent)), 5.0))


VARIANT = CsvVariant(
    CsvSignature(header={"Title", "Plugin ID"}), record=Row, translate=finding, columns={"fix": ("Solution", "Remedy")}
)


@pytest.mark.parametrize("delimiter", [b",", b";", b"\t", b"|"])
def test_delimiters(translate: Translate, delimiter: bytes) -> None:
    assert translate(VARIANT, b"Title,Plugin ID,Remedy\na,1,f\n".replace(b",", delimiter)).names == ["a|1|f|"]


def test_preamble_blank_lines_short_and_long_rows(translate: Translate) -> None:
    content = b'"Export of ""today"""\n\n  PLUGIN id , title \n1,a\n\n2\n3,c,beyond\n,\n'
    assert translate(VARIANT, content).names == ["a|1||", "|2||", "c|3||"]


def test_utf16_export(translate: Translate) -> None:
    assert translate(VARIANT, "Title\tPlugin ID\r\nä\t1\r\n".encode("utf-16")).names == ["ä|1||"]


def test_nul_bytes_and_large_cells_are_survived(translate: Translate) -> None:
    (name,) = translate(VARIANT, b"Title,Plugin ID\na\0b," + b"x" * 300_000 + b"\n").names
    assert name.startswith("a\0b|xxx")


def test_cells_of_several_lines(translate: Translate) -> None:
    sink = translate(VARIANT, b'Title,Plugin ID\n"a\n""b""",1\nc,2\n')
    assert sink.names == ['a\n"b"|1||', "c|2||"]


def test_unbalanced_quote_is_refused_with_its_line(translate: Translate) -> None:
    with pytest.raises(MalformedReportError, match=r"line 3: the file ends within a quoted cell"):
        translate(VARIANT, b'Title,Plugin ID\na,1\n"b,2\nc,3\nd,4\n')


def test_row_cut_off_at_the_end_is_skipped(translate: Translate) -> None:
    sink = translate(VARIANT, b"Title,Plugin ID,Remedy\na,1,f\nb,2")
    assert sink.names == ["a|1|f|"]
    assert [(skipped.place, skipped.reason) for skipped in sink.skipped] == [
        ("line 3", "the file ends within this row: 2 of 3 cells")
    ]


def test_a_line_without_end_is_refused(translate: Translate) -> None:
    with pytest.raises(MalformedReportError, match="a line that does not end"):
        translate(VARIANT, b"Title,Plugin ID\n" + b"x" * (17 << 20))


def test_a_cell_without_end_is_refused(translate: Translate) -> None:
    with pytest.raises(MalformedReportError, match=r"field larger|ends within a quoted cell"):
        translate(VARIANT, b'Title,Plugin ID\n"' + b"x\n" * (9 << 20))
