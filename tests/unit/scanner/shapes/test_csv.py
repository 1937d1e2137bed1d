"""CSV: headers anywhere, rows of any length, and files that end too early."""

import csv
import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import MalformedReportError, RecordError
from scanner.model import Asset, AssetType, Finding, Located
from scanner.readers.document import Document
from scanner.shapes.csv import CsvSignature, CsvVariant
from scanner.shapes.csv import records as csv_records
from scanner.shapes.csv.reading import Rows
from scanner.shapes.rooms import read_facts

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


class Plugin(msgspec.Struct):
    plugin_id: str = ""
    absent: str = ""
    fix: str = ""


class Wide(msgspec.Struct):
    plugin: Plugin
    title: str = ""
    unknown: str = ""
    last: str = ""


def wide_finding(row: Wide, seen: Any) -> Located:
    said = (row.title, row.plugin.plugin_id, row.plugin.absent, row.plugin.fix, row.unknown, row.last)
    return Located(Asset(AssetType.REPOSITORY, {"repository": "r"}), Finding("|".join(said), 5.0))


WIDE = CsvVariant(CsvSignature(header={"Title", "Plugin ID"}), record=Wide, translate=wide_finding)
CELLS = ("", "a", "b", '"', 'a"b', "é", "x\ny", "x\r\ny", ",", ',"', '""', " ", "z\r")


@pytest.mark.parametrize("quoting", [csv.QUOTE_ALL, csv.QUOTE_MINIMAL])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_rows_are_those_of_the_library(translate: Translate, quoting: Any, newline: str) -> None:
    """Also of rows that are too short or too long, and with quotes where none should be."""
    chance = random.Random(7)
    for _ in range(100):
        out = io.StringIO()
        writer = csv.writer(out, quoting=quoting, lineterminator=newline)
        writer.writerow(("Plugin ID", "more", "Title", "Fix", "Last"))
        writer.writerows(chance.choices(CELLS, k=chance.choice((5, 5, 5, 5, 0, 1, 7))) for _ in range(8))
        content = out.getvalue()
        at = chance.randrange(content.index("Last") + 6, len(content))
        content = content[:at] + chance.choice(("", '"', "a")) + content[at:] + f'{newline}"{newline}","end",,,{newline}'
        rows = [row for row in list(csv.reader(io.StringIO(content, newline="")))[1:] if any(row)]
        cells = [(*row, "", "", "", "", "")[:5] for row in rows]
        try:
            names = translate(WIDE, content.encode()).names
        except MalformedReportError:
            with pytest.raises(csv.Error, match="unexpected end"):
                list(csv.reader(io.StringIO(content, newline=""), strict=True))
        else:
            assert names == [f"{title}|{plugin}||{fix}||{last}" for plugin, _, title, fix, last in cells], content


class Four(msgspec.Struct):
    """The cells of a row; those of a part are known by their bytes."""

    plugin: Plugin
    title: str = ""
    last: str = ""


FOUR = CsvVariant(CsvSignature(header={"Title", "Plugin ID"}), record=Four, translate=finding)
HEADER = "Plugin ID,Title,Fix,Last\n"
PIECES = (
    "a",
    "bc",
    " ",
    ",",
    ",",
    '"',
    '"',
    '""',
    "\n",
    "\r",
    "\r\n",
    "\0",
    "é",
    "\ufeff",
    "\u2028",
    "\x1c",
    '"a",',
    ',"x\ny"',
)
WHOLE = ('a,"b, c",,d\n', '"1","2 ""so""","3\n\r\n4",""\r\n', ",,,\n", "\n", "é,b,c,d\r")


@settings(max_examples=1_000, deadline=None)
@given(st.lists(st.sampled_from(WHOLE) | st.lists(st.sampled_from(PIECES), max_size=12).map("".join), max_size=8).map("".join))
def test_rows_lines_and_errors_are_those_of_the_library(body: str) -> None:
    """Whatever a file holds: the pattern takes what the library would take, and leaves it the rest."""
    assert read(body) == told_by_the_library(body)


Told = list[tuple[int, list[str]] | str]


def read(body: str) -> Told:
    header = Document("report", HEADER.encode(), Path("report"))
    document = Document("report", header.data + body.encode(), Path("report"))
    rows = Rows(document, FOUR.layout(read_facts(header)), FOUR.record, FOUR.columns)
    told: Told = []
    try:
        for row in rows:
            assert isinstance(row, Four)
            told.append((rows.line, [row.plugin.plugin_id, row.title, row.plugin.fix, row.last]))
    except (MalformedReportError, RecordError) as error:
        told.append(str(error))
    return told


def told_by_the_library(body: str) -> Told:
    lines = io.StringIO(HEADER + body, newline="").readlines()
    library = csv.reader(lines)
    width, begin = len(next(library)), library.line_num
    told: Told = []
    for row in library:
        written, begin = lines[begin : library.line_num], library.line_num
        if begin == len(lines):
            if len(written) > 1 and ends_within_a_cell(written):
                return [
                    *told,
                    f"malformed report at report, line {begin - len(written) + 1}: the file ends within a quoted cell",
                ]
            if len(row) < width and not written[-1].endswith(("\r", "\n")):
                return [*told, f"the file ends within this row: {len(row)} of {width} cells"]
        if any(row):
            told.append((library.line_num, (row + [""] * width)[:width]))
    return told


def ends_within_a_cell(lines: list[str]) -> bool:
    try:
        list(csv.reader(lines, strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def test_rows_share_what_they_repeat(translate: Translate, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Plugin] = []

    def keep(row: Wide, _: None) -> Located:
        seen.append(row.plugin)
        return wide_finding(row, None)

    variant = CsvVariant(WIDE.signature, record=Wide, translate=keep)
    content = b'Title,Plugin ID,other,Fix\na,1,x,f\n"b",1,y,f\nd,2,x,f\nc,1,z,f\n'
    assert translate(variant, content).names == ["a|1||f||", "b|1||f||", "d|2||f||", "c|1||f||"]
    assert seen[0] is seen[1] is seen[3]
    assert seen[0] is not seen[2]
    translate(variant, b"Title,Plugin ID,other,Fix\ne,2,x,f\n")
    assert seen[-1] is seen[2], "another report with the same header"
    translate(variant, b"Plugin ID,Title,other,Fix\n2,e,x,f\n")
    assert seen[-1] is not seen[2]
    assert seen[-1] == seen[2]
    seen.clear()
    csv_records.forget()
    monkeypatch.setattr("scanner.shapes.csv.records._REMEMBERED_BYTES", 0)
    translate(variant, content)
    assert seen[0] is not seen[3]
    assert seen[0] == seen[3]


def test_a_skipped_row_names_its_line(translate: Translate) -> None:
    def refuse(row: Row, _: None) -> Located:
        if row.title == "b":
            raise ValueError("no")
        return finding(row, None)

    variant = CsvVariant(VARIANT.signature, record=Row, translate=refuse)
    sink = translate(variant, b'Title,Plugin ID\r\n"a\r\n",1\r\nb,2\r\n\r\n\r\nb,3,beyond\nc\n')
    assert [skipped.place for skipped in sink.skipped] == ["line 4", "line 7"]


def test_a_wide_row_that_does_not_fit_is_not_tried_in_all_combinations(translate: Translate) -> None:
    header = ",".join(["Title", "Plugin ID", *(f"c{column}" for column in range(60))])
    row = '"a",' * 61 + '"x"y'
    assert translate(VARIANT, f"{header}\n{row}\n".encode()).names == ["a|a||"]
