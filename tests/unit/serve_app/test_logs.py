"""The log: JSON that says whose line it is, at a level that changes while the service runs; and a job's, to keep."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import structlog
from structlog.contextvars import bound_contextvars

from cluster import logs
from cluster.logs import configure_logs, level, set_level
from jobs_store.events import EventKind, NewEvent
from jobs_store.jobs import NewJob
from serve_app.wiring import Wiring

print_of_replicas = print
"""Which writes tuples there, of what is printed into a buffer."""


@pytest.fixture(autouse=True)
def _level_put_back(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield
    monkeypatch.delenv(logs.FILE_VARIABLE, raising=False)
    configure_logs("INFO")


def lines(captured: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in captured.splitlines() if line.startswith("{")]


def test_lines_of_both_libraries_say_whose_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    with bound_contextvars(job_id="job-1", tenant="acme", request_id="mine", trace_id="4bf9"):
        structlog.get_logger("serve_app.x").warning("of the edge", number=1)
        logging.getLogger("cluster.x").warning("of an actor: %s", "text\nof two lines")
    told = capsys.readouterr()
    (edge,), (actor,) = lines(told.out), lines(told.err)
    for line in (edge, actor):
        assert (line["job_id"], line["tenant"], line["request_id"], line["trace_id"]) == ("job-1", "acme", "mine", "4bf9")
        assert line["level"] == "warning"
        assert str(line["timestamp"]).endswith("Z")
    assert (edge["event"], edge["number"]) == ("of the edge", 1)
    assert (actor["event"], actor["logger"]) == ("of an actor: text\nof two lines", "cluster.x")


def test_a_traceback_has_no_values_of_variables(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(password: str) -> None:
        raise ValueError("it failed")

    password = "-".join(("the", "password"))
    try:
        fail(password)
    except ValueError:
        logging.getLogger("cluster.x").exception("broken")
    (line,) = lines(capsys.readouterr().err)
    assert "ValueError: it failed" in str(line["exception"])
    assert "in fail" in str(line["exception"])
    assert password not in str(line["exception"])


def test_the_level_changes_for_loggers_that_are_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    edge, actor = structlog.get_logger("serve_app.x"), logging.getLogger("cluster.x")

    def written() -> int:
        edge.debug("quiet")
        actor.debug("quiet")
        told = capsys.readouterr()
        return len(lines(told.out)) + len(lines(told.err))

    assert written() == 0
    set_level("DEBUG")
    assert (written(), level()) == (2, "DEBUG")
    set_level(None)
    assert (written(), level()) == (0, "INFO")


async def test_operators_change_it_and_the_audit_log_says_so(client: httpx.AsyncClient, wiring: Wiring) -> None:
    assert (await client.get("/api/v1/log-level")).json() == {"level": "INFO", "configured": "INFO"}
    changed = await client.put("/api/v1/log-level", json={"level": "DEBUG"})
    assert changed.json() == {"level": "DEBUG", "configured": "INFO"}
    assert level() == "DEBUG"
    assert (await client.put("/api/v1/log-level", json={"level": "LOUD"})).status_code == 400
    assert (await client.put("/api/v1/log-level", json={"level": None})).json()["level"] == "INFO"
    entries = await wiring.database.audit.list(action="log_level.change")
    assert [(entry.object, entry.outcome) for entry in entries] == [("DEBUG", "done"), ("as configured", "done")]


async def test_a_jobs_log_is_a_file_to_keep(client: httpx.AsyncClient, wiring: Wiring) -> None:
    told = [
        NewEvent(EventKind.STATUS, '{"status":"queued"}'),
        NewEvent(EventKind.PROGRESS, '{"progress":1.0}'),
        NewEvent(EventKind.LOG, json.dumps({"message": "two\nlines\x1b[31m"}), "WARNING"),
        NewEvent(EventKind.ERROR, '{"status":"failed","error_message":"broken"}'),
    ]
    await wiring.database.jobs.create(
        NewJob(job_id="job-1", filename="a", file_path="jobs/job-1/upload", file_size_bytes=1), events=told
    )
    answer = await client.get("/api/v1/jobs/job-1/logs?format=text&download=true")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="job-1.log"'
    assert [line.split(" ", 1)[1] for line in answer.text.splitlines()] == [
        "INFO     status: queued",
        "WARNING  two lines [31m",
        "ERROR    failed: broken",
    ]
    kept = await client.get("/api/v1/jobs/job-1/logs?download=true")
    assert kept.headers["content-disposition"] == 'attachment; filename="job-1.ndjson"'
    assert len(kept.text.splitlines()) == 4
    assert "content-disposition" not in (await client.get("/api/v1/jobs/job-1/logs")).headers


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the processes' lines, for this process."""
    file = tmp_path / "processes.log"
    monkeypatch.setenv(logs.FILE_VARIABLE, str(file))
    configure_logs("INFO")
    return file


async def test_the_traceback_behind_an_error_id_is_kept_in_the_file(
    kept: Path, client: httpx.AsyncClient, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(type(wiring.database.jobs), "list", fail)
    monkeypatch.setattr("builtins.print", lambda *said, file=None, **_: print_of_replicas(repr(said), file=file))
    answer = await client.get("/api/v1/jobs")
    assert answer.status_code == 500
    logging.getLogger("cluster.x").warning("of an actor")
    error, actor = lines(kept.read_text())
    assert error["error_id"] == answer.json()["details"]["error_id"]
    assert error["request_id"] == answer.headers["x-request-id"]
    assert str(error["exception"]).endswith("\nRuntimeError: a fault of ours")
    assert actor["event"] == "of an actor"
    assert kept.stat().st_mode & 0o777 == 0o600


def test_processes_share_the_file_and_bound_it(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_MOST_BYTES", 10_000)
    write = "\n".join(
        (
            "import logging, sys",
            "from cluster import logs",
            "logs._MOST_BYTES = 10_000",
            "logs.configure_logs('INFO')",
            "for number in range(300): logging.getLogger('cluster.x').warning('%s %d', sys.argv[1], number)",
        )
    )
    others = [subprocess.Popen([sys.executable, "-c", write, name], stderr=subprocess.DEVNULL) for name in ("one", "two")]
    for number in range(300):
        structlog.get_logger("serve_app.x").warning(f"us {number}")
    assert [other.wait(60) for other in others] == [0, 0]
    before = kept.with_name("processes.log.1")
    for file in (kept, before):
        text = file.read_text()
        assert len(text) < 12_000
        assert len(lines(text)) == len(text.splitlines()), "no line is within another"
        assert file.stat().st_mode & 0o777 == 0o600
    assert {path.name for path in kept.parent.iterdir()} >= {kept.name, before.name}
    assert not kept.with_name("processes.log.2").exists()


def test_a_file_that_cannot_be_written_costs_nothing_but_its_lines(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept.mkdir()
    logging.getLogger("cluster.x").warning("told")
    structlog.get_logger("serve_app.x").warning("told too")
    told = capsys.readouterr()
    assert [line["event"] for line in lines(told.err) + lines(told.out)] == ["told", "told too"]
