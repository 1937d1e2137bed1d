"""The embedded service, started and stopped by the command that a user would take."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cluster.settings import Settings
from demo.command import PHOENIX_SCAN
from demo.errors import CommandError, LeftRunningError
from scanner.phoenix.sandbox.server import SandboxServer
from serve_app.edge_settings import EdgeSettings
from serve_app.embedded import processes
from serve_app.embedded.data_folder import DataFolder

_PATIENCE_SECONDS = 180
"""On a machine that does much else."""


class Announcement(msgspec.Struct, frozen=True):
    """What the demo needs of the one that ``up --json`` prints."""

    url: str
    new_api_key: str


@dataclass(frozen=True)
class Service:
    url: str
    api_key: str
    run: str
    """The mark of its processes."""

    @property
    def client_environment(self) -> dict[str, str]:
        return os.environ | {"PHOENIX_SCANNER_API_URL": self.url, "PHOENIX_SCANNER_API_KEY": self.api_key}


@contextmanager
def running_service(data: Path, sandbox: SandboxServer) -> Iterator[Service]:
    """A service on a free port of loopback that imports into the sandbox; whatever happens, it is stopped.

    Raises `CommandError` where it does not start or stop, `LeftRunningError` where something of it outlives it.
    """
    environment = _environment(sandbox)
    place = ["--data", str(data)]
    try:
        said = _run(["up", "--detach", "--json", "--port", str(_free_port()), *place], environment)
        announced = msgspec.json.decode(said, type=Announcement)
        running = DataFolder(data).running()
        assert running is not None, "a healthy service has noted that it runs"
        yield Service(announced.url, announced.new_api_key, running.run)
    finally:
        _run(["down", *place], environment)
    if left := processes.marked(running.run):
        raise LeftRunningError(sorted(left))


def _environment(sandbox: SandboxServer) -> dict[str, str]:
    """The user's own without what would make it another service: settings, a cluster, a data folder."""
    settings = {name.upper() for model in (Settings, EdgeSettings) for name in model.model_fields}
    own = {
        name: value
        for name, value in os.environ.items()
        if name.upper() not in settings and not name.startswith(("PHOENIX_", "RAY_"))
    }
    return own | {
        "PHOENIX_API_URL": sandbox.url,
        "PHOENIX_CLIENT_ID": sandbox.client_id,
        "PHOENIX_CLIENT_SECRET": sandbox.client_secret,
    }


def _run(arguments: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(  # noqa: S603  ourselves
        [PHOENIX_SCAN, *arguments], env=environment, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False
    )
    if done.returncode:
        raise CommandError(arguments[0], done.returncode, done.stderr)
    return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
