"""What `up`, `down` and `doctor` stand on, without Ray."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
import typer
from typer.testing import CliRunner

from serve_app.commands import service as commands
from serve_app.embedded import checks, local_ray, processes, service
from serve_app.embedded.configuration import embedded, on_cluster
from serve_app.embedded.data_folder import DataFolder, Running, default_folder
from serve_app.embedded.ports import port_to_take, require_free
from serve_app.errors import AlreadyRunningError, PortTakenError, StartError

NAMES = ("API_KEY", "SECRET_KEY", "DATABASE_URL", "STORAGE_URL", "REDIS_URL", "PHOENIX_CLIENT_ID", "RAY_ADDRESS")
RUNNING = Running(run="mark-of-a-test", pid=1, url="http://127.0.0.1:1", scratch="/nowhere")
cli = typer.Typer()
cli.command()(commands.up)
cli.command()(commands.down)
cli.command()(commands.doctor)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(tmp_path / "data")
    made.make()
    return made


def test_ray_that_does_not_start_is_an_error_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**given: object) -> None:
        raise Exception("The current node timed out during startup.")  # noqa: TRY002 - as Ray does

    monkeypatch.setattr("ray.init", fail)
    with pytest.raises(StartError, match=r"Ray did not start: The current node timed out"):
        local_ray.start(tmp_path, dashboard=False)


def test_errors_of_ray_are_told_without_their_tracebacks() -> None:
    error = RuntimeError('\x1b[36mray::Importer.ping()\x1b[39m (pid=1)\n  File "x.py", line 1\nValueError: no room\n')
    assert local_ray.sentence(error) == "ValueError: no room"


def test_the_dashboard_is_told_of_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ray.init", lambda **_: SimpleNamespace(dashboard_url="127.0.0.1:8265"))
    assert local_ray.start(tmp_path, dashboard=False) is None
    url = local_ray.start(tmp_path, dashboard=True)
    assert url == "http://127.0.0.1:8265"
    announced = commands.Announcement(url="http://127.0.0.1:1", data="/data", dashboard_url=url)
    assert f"{url}  (it asks for the token that is in ~/.ray/auth_token)" in announced.text()


def test_it_is_said_what_rays_metrics_page_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    announced = commands.Announcement(
        url="http://127.0.0.1:1", data="/data", dashboard_url="http://there", scrape_file="/targets"
    )
    for name in ("RAY_PROMETHEUS_HOST", "RAY_GRAFANA_HOST"):
        monkeypatch.delenv(name, raising=False)
    assert "needs Prometheus and Grafana, where RAY_PROMETHEUS_HOST and" in announced.text()
    assert "/targets names what Prometheus finds of Ray" in announced.text()
    for name in ("RAY_PROMETHEUS_HOST", "RAY_GRAFANA_HOST"):
        monkeypatch.setenv(name, "http://127.0.0.1:9090")
    assert "RAY_PROMETHEUS_HOST" not in announced.text()


@pytest.mark.parametrize("dashboard", [True, False])
def test_the_dashboard_finds_py_spy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dashboard: bool) -> None:
    monkeypatch.setattr(os, "environ", {"PATH": "/nowhere"})
    local_ray.prepare_environment(tmp_path, dashboard=dashboard)
    assert shutil.which("py-spy", path=os.environ["PATH"]) is not None
    assert os.environ["RAY_DASHBOARD_ENABLE_PROFILING"] == str(int(dashboard)), "only where somebody asked for it"


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process of a run, deaf to SIGTERM, with a child that knows nothing of the run but has its mark."""
    program = "import signal, subprocess, sys, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(600)"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {program!r}])"
    environment = os.environ | {processes.MARK: RUNNING.run}
    process = subprocess.Popen([sys.executable, "-c", child], env=environment, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.stdout.close()
    process.kill()
    process.wait()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_keys_are_generated_once_and_are_for_the_owner_only(folder: DataFolder) -> None:
    first, again = embedded(folder), embedded(folder)
    assert first.new_api_key == first.settings.api_key.get_secret_value()
    assert again.new_api_key is None
    assert again.settings.api_key == first.settings.api_key != first.settings.secret_key
    assert (mode(folder.path), mode(folder.api_key_file), mode(folder.secret_key_file)) == (0o700, 0o600, 0o600)
    assert first.settings.database_url == f"sqlite:///{folder.path}/jobs.db"
    assert first.settings.storage_url == f"file://{folder.path}/objects"


def test_what_is_kept_in_the_log_is_known(folder: DataFolder, tmp_path: Path) -> None:
    """`up --detach` writes there, so it tells the new key itself."""
    with (tmp_path / "terminal").open("w") as terminal:
        assert not folder.is_written_to_log(terminal)
        with folder.log_file.open("w") as log:
            assert folder.is_written_to_log(log)
            assert not folder.is_written_to_log(terminal)


def test_the_environment_goes_before_the_env_file(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.env_file.write_text("API_KEY=from-the-file-of-the-folder\nMAX_UPLOAD_SIZE_MB=7\nPUBLIC_URL=https://scan.example/\n")
    monkeypatch.setenv("API_KEY", "from-the-environment-itself")
    configuration = embedded(folder)
    assert configuration.settings.api_key.get_secret_value() == "from-the-environment-itself"
    assert configuration.settings.max_upload_size_mb == 7
    assert configuration.edge.public_url == "https://scan.example"
    assert configuration.new_api_key is None
    assert not folder.api_key_file.exists()


def test_wrong_settings_are_named_without_their_values(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_UPLOAD_SIZE_MB", "secret-looking")
    with pytest.raises(StartError, match="MAX_UPLOAD_SIZE_MB") as refusal:
        embedded(folder)
    assert "secret-looking" not in str(refusal.value)


def test_nothing_is_filled_in_on_a_cluster(folder: DataFolder) -> None:
    with pytest.raises(StartError, match=r"API_KEY.*SECRET_KEY.*DATABASE_URL.*STORAGE_URL"):
        on_cluster(folder)


def test_the_default_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PHOENIX_SCANNER_DATA", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", "/data/home")
    assert default_folder() == Path("/data/home/phoenix-scanner")
    monkeypatch.setenv("PHOENIX_SCANNER_DATA", "/chosen")
    assert default_folder() == Path("/chosen")


def test_one_service_per_folder(folder: DataFolder) -> None:
    folder.note(RUNNING)
    assert not folder.is_held
    with folder.held():
        assert folder.is_held
        with pytest.raises(AlreadyRunningError, match=RUNNING.url), folder.held():
            pass
    assert not folder.is_held
    assert folder.running() == RUNNING
    folder.forget()
    assert folder.running() is None


def test_port_0_takes_a_free_one_that_no_connection_is_given() -> None:
    port = port_to_take("127.0.0.1", 0)
    assert 20_000 <= port < 30_000
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(PortTakenError):
            port_to_take("127.0.0.1", port)


def test_processes_of_a_run_are_found_and_ended_with_all_their_children(sleeper: subprocess.Popen[bytes]) -> None:
    assert len(processes.marked(RUNNING.run)) == 2
    assert processes.marked("mark-of-another") == set()
    assert processes.end(RUNNING.run, patience_seconds=0.1) == 2
    assert sleeper.wait(5) == -signal.SIGTERM
    assert processes.marked(RUNNING.run) == set()


def test_a_process_has_ended_when_its_last_thread_has(tmp_path: Path) -> None:
    """Its environment, by which it is found, goes with the first."""
    program = (
        "import ctypes, signal, sys, threading, time\n"
        "def write():\n"
        "    print(flush=True); asked.wait(); time.sleep(0.3); open(sys.argv[1], 'w').close()\n"
        "def leave(*_):\n"
        "    asked.set(); ctypes.CDLL(None).syscall({'x86_64': 60}.get(platform, 93), 0)\n"
        "platform, asked = __import__('platform').machine(), threading.Event()\n"
        "signal.signal(signal.SIGTERM, leave); threading.Thread(target=write).start(); time.sleep(600)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "written")]
    with subprocess.Popen(command, env=os.environ | {processes.MARK: "mark-of-threads"}, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert processes.end("mark-of-threads", patience_seconds=20) == 1
        assert (tmp_path / "written").exists()


def test_down_ends_what_a_crash_left_and_may_be_repeated(
    folder: DataFolder, sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "STOP_SECONDS", 0.1)
    folder.note(RUNNING)
    runner = CliRunner()
    first = runner.invoke(cli, ["down", "--data", str(folder.path)])
    assert (first.exit_code, first.stdout) == (0, "Stopped.\n")
    assert processes.marked(RUNNING.run) == set()
    again = runner.invoke(cli, ["down", "--data", str(folder.path), "--json"])
    assert (again.exit_code, json.loads(again.stdout)) == (0, {"stopped": False})


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_up_stops_what_it_started_when_it_is_told_to_end(folder: DataFolder, sign: signal.Signals) -> None:
    """Ray has put a handler of its own in the place of ours by then."""
    program = (
        "import signal, sys, typer\n"
        "from serve_app.commands import service as commands\n"
        "from serve_app.embedded import service\n"
        "class Run:\n"
        "    def __init__(self, folder, **place): self.folder = folder\n"
        "    def start(self, configuration, *, dashboard):\n"
        "        signal.signal(signal.SIGTERM, signal.SIG_DFL)\n"
        "        return service.Running(run='r', pid=1, url='http://there', scratch='')\n"
        "    def watch(self, configuration): service.processes.wait_while_live([])\n"
        "    def stop(self): print('stopped')\n"
        "service.EmbeddedService = Run\n"
        "typer.run(commands.up)\n"
    )
    command = [sys.executable, "-u", "-c", program, "--data", str(folder.path), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["url"] == "http://there"
        process.send_signal(sign)
        assert process.communicate(timeout=30)[0] == "stopped\n"
    assert process.returncode == 0
    with folder.held():
        pass  # nobody has it any more


def test_a_second_up_is_refused(folder: DataFolder) -> None:
    folder.note(RUNNING)
    with folder.held():
        result = CliRunner().invoke(cli, ["up", "--data", str(folder.path)])
    assert result.exit_code == 2
    assert f"already running at {RUNNING.url}" in result.stderr


def test_up_says_when_the_port_is_taken(folder: DataFolder) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTakenError):
            require_free("127.0.0.1", port)
        for arguments in ((), ("--detach",)):
            result = CliRunner().invoke(cli, ["up", "--data", str(folder.path), "--port", str(port), *arguments])
            assert result.exit_code == 3
            assert f"127.0.0.1:{port}" in result.stderr


@pytest.mark.parametrize(
    ("host", "url"), [("127.0.0.1", "http://127.0.0.1:8"), ("0.0.0.0", "http://127.0.0.1:8"), ("::1", "http://[::1]:8")]
)
def test_the_url_of_a_host(host: str, url: str) -> None:
    assert service.url_of(host, 8) == url


class _Answers(BaseHTTPRequestHandler):
    answers = iter((b'{"status":"unhealthy"}', b'{"status":"degraded"}', b'{"status":"healthy"}'))

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(next(self.answers))

    def log_message(self, *_: object) -> None:
        pass


def test_waiting_until_healthy() -> None:
    with HTTPServer(("127.0.0.1", 0), _Answers) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        pauses: list[float] = []
        service.wait_until_healthy(f"http://127.0.0.1:{server.server_port}", sleep=pauses.append)
        server.shutdown()
        serving.join()
    assert len(pauses) == 2
    with pytest.raises(StartError, match=r"did not become healthy.*refused"):
        service.wait_until_healthy(f"http://127.0.0.1:{server.server_port}", seconds=0, sleep=pauses.append)


def test_a_start_is_waited_for_as_long_as_it_makes_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(range(0, 10_000, 10))
    monkeypatch.setattr(service.time, "monotonic", lambda: next(seconds))
    monkeypatch.setattr(service, "_ask", lambda _url: b"refused")
    started = iter([*range(20), *[20] * 1000])
    asked: list[float] = []
    with pytest.raises(StartError):
        service.wait_until_healthy("http://there", seconds=60, sleep=asked.append, progress=lambda: next(started))
    assert 20 < len(asked) < 30


def test_the_end_of_ray_is_noticed() -> None:
    program = [sys.executable, "-c", "input()"]
    with subprocess.Popen(program, stdin=subprocess.PIPE) as process:
        head = psutil.Process(process.pid)
        assert processes.lives(head)
        looked: list[float] = []

        def look(seconds: float) -> None:
            looked.append(seconds)
            process.kill()
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # as Ray does not: it stays as a zombie

        processes.wait_while_live([head], sleep=look)
        assert len(looked) == 1


def test_up_ends_with_an_error_when_ray_dies(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[bool] = []

    class Run:
        def __init__(self, *_: object, **__: object) -> None: ...

        def start(self, *_: object, **__: object) -> Running:
            return RUNNING

        def watch(self, *_: object) -> None: ...

        def stop(self) -> None:
            stopped.append(True)

    monkeypatch.setattr(service, "EmbeddedService", Run)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    result = CliRunner().invoke(cli, ["up", "--data", str(folder.path), "--port", "0"])
    assert (result.exit_code, stopped) == (1, [True])
    assert "Ray has died" in result.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PHOENIX_API_URL", "ftp://phoenix.example"),
        ("PHOENIX_API_URL", "https://[x"),
        ("PHOENIX_ALLOWED_URLS", "https://a.example,phoenix.example"),
        ("DATABASE_URL", "mysql://root:hunter2@host/jobs"),
        ("STORAGE_URL", "ftp://host/hunter2"),
        ("REDIS_URL", "http://:hunter2@host"),
        ("REDIS_URL", "redis://"),
        ("BULK_ALLOWED_PREFIXES", "ftp://scans"),
        ("PUBLIC_URL", "https://"),
        ("ASSESSMENT_NAME", "{host}"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_a_wrong_setting_ends_a_start_by_name(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    result = CliRunner().invoke(cli, ["up", "--data", str(folder.path), "--port", "0"])
    assert result.exit_code == 3
    assert f"wrong settings: {name}: " in result.stderr
    assert "hunter2" not in result.output


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://user:hunter2@127.0.0.1:1/jobs"),
        ("REDIS_URL", "redis://:hunter2@127.0.0.1:1"),
        ("STORAGE_URL", "file:///dev/null/objects"),
    ],
)
@pytest.mark.parametrize("how", [(), ("--detach",)])
def test_a_store_that_is_not_there_ends_a_start_by_name(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch, name: str, value: str, how: tuple[str, ...]
) -> None:
    monkeypatch.setenv(name, value)
    result = CliRunner().invoke(cli, ["up", "--data", str(folder.path), "--port", "0", *how])
    assert result.exit_code == 3
    assert f"error: {name}: " in result.stderr
    assert "hunter2" not in result.output


def test_doctor_is_content_with_an_empty_machine(folder: DataFolder) -> None:
    result = CliRunner().invoke(cli, ["doctor", "--data", str(folder.path), "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["healthy"]
    assert {each["check"] for each in found["checks"]} == {
        "settings",
        "packages",
        "database",
        "storage",
        "redis",
        "mappings",
        "phoenix",
        "ray",
        "port",
    }
    assert [each["check"] for each in found["checks"] if each["verdict"] == "warning"] == ["phoenix"]


def test_doctor_says_what_is_wrong_and_what_to_do(folder: DataFolder) -> None:
    (folder.path / "taken").write_text("a file where a folder should be")
    (folder.path / "formats").mkdir()
    (folder.path / "formats" / "acme.yaml").write_text("slug: acme\nscaner: Acme\n")
    folder.env_file.write_text(
        "DATABASE_URL=postgresql://user:password-of-ours@127.0.0.1:1/jobs\n"
        "REDIS_URL=redis://127.0.0.1:1\n"
        f"STORAGE_URL={(folder.path / 'taken').as_uri()}\n"
        "PHOENIX_API_URL=http://127.0.0.1:1\nPHOENIX_CLIENT_ID=a\nPHOENIX_CLIENT_SECRET=b\n"
        f"MAPPINGS_DIR={folder.path / 'formats'}\n"
    )
    result = CliRunner().invoke(cli, ["doctor", "--data", str(folder.path), "--json"])
    assert result.exit_code == 1
    failed = {each["check"]: each for each in json.loads(result.stdout)["checks"] if each["verdict"] == "failed"}
    assert failed.keys() == {"database", "redis", "storage", "mappings", "phoenix"}
    assert "acme.yaml" in failed["mappings"]["found"]
    assert all(each["advice"] for each in failed.values())
    assert "password-of-ours" not in result.output


def test_doctor_names_wrong_settings(folder: DataFolder) -> None:
    folder.env_file.write_text("JOB_TIMEOUT=-1\n")
    result = CliRunner().invoke(cli, ["doctor", "--data", str(folder.path)])
    assert result.exit_code == 1
    assert "JOB_TIMEOUT" in result.stdout


def test_a_missing_shared_memory_is_no_problem(tmp_path: Path) -> None:
    assert checks.shared_memory(tmp_path / "none").verdict is checks.Verdict.OK


def test_a_cluster_that_is_not_there_is_named_at_once(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.env_file.write_text(
        "API_KEY=an-api-key-of-the-tests\nSECRET_KEY=a-secret-key-of-the-tests\nDATABASE_URL=sqlite:///x.db\nSTORAGE_URL=file:///x\n"
    )
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    for command in ("up", "down"):
        result = CliRunner().invoke(cli, [command, "--data", str(folder.path)])
        assert result.exit_code == 3
        assert "127.0.0.1:1 cannot be reached" in result.stderr
