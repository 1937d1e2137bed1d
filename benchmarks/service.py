"""The embedded service and a sandbox, each in processes of its own, as a user starts them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from benchmarks.errors import CommandFailedError
from client.sdk.scanner import PhoenixScanner
from cluster.settings import Settings
from serve_app.edge_settings import EdgeSettings
from serve_app.embedded import processes
from serve_app.embedded.data_folder import DataFolder

PHOENIX_SCAN = str(Path(sys.executable).with_name("phoenix-scan"))
"""The command of this environment."""
_PATIENCE_SECONDS = 180


class Sandbox(msgspec.Struct, frozen=True, rename="camel"):
    """What it says of itself when it listens."""

    url: str
    client_id: str
    client_secret: str


class _Announcement(msgspec.Struct, frozen=True):
    url: str
    new_api_key: str


@dataclass(frozen=True)
class Service:
    url: str
    api_key: str
    run: str
    """The mark of its processes."""

    def client(self) -> PhoenixScanner:
        """To be closed by the caller."""
        return PhoenixScanner(self.url, api_key=self.api_key)

    def pids(self) -> set[int]:
        return processes.marked(self.run)


@contextmanager
def running_sandbox(*, latency_seconds: float = 0.0) -> Iterator[Sandbox]:
    """Keeps counts only. Raises `CommandFailedError`."""
    command = [PHOENIX_SCAN, "sandbox", "--port", "0", "--json", "--keep", "counts", "--latency", str(latency_seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise CommandFailedError("sandbox", process.wait(_PATIENCE_SECONDS), "it told nothing")
            yield msgspec.json.decode(line, type=Sandbox)
        finally:
            process.terminate()


@contextmanager
def running_service(folder: Path, sandbox: Sandbox, **settings: object) -> Iterator[Service]:
    """A service on a free port of loopback, with ``settings`` by the names of their environment variables in lower case.

    Whatever happens, it is stopped and its folder empty of what it stored. Raises `CommandFailedError`.
    """
    environment = _environment(sandbox) | {name.upper(): str(value) for name, value in settings.items()}
    data = ["--data", str(folder)]
    try:
        said = _run(["up", "--detach", "--json", "--port", "0", *data], environment)
        announced = msgspec.json.decode(said, type=_Announcement)
        running = DataFolder(folder).running()
        assert running is not None, "a healthy service has noted that it runs"
        yield Service(announced.url, announced.new_api_key, running.run)
    finally:
        _run(["down", *data], environment)


def _environment(sandbox: Sandbox) -> dict[str, str]:
    """The user's own without what would make it another service: settings, a cluster, a data folder."""
    known = {name.upper() for model in (Settings, EdgeSettings) for name in model.model_fields}
    own = {
        name: value
        for name, value in os.environ.items()
        if name.upper() not in known and not name.startswith(("PHOENIX_", "RAY_"))
    }
    return own | {
        "PHOENIX_API_URL": sandbox.url,
        "PHOENIX_CLIENT_ID": sandbox.client_id,
        "PHOENIX_CLIENT_SECRET": sandbox.client_secret,
    }


def _run(arguments: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        [PHOENIX_SCAN, *arguments], env=environment, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False
    )
    if done.returncode:
        raise CommandFailedError(f"phoenix-scan {arguments[0]}", done.returncode, done.stderr)
    return done.stdout
