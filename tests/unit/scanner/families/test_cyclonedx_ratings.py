"""Which rating of a vulnerability counts, and what is not open. Sources: CycloneDX 1.6, Trivy 0.76."""

from typing import Any

import msgspec
import pytest

from scanner.families.cyclonedx.findings import findings
from scanner.families.cyclonedx.inventory import inventory
from scanner.families.cyclonedx.model import Component, Vulnerability
from scanner.families.cyclonedx.ratings import rating
from scanner.model import Dismissed
from scanner.normalize.severity import is_rated

V2, V31, V4 = "CVSSv2", "CVSSv31", "CVSSv4"


def rated(*ratings: dict[str, Any], source: str = "alpine") -> float | None:
    written = {"source": {"name": source}, "ratings": [*ratings]}
    severity = rating(msgspec.convert(written, Vulnerability, strict=False))
    return severity if is_rated(severity) else None


def of(
    source: str | None, severity: str | None = None, score: float | None = None, method: str | None = None
) -> dict[str, Any]:
    return {"source": {"name": source} if source else None, "severity": severity, "score": score, "method": method}


@pytest.mark.parametrize(
    ("ratings", "severity"),
    [
        ([], None),
        ([of("nvd", "high", 7.1, V2), of("nvd", "medium", 5.5, V31), of("redhat", "low")], 5.0),
        ([of("nvd", "critical", 9.8, V31), of("alpine", "low")], 2.0),
        ([of("nvd", "low", 2.0, V31), of(None, "high")], 8.0),
        ([of("redhat", "low"), of("ghsa", "high")], 8.0),
        ([of("nvd", None, 7.4, V31), of("nvd", None, 6.1, V4)], 6.1),
        ([of("nvd", "unknown"), of("ghsa", "none")], None),
        ([of("nvd", "unknown", 7.4, V31)], 7.4),
        ([of("EPSS", None, 9.0, "other")], None),
        ([of("EPSS", None, 9.0)], None),
        ([of("acme", None, 9.0, "OWASP"), of("acme", None, 4.0, "SSVC")], None),
        ([of("acme", "high", 0.4, "other")], 8.0),
        ([of("alpine", None, -1.0, V31), of("nvd", "low")], 2.0),
    ],
)
def test_the_newest_version_of_the_most_authoritative_source_counts(ratings: list[Any], severity: float | None) -> None:
    assert rated(*ratings) == severity


PARTS = inventory([Component(name="leaf", version="1.0", bom_ref="leaf")])


def state(versions: Any = None, **told: Any) -> str:
    written = {"id": "CVE-2031-1", "affects": [{"ref": "leaf", "versions": versions}]} | told
    (found,) = findings(msgspec.convert(written, Vulnerability, strict=False), PARTS)
    return f"{found.reason}: {found.note}" if isinstance(found, Dismissed) else "open"


def version(number: str | None, status: str | None, range_: str | None = None) -> dict[str, Any]:
    return {"version": number, "status": status, "range": range_}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "open"),
        ({"analysis": {"state": "exploitable"}}, "open"),
        ({"analysis": {"state": "in_triage"}}, "open"),
        ({"analysis": {"state": "not_affected", "justification": "code_not_reachable"}}, "not_affected: code_not_reachable"),
        ({"analysis": {"state": "false_positive", "detail": "wrong product"}}, "false_positive: wrong product"),
        ({"analysis": {"state": "resolved"}}, "fixed: "),
        ({"analysis": {"state": "resolved_with_pedigree"}}, "fixed: "),
        ({"rejected": "2031-02-01"}, "rejected: withdrawn on 2031-02-01"),
        ({"versions": [version("1.0", "unaffected")]}, "not_affected: version 1.0 is unaffected"),
        ({"versions": [version("1.0", None), version("1.1", "unaffected")]}, "open"),
        ({"versions": [version("1.1", "unaffected")]}, "open"),
        ({"versions": [version(None, "unaffected", "vers:npm/<2")]}, "not_affected: version 1.0 is unaffected"),
        ({"versions": [version("1.0", "unknown")]}, "open"),
    ],
)
def test_what_a_vendor_has_put_aside_is_not_open(told: dict[str, Any], said: str) -> None:
    assert state(**told) == said
