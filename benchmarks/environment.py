"""Where and on what a run was made: figures mean nothing without it."""

import os
import platform
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True)
class Environment:
    time: str
    commit: str
    """Of the working tree; with ``+`` where it was changed since."""
    processor: str
    cpus: int
    memory_gb: float
    load: float
    """Of the last minute before the run: above a few tenths others were at work on the machine, and figures may be theirs."""
    python: str
    ray: str


def environment() -> Environment:
    return Environment(
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        commit=_commit(),
        processor=_processor(),
        cpus=os.cpu_count() or 1,
        memory_gb=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        load=round(os.getloadavg()[0], 2),
        python=platform.python_version(),
        ray=version("ray"),
    )


def _commit() -> str:
    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], capture_output=True, text=True, check=False).stdout.strip()

    return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain", "--untracked-files=no") else "")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()
