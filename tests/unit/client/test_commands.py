"""The commands against the fake service: what they print, and with which code they end."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fake_service import KEY, REPORT, FakeService
from typer.testing import CliRunner, Result

from client.cli.commands import app

PHOENIX_SCAN = str(Path(sys.executable).with_name("phoenix-scan"))


@pytest.fixture
def environment(service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    ours = {
        "PHOENIX_SCANNER_API_URL": service.url,
        "PHOENIX_SCANNER_API_KEY": KEY,
        "PHOENIX_SCANNER_DATA": str(tmp_path / "data"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "COLUMNS": "200",
    }
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    return {**os.environ, **ours}


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    for name in ("a.json", "b.sarif", "c.nessus"):
        (folder / name).write_text(name)
    return folder


@pytest.fixture
def run(environment: dict[str, str]) -> Any:
    def invoke(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(app, list(arguments), input=stdin)

    return invoke


def document(result: Result) -> Any:
    """All of standard output is one JSON document."""
    return json.loads(result.stdout)


def test_submits_a_folder_and_waits(run: Any, reports: Path) -> None:
    result = run("submit", str(reports), "--wait")
    assert result.exit_code == 0
    assert sorted(line.split()[-1] for line in result.stderr.splitlines() if "sent as" in line) == ["job-1", "job-2", "job-3"]
    assert result.stdout.count("✓ completed") == 3


def test_submits_without_waiting(run: Any, reports: Path, service: FakeService) -> None:
    service.faults.endless = True
    result = run("submit", str(reports / "a.json"), "--import-type", "delta", "--no-fix-data", "--webhook-header", "A=b=c")
    assert result.exit_code == 0
    assert result.stdout.split() == ["job-1", "•", "queued", str(reports / "a.json")]
    assert service.jobs["job-1"].fields == {"import_type": "delta", "fix_data": "false", "webhook_headers": '{"A":"b=c"}'}


def test_json_is_one_document_even_through_trouble(run: Any, reports: Path, service: FakeService) -> None:
    service.faults.answers.append((503, {"Retry-After": "0"}))
    service.faults.breaks.extend([2, 3])
    result = run("submit", str(reports), "--follow", "--json")
    assert result.exit_code == 0
    jobs = document(result)["jobs"]
    assert [Path(job["file"]).name for job in jobs] == ["a.json", "b.sarif", "c.nessus"]
    assert {(job["status"], job["vulnerabilities_imported"], job["error"]) for job in jobs} == {("completed", 1200, None)}
    assert "trying again" in result.stderr
    assert "shard 5 done" in result.stderr


def test_one_refused_report_does_not_stop_the_others(run: Any, reports: Path, service: FakeService) -> None:
    service.faults.answers.append((413, {}))
    result = run("submit", str(reports), "--wait", "--json")
    assert result.exit_code == 3
    jobs = document(result)["jobs"]
    assert sorted(str(job["status"]) for job in jobs) == ["None", "completed", "completed"]
    assert [job["error"]["error"] for job in jobs if job["error"]] == ["told_to"]


def test_a_failed_job(run: Any, reports: Path, service: FakeService) -> None:
    service.faults.outcome = "failed"
    result = run("submit", str(reports / "a.json"), "--wait")
    assert result.exit_code == 1
    assert "Phoenix said no" in result.stderr


def test_a_job_that_takes_too_long(run: Any, reports: Path, service: FakeService) -> None:
    service.faults.endless = True
    result = run("submit", str(reports / "a.json"), "--wait", "--timeout", "0.4", "--json")
    assert result.exit_code == 124
    (job,) = document(result)["jobs"]
    assert (job["job_id"], job["error"]["error"]) == ("job-1", "timed_out")


def test_the_service_names_what_is_near(run: Any, reports: Path) -> None:
    result = run("submit", str(reports / "a.json"), "--scanner-type", "nonsense")
    assert result.exit_code == 2
    assert "no format is called nonsense (400 unknown_scanner_type); closest: nessus" in result.stderr


def test_quiet_is_quiet(run: Any, reports: Path) -> None:
    assert run("submit", str(reports), "--wait", "--quiet").stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["submit"],
        ["submit", "nothing-here.json"],
        ["submit", "-", "--webhook-header", "no-separator"],
        ["submit", "-", "--asset-type", "PLANET"],
        ["jobs", "--url", "example.com"],
        ["jobs", "--page-size", "101"],
        ["jobs", "--api-key-file", "not-a-file"],
        ["show"],
        ["no-such-command"],
    ],
)
def test_wrong_usage(run: Any, arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nothing-here.json"],
        ["-", "--webhook-header", "no-separator"],
        ["-", "--asset-type", "PLANET"],
        ["-", "--no-such-option"],
        ["-", "--url", "example.com"],
        ["-", "--api-key", "schlüssel"],
        ["-", "--api-key-file", "not-a-file"],
    ],
)
def test_wrong_usage_is_one_document_too(run: Any, arguments: list[str]) -> None:
    result = run("submit", *arguments, "--json")
    assert (result.exit_code, document(result)["error"]) == (2, "wrong_usage")
    assert document(result)["message"]


def test_an_empty_folder_says_what_to_do(run: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for command in ("submit", "bulk"):
        said = document(run(command, str(tmp_path / "empty"), "--json"))["message"]
        assert "ends as reports do" in said
        assert "{" not in said


def test_what_is_no_service_is_said(run: Any, service: FakeService) -> None:
    result = run("jobs", "--url", f"{service.url}/elsewhere")
    assert result.exit_code == 3
    assert "what answers there is not the service" in result.stderr


def test_wrong_fields_are_said_once_and_in_words(run: Any, reports: Path) -> None:
    result = run("submit", str(reports / "a.json"), "--assessment-name", "{host}")
    assert result.exit_code == 2
    assert result.stderr.count("has {host}, which stands for nothing") == 1
    assert "'" not in result.stderr


def test_a_bulk_is_not_waited_for_longer_than_told(run: Any, reports: Path, service: FakeService) -> None:
    result = run("bulk", str(reports), "--wait", "--timeout", "0.001", "--json")
    assert (result.exit_code, document(result)["error"]) == (124, "timed_out")


@pytest.mark.parametrize("command", ["jobs", "show x", "logs x", "cancel x", "retry x", "skipped x", "health"])
def test_nobody_there(run: Any, command: str) -> None:
    result = run(*command.split(), "--url", "http://127.0.0.1:9", "--json")
    assert result.exit_code == 3
    assert document(result)["error"] == "service_unreachable"
    assert "phoenix-scan up" in result.stderr


def test_no_key_and_a_wrong_key(run: Any, service: FakeService, monkeypatch: pytest.MonkeyPatch) -> None:
    service.add_job()
    wrong = run("show", "job-1", "--api-key", "wrong", "--json")
    assert (wrong.exit_code, document(wrong)["error"]) == (2, "forbidden")
    monkeypatch.delenv("PHOENIX_SCANNER_API_KEY")
    missing = run("show", "job-1")
    assert missing.exit_code == 2
    assert "set PHOENIX_SCANNER_API_KEY" in missing.stderr


def test_the_embedded_services_key_is_found(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PHOENIX_SCANNER_API_KEY")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "api-key").write_text(KEY)
    assert run("jobs").exit_code == 0


def test_lists_and_shows(run: Any, service: FakeService) -> None:
    assert "No jobs." in run("jobs").stdout
    for _ in range(3):
        service.add_job("evil\x1b[2Jname.json")
    listed = run("jobs", "--page-size", "2")
    assert "2 of 3 jobs; more with --page 2" in listed.stdout
    assert "\x1b" not in listed.stdout
    assert document(run("jobs", "--json", "--status", "failed")) == {"total": 0, "jobs": [], "page": 1, "page_size": 20}
    shown = run("show", "job-2", "--batches")
    assert "TRIVY-report" in shown.stdout
    assert "detected trivy" in shown.stdout
    assert "imported" in shown.stdout
    assert document(run("show", "job-2", "--batches", "--json"))["batches"][0]["findings"] == 1200


def test_logs(run: Any, service: FakeService) -> None:
    service.add_job()
    service.faults.outcome = "failed"
    service.add_job()
    assert "shard 3 done" in run("logs", "job-1").stdout
    assert run("logs", "job-2").exit_code == 0
    assert run("logs", "-f", "job-2").exit_code == 1
    assert [event["seq"] for event in document(run("logs", "job-1", "--after", "10", "--json"))["events"]] == [11, 12]


def test_why_a_job_failed_is_printed_once(run: Any, service: FakeService) -> None:
    service.faults.endless = True
    for number in (1, 2):
        service.add_job()
        if number == 1:
            service.jobs["job-1"].happen("log", level="ERROR", message="batch 1 failed: Phoenix said no")
        service.jobs[f"job-{number}"].end("failed")
    for job_id in ("job-1", "job-2"):
        assert run("logs", job_id).stdout.count("Phoenix said no") == 1
    service.jobs["job-1"].happen("status", status="processing")  # it goes on
    service.jobs["job-1"].end("failed")
    assert run("logs", "job-1").stdout.count("Phoenix said no") == 2


def test_cancels_and_retries_each(run: Any, service: FakeService) -> None:
    service.add_job()
    service.faults.endless = True
    service.add_job()
    cancelled = run("cancel", "job-1", "job-2", "job-9", "--json")
    assert cancelled.exit_code == 3
    assert [answer["done"] for answer in document(cancelled)["jobs"]] == [False, True, False]
    retried = run("retry", "job-2")
    assert (retried.exit_code, retried.stdout.split()[-1]) == (0, "job-2")


@pytest.mark.parametrize("command", ["show", "logs", "cancel", "retry", "skipped"])
def test_an_unknown_id_is_wrong_usage(run: Any, service: FakeService, command: str) -> None:
    result = run(command, "job-9")
    assert result.exit_code == 2
    assert "no such job" in result.stderr


def test_what_was_put_aside_is_shown_by_reason(run: Any, service: FakeService) -> None:
    service.add_job()
    shown = run("show", "job-1").stdout
    assert "1,200 suppressed, 1 fixed" in shown


def test_skipped_records(run: Any, service: FakeService) -> None:
    service.add_job()
    result = run("skipped", "job-1")
    assert "no identifier" in result.stdout
    assert "2 of 5" in result.stdout


def test_a_report_is_fetched_as_it_was_sent(run: Any, service: FakeService, tmp_path: Path) -> None:
    service.add_job()
    target = tmp_path / "report.bin"
    target.write_text("of before")
    assert run("report", "job-1", "-o", str(target)).exit_code == 0
    assert target.read_bytes() == REPORT
    assert run("report", "job-1", "-o", "-").stdout_bytes == REPORT
    service.reports_gone = True
    refused = run("report", "job-1", "-o", str(target))
    assert (refused.exit_code, "not kept any more" in refused.stderr) == (3, True)
    assert [file.read_bytes() for file in tmp_path.glob("*report.bin*")] == [REPORT]
    assert run("report", "job-1", "-o", str(tmp_path / "none" / "x")).exit_code == 2


def test_dismissed_and_merged_records(run: Any, service: FakeService) -> None:
    service.add_job()
    shown = run("dismissed", "job-1").stdout
    assert all(text in shown for text in ("runs[0].results[3]", "R1", "shop", "suppressed · by the team", "1 of 1,201"))
    shown = run("merged", "job-1").stdout
    assert all(text in shown for text in ("shop", "R2", "a.py:7", "less_severe: severity"))
    assert "were kept" not in shown
    assert document(run("merged", "job-1", "--json"))["merged"][0]["differs"] == {"severity": "2.0"}


@pytest.mark.parametrize(("fate", "total"), [("skipped", "5"), ("dismissed", "1,201"), ("merged", "1")])
def test_records_that_are_kept_no_more_are_not_said_to_be_none(run: Any, service: FakeService, fate: str, total: str) -> None:
    service.add_job()
    service.reports_gone = True
    assert run(fate, "job-1").stdout == f"{total} {fate}; which they were is not kept any more.\n"


def test_health(run: Any, service: FakeService) -> None:
    assert "2 active, 4 jobs at once" in run("health").stdout
    service.health_status = "unhealthy"
    result = run("health", "--json")
    assert (result.exit_code, document(result)["status"]) == (3, "unhealthy")


def test_the_log_level_is_shown_and_changed(run: Any, service: FakeService) -> None:
    assert run("log-level").stdout.strip() == "INFO"
    assert run("log-level", "debug").stdout.strip() == "DEBUG (configured: INFO)"
    assert service.log_level == "DEBUG"
    assert document(run("log-level", "--json")) == {"level": "DEBUG", "configured": "INFO"}
    assert run("log-level", "loud").exit_code == 2
    assert service.log_level == "DEBUG"
    assert document(run("log-level", "configured", "--json"))["level"] == "INFO"


def test_standard_input_through_a_pipe(environment: dict[str, str], service: FakeService) -> None:
    command = [PHOENIX_SCAN, "submit", "-", "--filename", "piped.json", "--wait", "--json"]
    done = subprocess.run(command, input=b"z" * 200_000, env=environment, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["jobs"][0]["filename"] == "piped.json"
    assert service.jobs["job-1"].size == 200_000


@pytest.mark.parametrize("attempt", range(3))  # the signal meets the loop at another point each time
def test_interrupted(environment: dict[str, str], service: FakeService, reports: Path, attempt: int) -> None:
    service.faults.endless = True
    command = [PHOENIX_SCAN, "submit", str(reports / "a.json"), "--follow"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            assert any("shard 5 done" in line for line in process.stderr)
            process.send_signal(signal.SIGINT)
            _, rest = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "on the service these go on: job-1" in rest
    assert "Traceback" not in rest


def test_an_interruption_is_one_document_too(environment: dict[str, str], service: FakeService, reports: Path) -> None:
    service.faults.endless = True
    command = [PHOENIX_SCAN, "submit", str(reports / "a.json"), "--follow", "--json"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            assert any("shard 5 done" in line for line in process.stderr)
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 130
    assert json.loads(out) == {
        "error": "interrupted", "message": "interrupted; what was sent goes on", "details": {"jobs": ["job-1"]},
    }  # fmt: skip
