"""JSON documents and lines: what is read, what is skipped, what is refused."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from scanner.errors import LimitExceededError, MalformedReportError
from scanner.format import Section
from scanner.model import Asset, AssetType, Finding, Located
from scanner.shapes.json import JsonSignature, JsonVariant
from scanner.shapes.json.repair import as_json
from scanner.shapes.lines import JsonLinesVariant

ASSET = Asset(AssetType.REPOSITORY, {"repository": "r"})


class Record(msgspec.Struct):
    name: str


class Report(msgspec.Struct):
    records: list[msgspec.Raw]


def sections(report: Report) -> Iterator[Section]:
    yield Section(report.records, lambda record, _: Finding(record.name, 5.0), Record, asset=ASSET, place="records")


DOCUMENT = JsonVariant(JsonSignature(keys={"records"}), Report, sections)
LINES = JsonLinesVariant(
    JsonSignature(keys={"name"}, lines=True), Record, lambda record, _: Located(ASSET, Finding(record.name, 5.0))
)

Translate = Callable[[Any, bytes], Any]


def test_cut_anywhere_is_refused_before_anything_is_emitted(translate: Translate) -> None:
    whole = b'{"records": [{"name": "a"}, {"name": "b"}], "more": {"x": [1.5, null, "t"]}}'
    assert translate(DOCUMENT, whole).names == ["a", "b"]
    for at in range(1, len(whole)):
        with pytest.raises(MalformedReportError):
            translate(DOCUMENT, whole[:at])


def test_a_bad_record_is_skipped_with_its_place(translate: Translate) -> None:
    sink = translate(DOCUMENT, b'{"records": [{"name": "a"}, {"name": [1]}, {"name": "c"}, 7]}')
    assert sink.names == ["a", "c"]
    assert [skipped.place for skipped in sink.skipped] == ["records[1]", "records[3]"]


def test_a_report_of_bad_records_only_is_refused(translate: Translate) -> None:
    """As one without findings it would close what earlier scans have found."""
    with pytest.raises(MalformedReportError, match=r"none of its 2 records could be read; records\[0\]"):
        translate(DOCUMENT, b'{"records": [{"nom": "a"}, 7]}')


@pytest.mark.parametrize("between", [b"", b"\0", b" \0\n"])
def test_documents_with_anything_or_nothing_between_them(translate: Translate, between: bytes) -> None:
    """Code Climate's engines write a NUL, others nothing."""
    assert translate(LINES, between.join((b'{"name": "a"}', b'{"name": "b"}', b""))).names == ["a", "b"]


def test_documents_one_after_the_other(translate: Translate) -> None:
    assert translate(DOCUMENT, b'{"records": [{"name": "a"}]}\n {\n"records": [{"name": "b"}]}\n').names == ["a", "b"]
    assert translate(DOCUMENT, b'{"records": []}{"records": [{"name": "b"}]}').names == ["b"]
    with pytest.raises(MalformedReportError, match="truncated"):
        translate(DOCUMENT, b'{"records": [{"name": "a"}]}\n{"records": [')
    with pytest.raises(MalformedReportError, match="trailing"):
        translate(DOCUMENT, b'{"records": [{"name": "a"}]}\n]')


@pytest.mark.parametrize(
    "content",
    [
        b'{"name": "a"}\n\n{"name": "b"}\r\n',
        b'[{"name": "a"},\n {"name": "b"}]',
        b'{\n"name": "a"}\n{\n"name":\n"b"}',
        b'[{"name": "a"}]\n[{"name": "b"}]'.replace(b"]\n[", b",\n"),
    ],
)
def test_lines_arrays_and_documents_are_the_same_records(translate: Translate, content: bytes) -> None:
    assert translate(LINES, content).names == ["a", "b"]


def test_last_line_cut_off_is_a_skipped_record(translate: Translate) -> None:
    sink = translate(LINES, b'{"name": "a"}\nlog: half way\n{"name": "b"}\n{"na')
    assert sink.names == ["a", "b"]
    assert [skipped.place for skipped in sink.skipped] == ["line 2", "line 4"]


def test_lines_are_counted_however_long_they_are(translate: Translate) -> None:
    lines = [b'{"name": "%b"}' % (b"x" * length) for length in (10, 400_000, 700_000, 1 << 20, 3 << 20, 1)]
    sink = translate(LINES, b"\n\n".join([*lines, b"bad", lines[0]]))
    assert [len(name) for name in sink.names] == [10, 400_000, 700_000, 1 << 20, 3 << 20, 1, 10]
    assert [skipped.place for skipped in sink.skipped] == ["line 13"]


@pytest.mark.parametrize("content", [b"[" * 200_000, b'{"records":' * 50_000, b'[{"name": ' + b"[" * 100_000])
def test_deep_nesting_is_refused(translate: Translate, content: bytes) -> None:
    for variant in (DOCUMENT, LINES):
        with pytest.raises(MalformedReportError):
            translate(variant, content)


def test_numbers_beyond_bounds_are_their_records_fault(translate: Translate) -> None:
    sink = translate(DOCUMENT, b'{"records": [{"name": "a", "n": 1e999}, {"name": 1e999}, {"name": ' + b"9" * 5000 + b"}]}")
    assert sink.names[0] == "a"
    assert len(sink.names) + len(sink.skipped) == 3


def test_the_last_of_duplicate_keys_counts(translate: Translate) -> None:
    assert translate(DOCUMENT, b'{"records": [], "records": [{"name": "a", "name": "b"}]}').names == ["b"]


def test_millions_of_tiny_values_are_refused(translate: Translate) -> None:
    with pytest.raises(LimitExceededError, match="values"):
        translate(LINES, b"[" + b"{}," * 1_500_000 + b"{}]")


def test_any_failure_of_a_formats_code_is_a_documented_error(translate: Translate) -> None:
    def broken(report: Report) -> Iterator[Section]:
        raise KeyError("records")
        yield

    with pytest.raises(MalformedReportError, match="KeyError"):
        translate(JsonVariant(JsonSignature(), Report, broken), b'{"records": []}')


def test_parts_before_a_failing_one_are_kept(translate: Translate) -> None:
    def parts(record: Record, _: None) -> Iterator[Located]:
        yield Located(ASSET, Finding(record.name, 5.0))
        if record.name == "a":
            raise ValueError("second part")

    sink = translate(JsonLinesVariant(JsonSignature(lines=True), Record, parts), b'[{"name": "a"}, {"name": "b"}]')
    assert sink.names == ["a", "b"]
    assert [skipped.reason for skipped in sink.skipped] == ["ValueError: second part"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (rb"\ud83d\ude00", "\U0001f600"),
        (rb"a\ud83db", "a\ufffdb"),
        (rb"a\ude00b", "a\ufffdb"),
        (rb"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (rb"\\ud83d", r"\ud83d"),
    ],
)
def test_half_of_a_surrogate_pair_costs_a_character(written: bytes, read: str) -> None:
    """Tools that escape texts byte by byte write it; Semgrep does for file names that are not UTF-8."""
    document = b'[{"a": "%b", "b": "ends with \\\\"}]' % written
    repaired = as_json(document)
    assert msgspec.json.decode(document if repaired is None else b"".join(repaired))[0]["a"] == read
