"""The embedded service, importing into a sandbox of this process, and nothing of it left behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.service import Sandbox, Service
from benchmarks.service import running_service as running
from demo.errors import LeftRunningError
from scanner.phoenix.sandbox.server import SandboxServer


@contextmanager
def running_service(data: Path, sandbox: SandboxServer) -> Iterator[Service]:
    """Raises `CommandFailedError` where it does not start or stop, `LeftRunningError` where something of it outlives it."""
    with running(data, Sandbox(sandbox.url, sandbox.client_id, sandbox.client_secret)) as service:
        yield service
    if left := service.pids():
        raise LeftRunningError(sorted(left))
