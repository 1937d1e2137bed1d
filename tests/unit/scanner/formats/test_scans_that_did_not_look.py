"""What tools of networks and clouds say of not having looked. Sources: their reports' schemas, named in each format."""

import json
from pathlib import Path

import pytest

from scanner.errors import MalformedReportError, UnknownFormatError
from scanner.summary import summarize

OPENVAS = (
    '<report id="r"><report id="s"><gmp><version>22.4</version></gmp><scan_run_status>{}</scan_run_status>'
    '<results start="1" max="100">{}</results><errors><count>1</count>{}</errors></report></report>'
)
RESULT = "<result><name>Hole</name><host>192.0.2.7</host><port>443/tcp</port><threat>High</threat></result>"
ERROR = "<error><host>192.0.2.8</host><port>general/tcp</port><description>NVT timed out</description></error>"
ACUNETIX = (
    "<ScanGroup><Scan><Name>s</Name><StartURL>https://shop.example/</StartURL><Aborted>{}</Aborted><Responsive>{}</Responsive>"
    "<ReportItems>{}</ReportItems></Scan></ScanGroup>"
)
ITEM = "<ReportItem><Name>XSS</Name><Affects>/q</Affects><Severity>high</Severity></ReportItem>"
SSLYZE = {
    "server_scan_results": [],
    "invalid_server_strings": [{"server_string": "gone.example:443", "error_message": "Could not resolve hostname"}],
    "sslyze_version": "6.0.0",
}
SSL_LABS = [
    {"host": "gone.example", "status": "ERROR", "statusMessage": "Unable to resolve domain name", "engineVersion": "2.2.0"}
]
CHECKOV = [
    {
        "check_type": "terraform",
        "results": {"passed_checks": [], "failed_checks": [], "skipped_checks": [], "parsing_errors": ["/bad.tf"]},
        "summary": {"failed": 0, "parsing_errors": 1, "checkov_version": "3.1.0"},
    }
]


def report(folder: Path, said: object) -> Path:
    path = folder / "report"
    path.write_text(said if isinstance(said, str) else json.dumps(said))
    return path


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (OPENVAS.format("Interrupted", "", ""), "not completed: Interrupted"),
        (ACUNETIX.format("True", "False", ""), "aborted"),
        (SSLYZE, "Could not resolve hostname"),
        (SSL_LABS, "Unable to resolve domain name"),
    ],
)
def test_one_that_did_not_look_is_refused_with_its_words(said: object, words: str, tmp_path: Path) -> None:
    with pytest.raises(MalformedReportError, match=words):
        summarize(report(tmp_path, said))


@pytest.mark.parametrize(
    ("said", "findings", "words"),
    [
        (OPENVAS.format("Stopped", RESULT, ERROR), 1, ["the scan was not completed: Stopped", "NVT timed out"]),
        (OPENVAS.format("Done", "", ERROR), 0, ["NVT timed out"]),
        (ACUNETIX.format("True", "True", ITEM), 1, ["the scan was aborted"]),
        (CHECKOV, 0, ["could not be parsed: /bad.tf"]),
    ],
)
def test_what_was_not_looked_at_is_told(said: object, findings: int, words: list[str], tmp_path: Path) -> None:
    summary = summarize(report(tmp_path, said))
    told = [skipped.reason for skipped in summary.skipped_records]
    assert summary.findings == findings
    assert all(any(word in reason for reason in told) for word in words)
    assert len(told) == len(words)


def test_tfsec_counts_its_states_from_failed(tmp_path: Path) -> None:
    """defsec's ``Status``: 0 failed, 1 passed, 2 ignored. tfsec 1.28 writes the number."""
    place = {"filename": "main.tf", "start_line": 1, "end_line": 3}
    results = [
        {
            "rule_id": f"AVD-{status}",
            "long_id": "x",
            "rule_provider": "aws",
            "severity": "HIGH",
            "status": status,
            "location": place,
        }
        for status in range(3)
    ]
    summary = summarize(report(tmp_path, {"results": results}))
    assert (summary.findings, sum(summary.dismissed.values())) == (1, 1)


SEMGREP = {
    "results": [{"check_id": "x.y", "path": "a.py", "start": {"line": 1}, "extra": {"message": "m", "severity": "ERROR"}}],
    "errors": [],
    "version": "1.60.0",
    "paths": {"scanned": []},
}


@pytest.mark.parametrize("slug", ["eslint", "talisman", "twistlock", "terrascan", "osv_scanner", "chefinspect", "tfsec"])
def test_a_report_with_findings_is_not_a_clean_one_of_another_tool(slug: str, tmp_path: Path) -> None:
    with pytest.raises((MalformedReportError, UnknownFormatError)):
        summarize(report(tmp_path, SEMGREP), slug)
