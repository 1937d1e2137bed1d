"""What a finding is known by when it has been collected."""

import msgspec
import pytest

from scanner.collecting import Collector, regroup
from scanner.model import Asset, AssetType, Finding
from scanner.options import ImportOptions

ASSET = Asset(AssetType.CONTAINER, {"dockerfile": "image"})


def collected(*findings: Finding) -> list[dict[str, object]]:
    collector = Collector(ImportOptions())
    for finding in findings:
        collector.add(ASSET, finding)
    (group,) = regroup(collector.blocks(), ImportOptions()).assets
    return [msgspec.json.decode(finding) for finding in group.findings]


def known_as(*ids: str, cwes: list[str] | None = None) -> Finding:
    return Finding("n", 5.0, "d", "r", "l", [*ids], cwes or [])


@pytest.mark.parametrize("ids", [("CVE-1", "CVE-2"), ("CVE-2", "CVE-1", "", "CVE-2"), ("CVE-2", "CWE-79", "CVE-1")])
def test_the_order_of_ids_does_not_tell_findings_apart(ids: tuple[str, ...]) -> None:
    (found,) = collected(known_as("CVE-1", "CVE-2"), known_as(*ids))
    assert found["referenceIds"] == ["CVE-1", "CVE-2"]


def test_other_ids_do() -> None:
    found = collected(
        known_as(), known_as("CVE-1"), known_as("CVE-2"), known_as("CVE-1", "CVE-2"), known_as("CVE-1"), known_as()
    )
    assert [finding.get("referenceIds") for finding in found] == [None, ["CVE-1"], ["CVE-2"], ["CVE-1", "CVE-2"]]


def test_weaknesses_among_the_ids_go_where_they_belong_every_time() -> None:
    ids = ["CVE-1", "CWE-79", "CVE-2"]
    first, second = known_as(*ids, cwes=["CWE-20"]), known_as(*ids)
    second.location = "other"
    alone = known_as("CWE-79")
    assert [(found.get("referenceIds"), found["cwes"]) for found in collected(first, second, alone)] == [
        (["CVE-1", "CVE-2"], ["CWE-20", "CWE-79"]),
        (["CVE-1", "CVE-2"], ["CWE-79"]),
        (None, ["CWE-79"]),
    ]
