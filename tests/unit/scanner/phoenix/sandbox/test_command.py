"""The command, as a process: what it prints is enough to use it, and a signal ends it."""

import signal
import subprocess
import sys

import httpx
import msgspec
import pytest
import typer
from typer.testing import CliRunner

from scanner.phoenix.sandbox.command import Announcement, sandbox
from scanner.phoenix.sandbox.faults import AnswerStyle, Faults
from scanner.phoenix.sandbox.server import SandboxServer

RUN = "import typer; from scanner.phoenix.sandbox.command import sandbox; typer.run(sandbox)"


@pytest.fixture
def app():
    app = typer.Typer()
    app.command()(sandbox)
    return app


def test_it_runs_until_it_is_told_to_end():
    arguments = ["--port", "0", "--json", "--rate-429", "0.5", "--sync", "--max-body-mb", "1.5"]
    with subprocess.Popen([sys.executable, "-c", RUN, *arguments], stdout=subprocess.PIPE, text=True) as process:
        told = msgspec.json.decode(process.stdout.readline(), type=Announcement)
        assert told.faults == Faults(rate_429=0.5, answers=AnswerStyle.SYNC, max_body_bytes=1_500_000)
        assert httpx.get(f"{told.url}/sandbox/faults").json() == msgspec.to_builtins(told.faults)
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == ""
        assert process.wait(10) == 0


def test_it_says_what_to_set():
    text = Announcement("http://127.0.0.1:1", "me", "hush", Faults(rate_503=0.5)).text()
    for line in (
        "PHOENIX_API_URL=http://127.0.0.1:1",
        "PHOENIX_CLIENT_ID=me",
        "PHOENIX_CLIENT_SECRET=hush",
        "Faults: rate503=0.5",
    ):
        assert line in text
    assert "Faults: none" in Announcement("u", "i", "s", Faults()).text()


def test_a_port_that_is_taken(app):
    with SandboxServer() as running:
        result = CliRunner().invoke(app, ["--port", running.url.rpartition(":")[2]])
    assert (result.exit_code, result.stdout) == (3, "")
    assert "could not be started" in result.stderr


@pytest.mark.parametrize("arguments", [["--rate-429", "2"], ["--keep", "some"], ["--port", "70000"], ["--latency", "-1"]])
def test_wrong_usage(app, arguments):
    assert CliRunner().invoke(app, arguments).exit_code == 2


def test_help_teaches(app):
    text = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).stdout
    for word in ("--lose-answers", "--import-seconds", "Examples", "Exit codes"):
        assert word in text
