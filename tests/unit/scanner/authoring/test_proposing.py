"""A proposed mapping is right as it is for what most tools write, and says what it guessed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from client.cli.commands import app

RESULTS = {
    "tool": "x",
    "results": [
        {"checkName": "hash", "severity": "HIGH", "filePath": "a.py", "startLine": 3, "endLine": 4, "cwe": "CWE-328", "a.b": 1},
        {"checkName": "exec", "severity": "LOW", "filePath": "b.py", "startLine": 9, "endLine": 9, "cwe": "CWE-78", "a.b": 2},
    ],
}
NESTED = [{"filePath": "a.py", "messages": [{"ruleId": "r", "message": "m", "line": 1, "severity": "high"}] * 2}]
BY_FILE = {
    "version": 1,
    "results": {
        "a/b.py": [{"type": "Key", "filename": "a/b.py", "line_number": 3}],
        "c.py": [{"type": "Token", "filename": "c.py", "line_number": 1}],
    },
}
ADVISORY = {"package": "a", "installed_version": "1", "fixed_version": "2", "cve": "CVE-2024-1111", "severity": "low"}
ADVISORIES = {"vulnerabilities": [ADVISORY | {"title": "t"}]}
CSV = 'Host Name,Title,Risk,Solution\n10.0.0.1,Old TLS,High,"Turn it off"\nweb.example,Open port,Low,Close it\n'
XML = (
    '<report><item id="r1"><severity>high</severity><location file="a.c" line="3"/></item>'
    '<item id="r2"><severity>low</severity></item></report>'
)
LINES = '{"rule":"a","level":"high","path":"x.py","line":1}\n{"rule":"b","level":"low","path":"y.py","line":2}\n'


@pytest.mark.parametrize(
    ("report", "findings", "location"),
    [
        (json.dumps(RESULTS), 2, "a.py:3"),
        (json.dumps(NESTED), 2, "a.py:1"),
        (json.dumps(ADVISORIES), 1, "a@1"),
        (CSV, 2, ""),
        (XML, 2, "a.c:3"),
        (LINES, 2, "x.py:1"),
    ],
)
def test_what_is_proposed_reads_its_report(tmp_path: Path, report: str, findings: int, location: str) -> None:
    sample, mapping = tmp_path / "report", tmp_path / "acme.yaml"
    sample.write_text(report)
    proposed = CliRunner().invoke(app, ["new-format", "acme", "--from", str(sample), "-o", str(mapping)])
    assert proposed.exit_code == 0, proposed.output
    assert "# Guessed:\n#   name: " in mapping.read_text()
    checked = CliRunner().invoke(app, ["check-format", str(mapping), str(sample), "--json"])
    (found,) = json.loads(checked.stdout)["reports"]
    assert found["recognised"]
    assert found["findings"] == findings
    assert found["example"].get("location", "") == location


def test_keys_that_are_data_are_none_of_the_mapping(tmp_path: Path) -> None:
    sample = tmp_path / "report.json"
    sample.write_text(json.dumps(BY_FILE))
    proposed = CliRunner().invoke(app, ["new-format", "acme", "--from", str(sample)])
    assert "at: results.*[]" in proposed.stdout
    assert "b.py" not in proposed.stdout


@pytest.mark.parametrize("report", ["", "{}", "[1, 2]", "just text", "<a/>", "\x89PNG\r\n"])
def test_where_nothing_looks_like_records(tmp_path: Path, report: str) -> None:
    sample = tmp_path / "report"
    sample.write_text(report)
    proposed = CliRunner().invoke(app, ["new-format", "acme", "--from", str(sample)])
    assert (proposed.exit_code, proposed.stdout) == (1, "")
    assert "Traceback" not in proposed.stderr


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    sample, mapping = tmp_path / "report.json", tmp_path / "acme.yaml"
    sample.write_text(json.dumps(RESULTS))
    mapping.write_text("mine")
    assert CliRunner().invoke(app, ["new-format", "acme", "--from", str(sample), "-o", str(mapping)]).exit_code == 2
    assert mapping.read_text() == "mine"


def test_a_mapping_that_is_wrong_is_told_with_its_line(tmp_path: Path) -> None:
    mapping = tmp_path / "acme.yaml"
    mapping.write_text("slug: acme\nscaner: Acme\n")
    checked = CliRunner().invoke(app, ["check-format", str(mapping)])
    assert checked.exit_code == 1
    assert "line 2, scaner" in checked.stderr


def test_a_file_that_cannot_be_written_is_wrong_usage(tmp_path: Path) -> None:
    sample = tmp_path / "report.json"
    sample.write_text(json.dumps(RESULTS))
    made = CliRunner().invoke(app, ["new-format", "acme", "--from", str(sample), "-o", str(tmp_path / "none" / "acme.yaml")])
    assert made.exit_code == 2
    assert "cannot be written" in made.output
