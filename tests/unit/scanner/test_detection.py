"""Facts, signatures and detection, on documents of a few bytes."""

from pathlib import Path

import pytest

from scanner.catalogue import find
from scanner.detection import detect
from scanner.errors import MalformedReportError, ScannerError, UnknownFormatError
from scanner.opening import open_documents
from scanner.shapes.csv import CsvSignature
from scanner.shapes.facts import Facts, Kind
from scanner.shapes.json import JsonSignature
from scanner.shapes.json.variant import json_acceptable
from scanner.shapes.rooms import read_facts
from scanner.shapes.whole import TextSignature
from scanner.shapes.xml import XmlSignature
from scanner.summary import summarize


def facts_of(tmp_path: Path, content: bytes) -> Facts:
    path = tmp_path / "report"
    path.write_bytes(content)
    (facts,) = [read_facts(document) for document in open_documents(path)]
    return facts


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", Kind.EMPTY),
        (b" \n", Kind.EMPTY),
        (b'{"a": 1}', Kind.JSON),
        (b"{", Kind.JSON),
        (b'{"a": 1}\n{"a": 2}', Kind.JSON_LINES),
        (b"[INFO] no json here", Kind.TEXT),
        (b"<a/>", Kind.XML),
        (b"<!-- c --><!DOCTYPE HTML><html>", Kind.HTML),
        (b"<!-- c -->" * 6000 + b"<a/>", Kind.XML),
        (b"a,b\n1,2", Kind.TEXT),
        (bytes(range(256)) * 9, Kind.BINARY),
    ],
)
def test_kind(tmp_path: Path, content: bytes, kind: Kind) -> None:
    assert facts_of(tmp_path, content).kind is kind


def test_paths_and_values(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, b'[{"name": {"item": [1, {"b": null}]}, "ok": true}, {"ok": false, "cut": "of')
    assert facts.paths == {"", "[]", "[].name", "[].name.item", "[].name.item[]", "[].name.item[].b", "[].ok"}
    assert facts.values["[].ok"] == "true"


def test_top_level_keys_behind_the_head(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, b'{"filler": "' + b"x" * 70_000 + b'", "version": "2"}')
    assert "version" in facts.paths


def test_json_signature(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, b'{"version": "2.1.0", "runs": [{"tool": {"name": "X"}}]}')
    signature = JsonSignature(keys={"runs[].tool"}, any_of=({"version", "$schema"},), values={"version": "2."})
    assert signature.score(facts) == 4
    assert JsonSignature(values={"version": "3"}).score(facts) == 0
    assert JsonSignature(keys={"runs"}, root="array").score(facts) == 0


def test_any_name_in_a_signature(tmp_path: Path) -> None:
    """An object by package or file: without any it may be anybody's, and is taken where its tool is named."""
    signature = JsonSignature(keys={"*[].title", "*[].url"}, root="object")
    assert signature.score(facts_of(tmp_path, b'{"lodash.merge": [{"title": "a", "url": "b"}]}')) == 2
    assert signature.score(facts_of(tmp_path, b'{"lodash": {"title": "a"}, "b": [{"url": "c"}]}')) == 0
    assert json_acceptable(signature, facts_of(tmp_path, b"{}"))
    assert not json_acceptable(JsonSignature(keys={"a"}, root="object"), facts_of(tmp_path, b"{}"))


def test_keys_that_are_not_the_tools_own(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, b'{"results": [], "errors": [{"any": 1}], "metrics": {"any": 1}}')
    assert JsonSignature(keys={"results"}, own={"": {"results", "errors"}}).score(facts) == 0
    assert JsonSignature(keys={"results"}, own={"": {"results", "errors"}}, strange=0.4).score(facts) == 1
    assert JsonSignature(keys={"results"}, own={"": {"results", "errors", "metrics"}}).score(facts) == 1
    records = facts_of(tmp_path, b'[{"id": 1, "a": 2, "b": 3}, {"titel": 4}]')
    assert JsonSignature(keys={"id"}, own={"": {"id", "a", "b"}}, strange=0.25, lines=True).score(records) == 1
    assert JsonSignature(keys={"id"}, own={"": {"id", "a"}}, strange=0.25, lines=True).score(records) == 0


def test_documents_in_lines_go_behind_a_format_of_lines(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, b'{"a": 1, "b": 2}\n{"a": 1}')
    assert JsonSignature(keys={"a", "b"}).score(facts) == 1
    assert JsonSignature(keys={"a", "b"}, lines=True).score(facts) == 2


