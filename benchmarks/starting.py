"""Starting ``phoenix-scan``: its commands and the embedded service, of this checkout or of another one beside it.

Processor time is that of a command with all the processes that it has waited for; of a service that of all its processes
that live, and of those that they have waited for. Memory is PSS: what processes share counts once.
"""

import json
import os
import resource
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.errors import CommandFailedError
from serve_app.embedded.processes import marked

_TICKS = os.sysconf("SC_CLK_TCK")
_IDLE_SECONDS = 8


@dataclass(frozen=True)
class Process:
    title: str
    pss_bytes: int
    seconds: float


@dataclass(frozen=True)
class Started:
    """A service that has become healthy and then had nothing to do."""

    healthy_seconds: float
    """By the clock."""
    processor_seconds: float
    """Until then."""
    processes: list[Process]
    """Some seconds later."""

    @property
    def pss_bytes(self) -> int:
        return sum(process.pss_bytes for process in self.processes)


class Checkout:
    """A folder of the project with its environment in ``.venv``; its own modules are compiled once, in ``scratch``."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        self._command = str(folder.resolve() / ".venv/bin/phoenix-scan")
        self._scratch = scratch
        own = {name: value for name, value in os.environ.items() if not name.startswith(("PHOENIX_", "RAY_", "PYTHON"))}
        self._environment = own | {"PYTHONPYCACHEPREFIX": str(scratch / "compiled")}

    def processor_seconds(self, *arguments: str, **environment: str) -> float:
        """Of one command. Raises `CommandFailedError`."""
        before = _waited_for()
        self._run(*arguments, **environment)
        return _waited_for() - before

    def start(self, **environment: str) -> Started:
        """Starts the service on a data folder of its own, looks at it, and ends it. Raises `CommandFailedError`."""
        data = ("--data", str(self._scratch / "data"))
        began, before = time.monotonic(), _waited_for()
        try:
            self._run("up", "--detach", "--port", "0", *data, **environment)
            healthy, command = time.monotonic() - began, _waited_for() - before
            noted = json.loads((self._scratch / "data/service.json").read_bytes())
            processor = command + sum(process.seconds for process in living(noted["run"], noted["pid"]))
            time.sleep(_IDLE_SECONDS)
            return Started(healthy, processor, living(noted["run"], noted["pid"]))
        finally:
            self._run("down", *data, **environment)

    def _run(self, *arguments: str, **environment: str) -> None:
        done = subprocess.run(
            [self._command, *arguments],
            env=self._environment | environment,
            cwd=self._scratch,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CommandFailedError(f"phoenix-scan {arguments[0]}", done.returncode, done.stderr)


def living(run: str, first: int) -> list[Process]:
    """The first process of a run, all that it has started, and those that carry its mark, the largest first."""
    pids = marked(run) | {first} | {child.pid for child in psutil.Process(first).children(recursive=True)}
    found = []
    for pid in pids:
        with suppress(OSError):  # ended meanwhile
            found.append(_look(Path(f"/proc/{pid}")))
    return sorted(found, key=lambda process: -process.pss_bytes)


def _look(folder: Path) -> Process:
    words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").split()
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    lines: Mapping[str, str] = dict(line.split(":", 1) for line in (folder / "smaps_rollup").read_text().splitlines()[1:])
    seconds = sum(map(int, fields[11:15])) / _TICKS
    return Process(" ".join(words)[:100], 1024 * int(lines["Pss"].split()[0]), seconds)


def _waited_for() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
