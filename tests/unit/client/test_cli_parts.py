"""The parts of the command that need no service."""

import subprocess
import sys
from datetime import timedelta
from importlib import metadata
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from client.cli import commands
from client.cli.assessments import warn_of_one_name
from client.cli.bulk_sources import gather as gather_bulk
from client.cli.connection import data_folder, find_key
from client.cli.console import printable
from client.cli.lazy import docstring
from client.cli.outcomes import Outcome, overall
from client.cli.reports import gather
from client.cli.wording import duration, size
from client.errors import RefusedError, UnreadableReportError, WaitTimeoutError
from client.sdk import Job, JobStatus

LOCAL = "http://127.0.0.1:8000"


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}")


def names(folder: Path, *arguments: str) -> list[str]:
    reports = gather([str(folder / argument) for argument in arguments], stdin_name="x")
    return [str(report.path.relative_to(folder)) for report in reports if report.path]


def test_a_folder_is_searched_for_reports(tmp_path: Path) -> None:
    touch(tmp_path, "b/deep/x.NESSUS", "a.json", "README.md", ".git/c.json", "b/.hidden.json", "z.sarif")
    assert names(tmp_path, "") == ["a.json", "b/deep/x.NESSUS", "z.sarif"]


def test_a_named_file_goes_whatever_it_is_called_and_once(tmp_path: Path) -> None:
    touch(tmp_path, "report.odd", "a.json")
    assert names(tmp_path, "report.odd", ".", "*.odd") == ["report.odd", "a.json"]


def test_patterns_reach_into_folders(tmp_path: Path) -> None:
    touch(tmp_path, "x/a.json", "x/y/b.json", "x/y/c.xml")
    assert names(tmp_path, "x/**/*.json") == ["x/a.json", "x/y/b.json"]


def test_standard_input_has_the_name_it_is_given() -> None:
    (report,) = gather(["-"], stdin_name="app.json")
    assert (report.path, report.filename, report.label) == (None, "app.json", "app.json")


@pytest.mark.parametrize("argument", ["missing.json", "*.nothing"])
def test_what_matches_nothing_is_wrong_usage(tmp_path: Path, argument: str) -> None:
    with pytest.raises(typer.BadParameter, match="there is no file"):
        gather([str(tmp_path / argument)], stdin_name="x")