def test_xml_csv_and_text_signatures(tmp_path: Path) -> None:
    xml = facts_of(tmp_path, b'<r xmlns="http://x.example/v2"><e/></r>')
    assert XmlSignature(root="r", namespace="x.example", elements={"e"}).score(xml) == 4
    table = facts_of(tmp_path, b"made by a tool\n\nName;Score\nx;1\n")
    assert CsvSignature(header={"name", "SCORE"}).find(table) == (";", 2)
    assert TextSignature(Kind.TEXT, text=("made by",)).score(table) == 2


@pytest.mark.parametrize("name", ["trivy", "Trivy Scan", "TRIVY", " trivy "])
def test_names_of_a_format(name: str) -> None:
    assert find(name).slug == "trivy"


def test_unknown_name_says_the_nearest() -> None:
    with pytest.raises(UnknownFormatError, match=r"closest: .*trivy"):
        find("trivvy")
    with pytest.raises(UnknownFormatError):
        find("x" * 10_000_000)


def opened(tmp_path: Path, content: bytes, scanner_type: str) -> str:
    path = tmp_path / "report"
    path.write_bytes(content)
    (slug,) = [detect(document, scanner_type).slug for document in open_documents(path)]
    return slug


def test_a_hint_is_believed_for_a_report_with_nothing_in_it(tmp_path: Path) -> None:
    assert opened(tmp_path, b'{"findings": []}', "generic") == "generic"
    assert opened(tmp_path, b"[]", "gitleaks") == "gitleaks"


@pytest.mark.parametrize("slug", ["generic", "gitleaks", "trivy", "sarif", "semgrep"])
def test_an_object_without_a_key_is_no_clean_report(tmp_path: Path, slug: str) -> None:
    with pytest.raises(UnknownFormatError, match=f"not a report of {slug}"):
        opened(tmp_path, b"{}", slug)


@pytest.mark.parametrize("report", ['{"results": []}', '{"Findings": [], "errors": []}', '{"vulnerabilities": {}}', "[]", ""])
def test_a_report_that_lists_nothing_gets_advice(tmp_path: Path, report: str) -> None:
    with pytest.raises((UnknownFormatError, MalformedReportError), match="name it as scanner_type, and it counts as a clean"):
        opened(tmp_path, report.encode(), "auto")


def test_what_a_tool_writes_for_nothing_is_believed_under_its_name(tmp_path: Path) -> None:
    assert opened(tmp_path, b"{}", "noseyparker") == "noseyparker"
    assert summarize(tmp_path / "report", "noseyparker").findings == 0
    assert opened(tmp_path, b"", "osv_scanner") == "osv_scanner"
    assert summarize(tmp_path / "report", "osv_scanner").findings == 0


def test_lines_of_a_log_before_records_are_none_of_them(tmp_path: Path) -> None:
    log = b'{"level":"info-0","ts":"2026-01-02T03:04:05Z","logger":"x","msg":"started"}\n'
    assert facts_of(tmp_path, log + b'{"rule": "a"}\n' + log).paths == {"", "rule"}  # type: ignore[attr-defined]
    assert "msg" in facts_of(tmp_path, log * 2).paths  # type: ignore[attr-defined]
    audit = b'{"AuditResultName":"A","level":"error","msg":"m","time":"2026-01-02T03:04:05Z"}\n'
    assert "AuditResultName" in facts_of(tmp_path, audit * 2).paths  # type: ignore[attr-defined]


def test_a_tool_that_is_named_may_have_written_sarif(tmp_path: Path) -> None:
    log = b'{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Flawfinder"}}, "results": []}]}'
    assert opened(tmp_path, log, "flawfinder") == "sarif"
    assert opened(tmp_path, log, "gitleaks") == "sarif"
    with pytest.raises(UnknownFormatError, match="not a report of flawfinder"):
        opened(tmp_path, b'{"totals": {"errors": 0, "warnings": 0, "fixable": 0}, "files": {}}', "flawfinder")


def test_a_hint_that_nothing_supports_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormatError, match="not a report of generic"):
        opened(tmp_path, b'{"something": [1]}', "generic")


def test_unknown_report_names_what_it_resembles(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormatError, match=r"closest: .*generic"):
        opened(tmp_path, b"Title,Severity\nx,High\n", "auto")


def test_empty_file(tmp_path: Path) -> None:
    with pytest.raises(MalformedReportError, match="empty"):
        opened(tmp_path, b"", "auto")


def test_what_is_cut_off_is_not_taken_for_a_report_that_says_nothing(tmp_path: Path) -> None:
    for content, advised in (('{"results": []}', True), ('{"results":', False), ("[", False)):
        (tmp_path / "report.json").write_text(content)
        with pytest.raises(ScannerError) as refused:
            summarize(tmp_path / "report.json")
        assert ("clean report" in str(refused.value)) is advised
