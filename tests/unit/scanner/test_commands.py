"""The commands, as a shell sees them."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from scanner.commands import detect, formats, translate
from scanner.phoenix.sandbox.checks import read_import

REPORT = {"findings": [{"title": "A", "severity": "High", "description": "d", "cve": "CVE-2030-1111"}, {"titel": "B"}]}


@pytest.fixture
def app() -> typer.Typer:
    application = typer.Typer()
    for command in (translate, detect, formats):
        application.command()(command)
    return application


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(REPORT))
    return path


def test_summary(app: typer.Typer, report: Path) -> None:
    told = CliRunner().invoke(app, ["translate", str(report), "--json"])
    document = json.loads(told.stdout)
    assert (told.exit_code, document["format"], document["findings"]["high"]) == (0, "generic", 1)
    assert document["skipped_records"][0]["place"] == "findings[1]"
    assert "findings[1]" in CliRunner().invoke(app, ["translate", str(report)]).stdout


def test_phoenix_json_is_what_phoenix_takes(app: typer.Typer, report: Path) -> None:
    told = CliRunner().invoke(app, ["translate", str(report), "--output", "phoenix", "--import-type", "merge"])
    (line,) = told.stdout.splitlines()
    assert [len(asset.findings) for asset in read_import(line.encode()).assets] == [1]
    assert "findings[1]" in told.stderr


def test_findings_are_lines(app: typer.Typer, report: Path) -> None:
    told = CliRunner().invoke(app, ["translate", str(report), "--output", "findings"])
    assert [json.loads(line)["finding"]["name"] for line in told.stdout.splitlines()] == ["A"]


def test_exit_codes(app: typer.Typer, report: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"findings": [{"title": "A", "severity": ')
    run = CliRunner().invoke
    assert run(app, ["translate", str(broken), "--scanner-type", "generic"]).exit_code == 1
    assert run(app, ["translate", str(report), "--scanner-type", "genric"]).exit_code == 2
    assert run(app, ["translate", str(tmp_path / "absent")]).exit_code == 2
    assert run(app, ["detect", str(report)]).exit_code == 0
    assert run(app, ["detect", str(report), str(tmp_path / "broken.json")]).exit_code in (0, 1)


def test_detect_says_why(app: typer.Typer, report: Path) -> None:
    (found,) = json.loads(CliRunner().invoke(app, ["detect", str(report), "--json"]).stdout)
    assert (found["format"], found["matches"][0]["format"]) == ("generic", "generic")


def test_formats(app: typer.Typer) -> None:
    listed = json.loads(CliRunner().invoke(app, ["formats", "--json"]).stdout)
    assert {"trivy", "generic"} <= {entry["slug"] for entry in listed}


@pytest.mark.parametrize("output", ["findings", "phoenix"])
def test_one_document_is_one_line_whatever_the_layout_of_the_report(app: typer.Typer, tmp_path: Path, output: str) -> None:
    vulnerability = {"VulnerabilityID": "CVE-2030-1", "PkgName": "a", "Severity": "HIGH", "Title": "one\u2028two"}
    vulnerability["References"] = ["https://a.example", "https://b.example"]
    report = {"SchemaVersion": 2, "ArtifactName": "x", "ArtifactType": "container_image"}
    report["Results"] = [{"Target": "x", "Class": "os-pkgs", "Type": "debian", "Vulnerabilities": [vulnerability]}]
    path = tmp_path / "trivy.json"
    path.write_text(json.dumps(report, indent=2, ensure_ascii=False).replace("\n", "\r\n"))
    told = CliRunner().invoke(app, ["translate", str(path), "--output", output])
    (line,) = told.stdout.splitlines()
    document = json.loads(line)
    finding = document["finding"] if output == "findings" else document["assets"][0]["findings"][0]
    assert finding["details"]["references"] == vulnerability["References"]


def test_detect_takes_folders(app: typer.Typer, report: Path, tmp_path: Path) -> None:
    inner = tmp_path / "reports" / "deep"
    inner.mkdir(parents=True)
    report.rename(inner / "a.json")
    (inner / ".hidden").write_text("x")
    told = CliRunner().invoke(app, ["detect", str(tmp_path / "reports"), "--json"])
    assert [(found["name"], found["format"]) for found in json.loads(told.stdout)] == [(str(inner / "a.json"), "generic")]
    inner.joinpath("a.json").unlink()
    assert CliRunner().invoke(app, ["detect", str(inner)]).exit_code == 2
