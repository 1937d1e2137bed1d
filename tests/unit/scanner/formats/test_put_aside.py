"""What tools put aside, fail at and leave unrated, in the formats that say it in their own ways."""

import json
from pathlib import Path
from typing import Any

import pytest
from sample_reports import Collected

from scanner.errors import MalformedReportError
from scanner.normalize.severity import is_rated
from scanner.translation import translate_file


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def translated(scanner_type: str, report: Any) -> Collected:
        path = tmp_path / ("report.json" if not isinstance(report, str) else "report.xml")
        path.write_text(report if isinstance(report, str) else json.dumps(report))
        sink = Collected()
        translate_file(path, sink, scanner_type=scanner_type)
        return sink

    return translated


def severities(sink: Collected) -> list[float | None]:
    return [finding.severity if is_rated(finding.severity) else None for _, finding in sink.findings]


def put_aside(sink: Collected) -> list[tuple[str, str]]:
    return [(dismissed.reason.value, dismissed.note) for _, dismissed in sink.dismissed]


def semgrep(*results: dict[str, Any], errors: Any = (), scanned: Any = ("a.py",)) -> dict[str, Any]:
    written = [
        {"check_id": "r", "path": "a.py", "start": {"line": line}, "extra": extra} for line, extra in enumerate(results, 1)
    ]
    return {"version": "1.185.0", "results": written, "errors": [*errors], "paths": {"scanned": [*scanned]}}


ERROR = {"level": "error", "type": ["RuleParseError", []], "message": "invalid pattern"}


@pytest.mark.parametrize("errors", [[ERROR], [{"level": "warn", "message": "slow"}, ERROR], ["a text", ERROR]])
def test_semgrep_without_rules_has_failed(read: Any, errors: list[Any]) -> None:
    """Semgrep 1.185, exit codes 2 and 7."""
    with pytest.raises(MalformedReportError, match="the scan failed: invalid pattern"):
        read("semgrep", semgrep(errors=errors, scanned=()))


@pytest.mark.parametrize(
    "report",
    [
        semgrep(errors=[{"level": "warn", "message": "slow"}], scanned=()),
        semgrep(errors=[ERROR]),
        semgrep({"severity": "ERROR"}, errors=[ERROR], scanned=()),
        semgrep(scanned=()),
    ],
)
def test_semgrep_that_looked_has_not(read: Any, report: Any) -> None:
    assert read("semgrep", report).assets


def test_semgrep_words_are_on_its_own_scale(read: Any) -> None:
    words = ("CRITICAL", "ERROR", "HIGH", "WARNING", "INFO", "LOW", "LOUD")
    assert severities(read("semgrep", semgrep(*({"severity": word} for word in words)))) == [10, 8, 8, 5, 2, 2, None]


def test_semgrep_tells_nothing_to_who_is_not_logged_in(read: Any) -> None:
    hidden = {"severity": "LOW", "fingerprint": "requires login", "lines": "requires login", "metadata": {"cwe": "CWE-95"}}
    ((_, one),) = read("semgrep", semgrep(hidden)).findings
    assert (one.cwes, one.details) == (["CWE-95"], {})


def test_semgrep_ignores_what_a_comment_does(read: Any) -> None:
    assert put_aside(read("semgrep", semgrep({"is_ignored": True}, {}))) == [("suppressed", "nosemgrep")]


def snyk(**more: Any) -> dict[str, Any]:
    return {"vulnerabilities": [], "ok": True, "dependencyCount": 1, "licensesPolicy": {}, "packageManager": "npm"} | more


def test_what_npm_could_not_do_is_said_without_its_credentials(read: Any) -> None:
    """npm 11 without a registry; npm 6 without a lock file has a code and a summary."""
    told = {"message": "request to https://ci:s3cret@registry.example/bulk failed", "error": {"summary": "", "detail": ""}}
    with pytest.raises(MalformedReportError, match=r"request to https://registry\.example/bulk failed") as refused:
        read("auto", told)
    assert "s3cret" not in str(refused.value)


def vulnerability(**more: Any) -> dict[str, Any]:
    return {"id": "SNYK-1", "name": "leaf", "version": "1.0", "severity": "high", "from": ["a@1", "leaf@1.0"]} | more


def test_snyk_ignores_by_policy(read: Any) -> None:
    decisions = {"ignored": [{"reason": "not ours", "reasonType": "wont-fix", "expires": "2032"}]}
    report = snyk(vulnerabilities=[vulnerability(isIgnored=True)], filtered={"ignore": [vulnerability(filtered=decisions)]})
    assert put_aside(read("snyk", report)) == [("suppressed", ""), ("risk_accepted", "not ours, until 2032")]


def test_a_snyk_project_that_failed_is_told_beside_good_ones(read: Any) -> None:
    sink = read("snyk", [snyk(vulnerabilities=[vulnerability()]), {"ok": False, "error": "no lock file", "path": "tools"}])
    assert len(sink.findings) == 1
    assert [(skipped.place, skipped.reason) for skipped in sink.skipped] == [("[1]", "tools: no lock file")]


def test_applications_of_a_snyk_image_are_told_apart(read: Any) -> None:
    def image(*files: str) -> list[str]:
        applications = [snyk(vulnerabilities=[vulnerability()], targetFile=file) for file in files]
        report = snyk(docker={}, path="acme/web:1", projectName="docker-image|acme/web", applications=applications)
        return [finding.location for _, finding in read("snyk", report).findings]

    assert image("/srv/a") == ["leaf@1.0"]
    assert image("/srv/a", "/srv/b") == ["leaf@1.0 in /srv/a", "leaf@1.0 in /srv/b"]


