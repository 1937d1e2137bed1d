"""What a finding is known by when it has been collected."""

import math
from collections.abc import Iterable, Sequence
from copy import deepcopy

import msgspec
import pytest

from scanner.collecting import Collector, regroup
from scanner.errors import RecordError
from scanner.model import Asset, AssetType, Finding, Occurrence, Package, Tag, whole
from scanner.options import ImportOptions

ASSET = Asset(AssetType.CONTAINER, {"dockerfile": "image"})


def collected(findings: Iterable[Finding | Occurrence]) -> list[dict[str, object]]:
    collector = Collector(ImportOptions())
    for finding in findings:
        collector.add(ASSET, finding)
    (group,) = regroup(collector.blocks(), ImportOptions()).assets
    return [msgspec.json.decode(finding) for finding in group.findings]


def known_as(*ids: str, cwes: list[str] | None = None) -> Finding:
    return Finding("n", 5.0, "d", "r", "l", [*ids], cwes or [])


@pytest.mark.parametrize("ids", [("CVE-1", "CVE-2"), ("CVE-2", "CVE-1", "", "CVE-2"), ("CVE-2", "CWE-79", "CVE-1")])
def test_the_order_of_ids_does_not_tell_findings_apart(ids: tuple[str, ...]) -> None:
    (found,) = collected([known_as("CVE-1", "CVE-2"), known_as(*ids)])
    assert found["referenceIds"] == ["CVE-1", "CVE-2"]


def test_other_ids_do() -> None:
    found = collected(
        [known_as(), known_as("CVE-1"), known_as("CVE-2"), known_as("CVE-1", "CVE-2"), known_as("CVE-1"), known_as()]
    )
    assert [finding.get("referenceIds") for finding in found] == [None, ["CVE-1"], ["CVE-2"], ["CVE-1", "CVE-2"]]


def test_weaknesses_among_the_ids_go_where_they_belong_every_time() -> None:
    ids = ["CVE-1", "CWE-79", "CVE-2"]
    first, second = known_as(*ids, cwes=["CWE-20"]), known_as(*ids)
    second.location = "other"
    alone = known_as("CWE-79")
    assert [(found.get("referenceIds"), found["cwes"]) for found in collected([first, second, alone])] == [
        (["CVE-1", "CVE-2"], ["CWE-20", "CWE-79"]),
        (["CVE-1", "CVE-2"], ["CWE-79"]),
        (None, ["CWE-79"]),
    ]


SHARED = {
    "plain": Finding("n", 5.0, "d", "r", reference_ids=["CVE-1"], details={"plugin": 1}),
    "ids to sort out": Finding(
        "n", 5.0, "d", "r", reference_ids=["CVE-2", "CWE-79", "CVE-1"], cwes=["CWE-20"], details={"a": 1}
    ),
    "tags behind the details": Finding('"', 5.0, "d", "r", details={"a": '"'}, tags=[Tag("t")]),
    "passed on": Finding("n", 5.0, msgspec.Raw(b'"d\\u00e9"'), msgspec.Raw(b'"r"'), details=msgspec.Raw(b'{"a":1}')),
    "to repair": Finding(" ", 11.0, packages=[Package("")], details={"a": 1}),
    "no details": Finding("n", 5.0, "d", "r"),
}
OWN = [("l", "", b""), ("l", "e", b""), ('"\u2028\\', '"\0', b""), ("l", "", b'"f":1'), ("l", "e", b'"f":1'), ("", "e", b"")]


def outcome(options: ImportOptions, findings: Sequence[Finding | Occurrence]) -> list[object]:
    collector, refused = Collector(options, anonymizer_key=b"k"), []
    for finding in findings:
        try:
            collector.add(ASSET, finding)
        except RecordError as error:
            refused.append(str(error))
    blocks = [(block.findings, block.identities) for partition in collector.blocks() for block in partition]
    return [blocks, refused, collector.counts]


@pytest.mark.parametrize("shared", SHARED)
@pytest.mark.parametrize("options", [{}, {"fix_data": False}, {"anonymize": True, "create_empty_assets": True}])
def test_an_occurrence_is_collected_as_the_finding_that_it_is(shared: str, options: dict[str, bool]) -> None:
    of = SHARED[shared]
    before = msgspec.json.encode(of)
    occurrences = [Occurrence(of, *own) for own in OWN * 2]
    one_by_one = [deepcopy(whole(occurrence)) for occurrence in occurrences]
    assert outcome(ImportOptions(**options), occurrences) == outcome(ImportOptions(**options), one_by_one)
    assert msgspec.json.encode(of) == before


def test_findings_are_not_confused_where_a_place_in_memory_is_used_again() -> None:
    said = [(f"n{number}", f"l{turn}") for number in range(5_000) for turn in range(2)]
    found = collected(Occurrence(Finding(name, 5.0, "d", "r", details={"a": 1}), location) for name, location in said)
    assert [(each["name"], each["location"]) for each in found] == said


def rated(severity: float, location: str) -> Finding:
    return Finding("n", severity, "d", "r", location, [], [], details={"tool": "t"})


@pytest.mark.parametrize("options", [ImportOptions(), ImportOptions(create_empty_assets=True)])
def test_findings_are_counted_by_severity_as_the_report_has_it(options: ImportOptions) -> None:
    """Occurrences, which are encoded once for all, too; what nothing rates is in no band."""
    collector = Collector(options)
    for finding in [*map(rated, (10.0, 9.0, 8.9, 1.0, math.nan), "abcde"), *at_two_places(rated(5.0, ""))]:
        collector.add(ASSET, finding)
    assert collector.counts.severities == {"critical": 2, "high": 1, "medium": 2, "info": 1}
    assert collector.counts.unrated == 1
    twice = collector.counts + collector.counts
    assert twice.severities == {"critical": 4, "high": 2, "medium": 4, "info": 2}


def at_two_places(finding: Finding) -> list[Occurrence]:
    return [Occurrence(finding, place) for place in ("first", "second")]
