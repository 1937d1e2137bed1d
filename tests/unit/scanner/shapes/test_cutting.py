"""Spans join to the whole: whatever is read from the document is read, once and in order, from its spans."""

import csv
import io
import json
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from scanner.assets import container, host
from scanner.format import Section
from scanner.model import Asset, Dismissed, Finding, Located
from scanner.readers.document import Document, mapped
from scanner.set_aside import Place
from scanner.shapes.csv import CsvSignature, CsvVariant
from scanner.shapes.json import JsonSignature, JsonVariant
from scanner.shapes.lines import JsonLinesVariant
from scanner.shapes.rooms import read_facts
from scanner.shapes.shape import Variant, Whole
from scanner.shapes.xml import XmlSignature, XmlVariant
from scanner.translation import SkippedRecord, translate_section

texts = st.text(alphabet=st.sampled_from('ab,"<>&\n\r ;é{}[]\\'), max_size=12)


class Record(msgspec.Struct):
    id: str


class Target(msgspec.Struct):
    name: str
    records: list[msgspec.Raw]


def found(record: Record, context: object) -> Finding:
    return Finding(record.id, 5.0, location=str(context))


def json_sections(targets: list[Target]) -> Iterator[Section]:
    for target in targets:
        yield Section(target.records, found, Record, asset=container(target.name), context=target.name, place=target.name)


def row_found(record: Record, _: None) -> Located:
    return Located(host("h"), Finding(record.id, 5.0))


def rows_found(rows: tuple[Record, ...], _: None) -> Located:
    return Located(host("h"), Finding(rows[0].id, 5.0, location=f"{len(rows)} rows"))


def element_found(element: etree._Element, _: object) -> Located:
    return Located(host(element.getparent().get("name", "")), Finding(element.text or "", 5.0))


JSON = JsonVariant(JsonSignature(), list[Target], json_sections)
LINES = JsonLinesVariant(JsonSignature(lines=True), Record, row_found)
CSV = CsvVariant(CsvSignature(header={"id", "more"}), Record, row_found)
RECORDS = CsvVariant(CsvSignature(header={"id", "more"}), Record, rows_found, together=("id",))
XML = XmlVariant(XmlSignature("r"), "v", element_found, shard="h")


@dataclass
class Seen:
    """A sink that remembers everything in order."""

    log: list[tuple[str, object]]

    def add(self, asset: Asset, finding: Finding) -> None:
        self.log.append((str(sorted(asset.attributes.items())), (finding.name, finding.location)))

    def dismiss(self, asset: Asset, dismissed: Dismissed, place: Place) -> None:
        self.seen(asset)

    def seen(self, asset: Asset) -> None:
        self.log.append(("seen", str(asset.attributes)))

    def skip(self, skipped: SkippedRecord) -> None:
        self.log.append(("skip", skipped.reason))


@dataclass
class Bytes:
    """A source that has the document in memory."""

    data: bytes
    folder: Path
    name: str = "report"

    def read(self, start: int, stop: int) -> bytes:
        return self.data[start:stop]

    def window(self, start: int, stop: int) -> memoryview | None:
        return None

    def path(self) -> Path:
        path = self.folder / "whole"
        path.write_bytes(self.data)
        return path


def both_ways(data: bytes, variant: Variant[Any], folder: Path, shard_bytes: int) -> tuple[list[object], list[object], int]:
    """What is read from the whole, what is read from the spans, and how many there were."""
    path = folder / "report"
    path.write_bytes(data)
    document = Document("report", *mapped(path))
    layout = variant.layout(read_facts(document))
    whole, spans = Seen([]), Seen([])
    for section in variant.read(document, layout):
        translate_section(section, whole)
    count = 0
    for span, travelled in pickle.loads(pickle.dumps([(span, layout) for span in variant.cut(document, layout, shard_bytes)])):
        count += 1
        for section in span.read(variant, travelled, Bytes(data, folder)):
            translate_section(section, spans)
    return [e for e in whole.log if e[0] != "seen"], [e for e in spans.log if e[0] != "seen"], count


bounded = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@bounded
@given(
    targets=st.lists(st.tuples(texts, st.lists(texts, max_size=8)), min_size=1, max_size=6),
    indent=st.sampled_from([None, 2]),
    shard_bytes=st.integers(10, 200),
)
def test_json_shards_join_to_the_whole(
    targets: list[tuple[str, list[str]]], indent: int | None, shard_bytes: int, tmp_path: Path
) -> None:
    data = json.dumps([{"name": name, "records": [{"id": id_} for id_ in ids]} for name, ids in targets], indent=indent)
    whole, shards, _ = both_ways(data.encode(), JSON, tmp_path, shard_bytes)
    assert shards == whole
    assert len(whole) == sum(len(ids) for _, ids in targets)


@bounded
@given(ids=st.lists(texts, min_size=2, max_size=20), shard_bytes=st.integers(5, 200), end=st.sampled_from(["", "\n", "\n\n"]))
def test_json_lines_shards_join_to_the_whole(ids: list[str], shard_bytes: int, end: str, tmp_path: Path) -> None:
    data = "\n".join(json.dumps({"id": id_}) for id_ in ids) + end
    whole, shards, _ = both_ways(data.encode(), LINES, tmp_path, shard_bytes)
    assert shards == whole
    assert len(whole) == len(ids)