def test_a_snyk_image_is_called_by_its_reference_alone(read: Any) -> None:
    """Versions of 2023 put the name of a project in the image behind it."""
    paths = ("registry.example:5000/acme/web:1", "registry.example:5000/acme/web:1/web-app")
    name = "docker-image|registry.example:5000/acme/web"
    sinks = [read("snyk", snyk(docker={}, path=path, projectName=name)) for path in paths]
    assert [asset.attributes["dockerfile"] for sink in sinks for asset in sink.assets.values()] == [paths[0]] * 2


def test_a_snyk_vulnerability_without_a_word_is_rated_by_its_vector(read: Any) -> None:
    vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
    assert severities(read("snyk", snyk(vulnerabilities=[vulnerability(severity="unknown", CVSSv3=vector)]))) == [9.8]


def trivy(**vulnerability: Any) -> dict[str, Any]:
    known = {"VulnerabilityID": "CVE-2031-1", "PkgName": "leaf", "InstalledVersion": "1.0", "Severity": "UNKNOWN"}
    results = [{"Target": "a.lock", "Vulnerabilities": [known | vulnerability]}]
    return {"SchemaVersion": 2, "ArtifactName": "shop", "ArtifactType": "repository", "Results": results}


@pytest.mark.parametrize(
    ("told", "severity"),
    [
        ({}, None),
        ({"Severity": "LOW", "CVSS": {"nvd": {"V3Score": 9.8}}}, 2.0),
        ({"CVSS": {"nvd": {"V2Score": 7.1, "V3Score": 5.5}}}, 5.5),
        ({"CVSS": {"nvd": {"V3Score": 5.5, "V40Score": 6.9}}}, 6.9),
        ({"CVSS": {"nvd": {"V3Score": 5.5}, "ghsa": {"V3Score": 7.7}}, "SeveritySource": "ghsa"}, 7.7),
        ({"CVSS": {"redhat": {"V3Score": 3.3}, "ghsa": {"V3Score": 7.7}}, "DataSource": {"ID": "ghsa"}}, 7.7),
        ({"CVSS": {"ghsa": {"V40Vector": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"}}}, 9.3),
        ({"CVSS": None}, None),
    ],
)
def test_trivy_without_a_word_is_rated_by_cvss(read: Any, told: dict[str, Any], severity: float | None) -> None:
    """Trivy 0.76 writes UNKNOWN where its database has no details."""
    assert severities(read("trivy", trivy(**told))) == [severity]


@pytest.mark.parametrize("status", ["affected", "fixed", "will_not_fix", "fix_deferred", "end_of_life", "under_investigation"])
def test_the_status_of_a_fix_is_not_that_of_the_finding(read: Any, status: str) -> None:
    assert len(read("trivy", trivy(Status=status)).findings) == 1


def test_trivy_not_affected_is_put_aside(read: Any) -> None:
    assert put_aside(read("trivy", trivy(Status="not_affected"))) == [("not_affected", "")]


def test_trivy_shows_suppressed_findings_of_every_kind(read: Any) -> None:
    kinds = {
        "vulnerability": {"VulnerabilityID": "CVE-2031-1", "PkgName": "leaf"},
        "misconfiguration": {"ID": "DS-0001", "Title": "latest", "Status": "PASS"},
        "secret": {"RuleID": "pat", "Title": "Token", "StartLine": 3},
        "license": {"Name": "MIT", "PkgName": "leaf"},
    }
    modified = [
        {"Type": kind, "Status": "ignored", "Source": ".trivyignore", "Finding": found} for kind, found in kinds.items()
    ]
    report = trivy()
    report["Results"] = [{"Target": "a.lock", "ExperimentalModifiedFindings": modified}]
    sink = read("trivy", report)
    assert put_aside(sink) == [("suppressed", ".trivyignore")] * 4
    assert [dismissed.finding.name for _, dismissed in sink.dismissed] == ["CVE-2031-1", "latest", "Token", "License MIT"]


RETIRE = """<?xml version="1.0"?>
<analysis xmlns="https://jeremylong.github.io/DependencyCheck/dependency-check.2.3.xsd"><projectInfo><name>shop</name></projectInfo>
<dependencies><dependency><fileName>jquery.js</fileName><filePath>/builds/acme/shop/lib/jquery.js</filePath>
<vulnerabilities>%s
<suppressedVulnerability source="retire"><name>jquery:1.8.1</name><notes>not loaded</notes></suppressedVulnerability>
</vulnerabilities></dependency></dependencies></analysis>"""
ONE = '<vulnerability source="retire"><name>jquery:1.8.1</name><description>%s</description></vulnerability>'


def test_vulnerabilities_that_retire_calls_alike_are_told_apart(read: Any) -> None:
    """Retire.js 5.7, ``--outputformat depcheck``: each is called by its package."""
    sink = read("dependency_check", RETIRE % "".join(ONE % text for text in ("selector as HTML", "other XSS")))
    assert [(finding.name, finding.location) for _, finding in sink.findings] == [
        ("jquery:1.8.1: selector as HTML", "lib/jquery.js"),
        ("jquery:1.8.1: other XSS", "lib/jquery.js"),
    ]
    assert put_aside(sink) == [("suppressed", "not loaded")]
