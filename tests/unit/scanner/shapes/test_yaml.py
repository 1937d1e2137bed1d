"""YAML documents: read as the JSON that they could have been, within bounds."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from scanner.errors import LimitExceededError, MalformedReportError
from scanner.model import Asset, AssetType, Finding
from scanner.section import Section
from scanner.shapes.facts import Facts, Kind
from scanner.shapes.yaml import YamlSignature, YamlVariant
from scanner.shapes.yaml.reading import documents

ASSET = Asset(AssetType.REPOSITORY, {"repository": "r"})


class Record(msgspec.Struct):
    name: str


class Report(msgspec.Struct):
    records: list[msgspec.Raw]


def sections(report: Report) -> Iterator[Section]:
    yield Section(report.records, lambda record, _: Finding(record.name, 5.0), Record, asset=ASSET, place="records")


SIGNATURE = YamlSignature({"kind", "records"}, inner={"name"}, values={"kind": "demo"})
VARIANT = YamlVariant(SIGNATURE, Report, sections)
Translate = Callable[[Any, bytes], Any]


def test_scalars_are_those_of_json() -> None:
    text = "a: 1\nb: 1.5\nc: true\nd: ~\ne: '1'\nf: 2026-05-01\ng: yes\nh: |\n  two\n  lines\ni:\nj: 0123\n"
    (said,) = documents(text, "x")
    assert said == {
        "a": 1,
        "b": 1.5,
        "c": True,
        "d": None,
        "e": "1",
        "f": "2026-05-01",
        "g": "yes",
        "h": "two\nlines\n",
        "i": None,
        "j": "0123",
    }


def test_collections_and_several_documents() -> None:
    assert list(documents("- a: [1, {b: 2}]\n- c\n---\nd: {}\n", "x")) == [[{"a": [1, {"b": 2}]}, "c"], {"d": {}}]


def test_keys_are_texts() -> None:
    assert list(documents("1: a\ntrue: b\n", "x")) == [{"1": "a", "True": "b"}]


def test_records_are_found_and_bad_ones_skipped(translate: Translate) -> None:
    sink = translate(VARIANT, b"kind: Demo\nrecords:\n- name: a\n- nothing: b\n- name: c\n")
    assert sink.names == ["a", "c"]
    assert [skipped.place for skipped in sink.skipped] == ["records[1]"]


@pytest.mark.parametrize(
    "text",
    ["a: &x [1]\nb: *x\n", "a: [1\n", "a: 'b\n", "a: {b: 1", "[" * 70, "a:\n\t- b\n", "k: v\n  w: x\n"],
    ids=["alias", "open list", "open text", "open object", "depth", "tab", "indent"],
)
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(MalformedReportError):
        list(documents(text, "x"))


def test_tags_make_nothing() -> None:
    assert list(documents("a: !!python/object/apply:os.system ['true']\n", "x")) == [{"a": ["true"]}]


def test_a_large_document_is_refused(translate: Translate) -> None:
    with pytest.raises(LimitExceededError):
        translate(YamlVariant(SIGNATURE, Report, sections, max_bytes=10), b"kind: demo\nrecords: []\n")


@pytest.mark.parametrize(
    ("head", "score"),
    [
        ("---\nkind: Demo\nrecords:\n  - name: a\n", 5),
        ('"kind": demo\nrecords:\n- name: a\n', 5),
        ("kind: other\nrecords:\n- name: a\n", 0),
        ("kind: demo\nrecords: []\n", 0),
        ("in a text of kind: demo records: name: x\n", 0),
        ("  kind: demo\n  records:\n  - name: a\n", 0),
    ],
)
def test_recognised_by_its_keys(head: str, score: int) -> None:
    assert SIGNATURE.score(Facts("x", Kind.TEXT, head)) == score
    assert SIGNATURE.score(Facts("x", Kind.XML, head)) == 0
