"""One finding for all that Phoenix would take for the same: the gravest, with what the others say."""

import msgspec
import pytest

from scanner import assets
from scanner.collecting import Collector, regroup
from scanner.merging import MOST_MERGED, Distinct, Told, merged
from scanner.model import Dismissed, Finding
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.severity import UNRATED
from scanner.options import ImportOptions
from scanner.set_aside import LONGEST_TEXT, DismissedRecord, MergedRecord
from scanner.translation import SkippedRecord

IMAGE = assets.container("app:1")


def finding(severity: float, **others) -> Finding:
    facts = {"name": "X", "description": "d", "remedy": "r", "location": "a:1"}
    return Finding(**(facts | {"severity": severity} | others))


def sent(*findings: Finding | Dismissed, **options) -> tuple[list[dict], Collector]:
    chosen = ImportOptions(**options)
    collector = Collector(chosen)
    for each in findings:
        if isinstance(each, Dismissed):
            collector.dismiss(IMAGE, each, str)
        else:
            collector.add(IMAGE, each)
    (asset,) = regroup(collector.blocks(), chosen).assets
    return [msgspec.json.decode(each) for each in asset.findings], collector


def test_the_gravest_is_kept_wherever_it_stands_and_the_evidence_of_all() -> None:
    low = finding(2.0, details={"evidence": "first", "rule": "r"}, cwes=["CWE-1"])
    high = finding(8.0, details={"evidence": "second", "rule": "r"}, cwes=["CWE-2"])
    ((only,), _) = sent(low, high)
    assert only["severity"] == 8.0
    assert only["details"] == {"evidence": "second", "rule": "r", "merged": [{"severity": 2.0, "evidence": "first"}]}
    assert only["cwes"] == ["CWE-2", "CWE-1"]


def test_what_is_written_twice_says_nothing_more() -> None:
    ((only,), _) = sent(finding(8.0), finding(8.0))
    assert "details" not in only


def test_how_many_were_merged_is_counted() -> None:
    distinct = Distinct()
    first, second, third = (msgspec.json.encode(finding(severity)) for severity in (1.0, 2.0, 3.0))
    distinct.add([first, second], ["a", "b"])
    distinct.add([first, third], ["a", "c"])
    assert distinct.merged == 1
    assert distinct.findings("app:1", Told()) == [first, second, third]


def told_of(*findings: Finding | Dismissed, **options) -> list[MergedRecord]:
    _, collector = sent(*findings, **options)
    return [*regroup(collector.blocks(), ImportOptions(**options)).told]


def test_each_that_another_stands_for_is_told_with_asset_reason_and_difference() -> None:
    kept = finding(8.0, details={"evidence": "second"})
    told = told_of(finding(2.0, description="other"), kept, kept, finding(8.0, details={"evidence": "x" * 1000}))
    assert {(record.asset, record.name, record.location) for record in told} == {("app:1", "X", "a:1")}
    assert [(record.reason, record.differs) for record in told] == [
        ("less_severe", {"severity": "2.0", "description": "other"}),
        ("identical", {}),
        ("later", {"evidence": "x" * (LONGEST_TEXT - 1) + "…"}),
    ]


def test_what_was_put_aside_is_told_to_be() -> None:
    graver = Dismissed(finding(10.0), Dismissal.SUPPRESSED)
    (told,) = told_of(graver, finding(2.0), include_dismissed=True)
    assert (told.reason, told.differs) == ("put_aside", {"severity": "10.0"})


def test_no_more_is_told_than_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.set_aside.MOST_KEPT", 3)
    _, collector = sent(*[finding(8.0)] * 9, *[finding(8.0, location="b:1")] * 9)
    grouped = regroup(collector.blocks(), ImportOptions())
    assert (grouped.merged, len([*grouped.told])) == (16, 3)
    for number in range(9):
        collector.skip(SkippedRecord(f"[{number}]", "broken"))
    assert collector.counts.skipped == len(collector.skipped) == 9, "what could not be read is told in full"


def test_the_place_is_asked_only_for_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.set_aside.MOST_KEPT", 2)
    collector, asked = Collector(ImportOptions()), iter(range(9))
    for _ in range(5):
        collector.dismiss(IMAGE, Dismissed(finding(3.0), Dismissal.FIXED, "in 1.2"), lambda: f"[{next(asked)}]")
    assert [*collector.dismissed] == [DismissedRecord(f"[{n}]", "fixed", "X", "app:1", "in 1.2") for n in (0, 1)]
    assert (next(asked), collector.counts.dismissed) == (2, {"fixed": 5})


def test_what_is_kept_of_many_is_bounded_and_the_rest_is_told() -> None:
    many = [msgspec.json.encode(finding(5.0, details={"evidence": f"{number}"})) for number in range(MOST_MERGED + 11)]
    details = msgspec.json.decode(merged(many, "app:1", Told()))["details"]
    assert len(details["merged"]) == MOST_MERGED
    assert details["mergedBesides"] == 10


def test_what_was_put_aside_is_counted_by_reason_and_not_sent() -> None:
    put_aside = Dismissed(finding(10.0), Dismissal.FALSE_POSITIVE, "reviewed by the team")
    found, collector = sent(put_aside)
    assert found == []
    assert collector.counts.dismissed == {"false_positive": 1}


def test_what_was_put_aside_is_sent_with_its_reason_where_that_is_asked_for() -> None:
    put_aside = Dismissed(finding(10.0), Dismissal.FALSE_POSITIVE, "reviewed by the team")
    ((only,), collector) = sent(put_aside, include_dismissed=True)
    assert {"key": "dismissed", "value": "false_positive"} in only["tags"]
    assert only["details"] == {"dismissal": "reviewed by the team"}
    assert collector.counts.dismissed == {"false_positive": 1}


def test_what_was_put_aside_never_stands_for_what_is_open() -> None:
    put_aside = Dismissed(finding(10.0, details={"evidence": "graver"}), Dismissal.SUPPRESSED)
    ((only,), _) = sent(put_aside, finding(2.0), include_dismissed=True)
    assert only["severity"] == 2.0
    assert "tags" not in only
    assert only["details"]["merged"] == [{"severity": 10.0, "evidence": "graver"}]


def test_what_nobody_has_rated_says_so() -> None:
    ((only,), collector) = sent(finding(UNRATED, details={"rule": "r"}))
    assert only["severity"] == 1.0
    assert only["details"] == {"rule": "r", "rating": "none: nothing in the report rates it"}
    assert collector.counts.unrated == 1