@bounded
@given(ids=st.lists(texts, min_size=1, max_size=20), shard_bytes=st.integers(5, 200), newline=st.sampled_from(["\n", "\r\n"]))
def test_csv_shards_join_to_the_whole(ids: list[str], shard_bytes: int, newline: str, tmp_path: Path) -> None:
    out = io.StringIO()
    rows = csv.writer(out, lineterminator=newline, quoting=csv.QUOTE_ALL)
    rows.writerows([["A preamble, of two cells", "x"], ["id", "more"], *([id_, "same"] for id_ in ids)])
    whole, shards, _ = both_ways(out.getvalue().encode(), CSV, tmp_path, shard_bytes)
    assert shards == whole
    assert len(whole) == len(ids)


@bounded
@given(
    ids=st.lists(st.sampled_from(["", "a", "b\nb", "c"]), min_size=1, max_size=20),
    shard_bytes=st.integers(5, 80),
    newline=st.sampled_from(["\n", "\r\n"]),
)
def test_rows_of_one_record_stay_together(ids: list[str], shard_bytes: int, newline: str, tmp_path: Path) -> None:
    out = io.StringIO()
    rows = csv.writer(out, lineterminator=newline)
    rows.writerows([["id", "more"], *([id_, "x"] if id_ else [] for id_ in ids)])
    whole, shards, _ = both_ways(out.getvalue().encode(), RECORDS, tmp_path, shard_bytes)
    assert shards == whole


def test_rows_of_one_record_stay_together_whose_bytes_differ(tmp_path: Path) -> None:
    """What is not UTF-8 in one row and is in the next means the same character, before anybody has put it right."""
    data = b"id,more\n" + b"".join(b"%d\xc3\xa9,x\n%d\xe9,y\n" % (row // 3, row // 3) for row in range(60))
    path = tmp_path / "report"
    path.write_bytes(data)
    document = Document("report", *mapped(path), is_checked=False)
    seen, layout = Seen([]), RECORDS.layout(read_facts(document))
    spans = list(RECORDS.cut(document, layout, 5))
    for span in spans:
        for section in span.read(RECORDS, layout, Bytes(data, tmp_path)):
            translate_section(section, seen)
    assert len(spans) > 10
    assert [entry for _, entry in seen.log] == [(f"{row}é", "6 rows") for row in range(20)]


@bounded
@given(hosts=st.lists(st.lists(texts, max_size=5), min_size=1, max_size=8), shard_bytes=st.integers(10, 300))
def test_xml_shards_join_to_the_whole(hosts: list[list[str]], shard_bytes: int, tmp_path: Path) -> None:
    root = etree.Element("r", nsmap={"x": "urn:x"})
    etree.SubElement(root, "policy").text = "<h is no element here>"
    report = etree.SubElement(root, "{urn:x}report", name="n")
    for index, values in enumerate(hosts):
        element = etree.SubElement(report, "h", name=f"host{index}")
        for value in values:
            etree.SubElement(element, "v").text = value
    whole, shards, _ = both_ways(etree.tostring(root), XML, tmp_path, shard_bytes)
    assert shards == whole
    assert len(whole) == sum(map(len, hosts))


def test_a_record_before_the_first_span_is_told_once(tmp_path: Path) -> None:
    data = b"<r><v>before</v><all>" + b"".join(b"<h name='a'><v>%d</v></h>" % number for number in range(9)) + b"</all></r>"
    whole, spans, count = both_ways(data, XML, tmp_path, 5)
    assert count == 9
    assert spans == whole
    assert len(whole) == 10


@pytest.mark.parametrize(
    ("variant", "data"),
    [
        (JSON, json.dumps([{"name": "a", "records": [{"id": "x" * 50}] * 40}]).encode()),
        (LINES, b'{"id": "%s"}\n' % (b"x" * 50) * 40),
        (CSV, b"id,more\n" + b"%s,y\n" % (b"x" * 50) * 40),
        (RECORDS, b"id,more\n" + b"".join(b"%d,%s\n" % (row // 3, b"x" * 50) for row in range(40))),
        (XML, b"<r>" + b"<h name='a'><v>%s</v></h>" % (b"x" * 50) * 40 + b"</r>"),
    ],
    ids=["json", "lines", "csv", "records", "xml"],
)
def test_a_large_report_becomes_several_shards(variant: Variant[Any], data: bytes, tmp_path: Path) -> None:
    _, _, count = both_ways(data, variant, tmp_path, 500)
    assert 3 <= count <= 12


def test_what_cannot_be_cut_says_why(tmp_path: Path) -> None:
    variant = XmlVariant(XmlSignature("r"), "v", element_found, tables=("glossary",), shard="h")
    path = tmp_path / "report"
    path.write_bytes(b"<r><h><v>x</v></h></r>")
    (span,) = variant.cut(Document("report", *mapped(path)), None, 5)
    assert isinstance(span, Whole)
    assert "tables" in span.reason