def test_where_the_key_comes_from(tmp_path: Path) -> None:
    environment = {"PHOENIX_SCANNER_DATA": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    assert find_key(LOCAL, None, None, environment) is None
    (tmp_path / "api-key").write_text("embedded\n")
    (tmp_path / "own").write_text("of-file\n")
    assert find_key(LOCAL, None, None, environment) == "embedded"
    assert find_key("http://scans.example.com:8000", None, None, environment) is None
    assert find_key(LOCAL, "given", None, environment) == "given"
    assert find_key(LOCAL, "given", tmp_path / "own", environment) == "of-file"
    (tmp_path / "own").write_text("\n")
    with pytest.raises(typer.BadParameter, match="is empty"):
        find_key(LOCAL, None, tmp_path / "own", environment)


def test_where_the_embedded_service_keeps_its_data() -> None:
    assert data_folder({"XDG_DATA_HOME": "/x"}) == Path("/x/phoenix-scanner")
    assert data_folder({}) == Path.home() / ".local/share/phoenix-scanner"


def test_the_highest_exit_code_wins() -> None:
    def outcome(status: JobStatus, error: RefusedError | WaitTimeoutError | UnreadableReportError | None = None) -> Outcome:
        return Outcome("a", Job(job_id="job-1", status=status), 1.0, error)

    done, failed = outcome(JobStatus.COMPLETED), outcome(JobStatus.CANCELLED)
    refused = outcome(JobStatus.QUEUED, RefusedError(400, "x", "y"))
    late = outcome(JobStatus.PROCESSING, WaitTimeoutError("job-1", 3))
    unreadable = outcome(JobStatus.QUEUED, UnreadableReportError("a", "gone"))
    assert [overall(some) for some in ([], [done], [done, failed])] == [0, 0, 1]
    assert [overall(some) for some in ([unreadable, failed], [refused, failed], [late, refused, done])] == [2, 3, 124]


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert printable("a\x1b[31m\r\nb\x9b") == "a [31m  b "


def test_units() -> None:
    assert [size(value) for value in (None, 999, 1000, 25_000_000, 10**13)] == ["–", "999 B", "1.0 kB", "25.0 MB", "10.0 TB"]
    seconds = (1.25, 61, 3725)
    assert [duration(timedelta(seconds=value)) for value in seconds] == ["1.2 s", "1 min 01 s", "1 h 02 min"]


@pytest.fixture
def broken_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package whose command needs a library that is not there, and proof of whether it was imported."""
    package = tmp_path / "halfthere" / "inner"
    package.mkdir(parents=True)
    (tmp_path / "halfthere" / "__init__.py").write_text("raise RuntimeError('imported for a list')")
    (package / "__init__.py").write_text("")
    (package / "commands.py").write_text(
        'import not_installed\n\n\ndef launch() -> None:\n    """Launch it.\n\n    At length.\n    """\n'
    )
    (tmp_path / "needy.py").write_text('import not_installed.deep\n\n\ndef land() -> None:\n    """Land it."""\n')
    monkeypatch.syspath_prepend(tmp_path)
    entries = [
        EntryPoint("launch", "halfthere.inner.commands:launch", commands.ENTRY_POINTS),
        EntryPoint("land", "needy:land", commands.ENTRY_POINTS),
        EntryPoint("submit", "needy:land", commands.ENTRY_POINTS),
    ]
    monkeypatch.setattr(metadata, "entry_points", lambda group: entries)


@pytest.mark.usefixtures("broken_package")
def test_commands_are_described_without_being_imported() -> None:
    shown = CliRunner().invoke(commands.app, ["--help"])
    assert shown.exit_code == 0
    assert "Launch it." in shown.output
    assert "Land it." in shown.output
    assert "Send reports to the service" in shown.output, "a package replaced one of our commands"


@pytest.mark.usefixtures("broken_package")
def test_a_missing_dependency_says_what_to_install() -> None:
    result = CliRunner().invoke(commands.app, ["land"])
    assert result.exit_code == 2
    assert "`land` needs not_installed, which is not installed: pip install 'phoenix-scanner[service]'" in result.stderr


def test_no_docstring_where_there_is_no_source() -> None:
    assert [docstring(target) for target in ("sys:exit", "nowhere.at.all:f", "client.cli.edge:nothing", "json:x")] == [""] * 4


def loaded_by(arguments: list[str], modules: list[str]) -> list[str]:
    """Which of the modules a command loads. In a process of its own: this one has loaded everything already."""
    program = (
        f"import sys; sys.argv = ['phoenix-scan', *{arguments}]\n"
        "from client.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print(*[m for m in {modules} if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return shown.stdout.splitlines()[-1].split()


def test_help_loads_neither_http_nor_the_other_packages() -> None:
    assert loaded_by(["--help"], ["httpx", "websockets", "msgspec", "ray", "scanner", "serve_app", "cluster"]) == []


def test_a_command_loads_only_what_it_uses() -> None:
    """Its client is made before the URL is refused; each of these takes long to load."""
    unused = ["websockets", "pydantic", "httpx._main", "importlib.metadata", "scanner", "ray"]
    assert loaded_by(["jobs", "--url", "ftp://nowhere"], ["client.sdk.scanner", "httpx", *unused]) == [
        "client.sdk.scanner",
        "httpx",
    ]


@pytest.mark.parametrize("command", commands.OWN)
def test_every_command_teaches(command: str) -> None:
    shown = CliRunner().invoke(commands.app, [command, "--help"])
    assert shown.exit_code == 0
    assert "Examples" in shown.output
    assert f"phoenix-scan {command}" in shown.output
    assert "Exit codes" in shown.output


def test_completion_knows_commands_and_their_options() -> None:
    def complete(words: str) -> str:
        variables = {"_PHOENIX_SCAN_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        result = CliRunner().invoke(commands.app, [], prog_name="phoenix-scan", env=variables)
        return result.output

    assert "submit" in complete("phoenix-scan su").split()
    assert "--import-type" in complete("phoenix-scan submit --imp").split()
    assert complete("phoenix-scan submit --import-type m").split() == ["merge"]


def test_reports_keep_their_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "one/a/t.json", "two/a/t.json", "t.json")
    monkeypatch.chdir(tmp_path)
    below = [report.filename for report in gather(["one"], stdin_name="x")]
    several = [report.filename for report in gather(["one", str(tmp_path / "two"), "t.json"], stdin_name="x")]
    assert (below, several) == (["a/t.json"], ["one/a/t.json", "two/a/t.json", "t.json"])
    packed = gather_bulk(["one", "two"], [])
    assert [name for _, name in packed.small] == ["one/a/t.json", "two/a/t.json"]


@pytest.mark.parametrize(
    ("name", "import_type", "warned"),
    [
        ("nightly", "new", True),
        ("{stem}", "new", True),
        ("{date}", "NEW", True),
        ("{path}", "new", False),
        ("{asset}", "new", False),
        ("nightly", "merge", False),
        ("", "new", False),
    ],
)
def test_reports_that_would_replace_each_other_are_warned_of(
    capsys: pytest.CaptureFixture[str], name: str, import_type: str, warned: bool
) -> None:
    warn_of_one_name(name, import_type, ["one/t.json", "two/t.json", "u.json"])
    assert ("warning: " in capsys.readouterr().err) is warned
