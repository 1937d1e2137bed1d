"""The processes of one run, known by a mark in their environment that every child inherits: ours, and no others."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

MARK = "PHOENIX_SCANNER_RUN"
_HEAD = ("gcs_server", "raylet")
_LOOK_SECONDS = 1.0
_PROC = Path("/proc")
_LISTING = ("/bin/ps", "axeww", "-o", "pid=,command=")


def marked(run: str) -> set[int]:
    """Living processes that carry the mark, without this one."""
    found = _marked_in_proc(f"{MARK}={run}") if _PROC.is_dir() else _marked_in_listing(f"{MARK}={run}")
    return found - {os.getpid()}


def end(run: str, *, patience_seconds: float, sleep: Callable[[float], None] = time.sleep) -> int:
    """Asks all of a run to end, kills what is left after a while, and comes back when none is there; says how many were."""
    ended = marked(run)
    for sign, seconds in ((signal.SIGTERM, patience_seconds), (signal.SIGKILL, 5.0)):
        left = marked(run)
        told: set[int] = set()
        until = time.monotonic() + seconds
        while left:
            for pid in left - told:  # a process may have started another while it was told to end
                _signal(pid, sign)
            told |= left
            if time.monotonic() >= until:
                break
            sleep(0.05)
            left = marked(run) | {pid for pid in left if _has_threads(pid)}
        if not left:
            break
    return len(ended)


def _signal(pid: int, sign: signal.Signals) -> None:
    try:
        os.kill(pid, sign)
    except (ProcessLookupError, PermissionError):
        return  # it has ended; its number may be another's already


def _has_threads(pid: int) -> bool:
    """Whether another thread than the first is left: what it is about to write comes after that one's environment has gone."""
    try:
        return len(os.listdir(_PROC / str(pid) / "task")) > 1
    except OSError:
        return False


def _marked_in_proc(entry: str) -> set[int]:
    found = set()
    for folder in _PROC.iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:  # ended meanwhile, or another user's
            continue
        if entry.encode() in environment.split(b"\0"):
            found.add(int(folder.name))
    return found


def _marked_in_listing(entry: str) -> set[int]:
    """Where there is no /proc: macOS shows the environment of the user's own processes."""
    listing = subprocess.run(_LISTING, capture_output=True, text=True, check=True).stdout  # noqa: S603  # fixed arguments
    lines = (line.split() for line in listing.splitlines())
    return {int(words[0]) for words in lines if entry in words[1:]}


def head_processes() -> list[psutil.Process]:
    """Of the local cluster, those that Ray does not restart: children of the process that has started it."""
    return [child for child in psutil.Process().children() if _is_head(child)]


def lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _is_head(process: psutil.Process) -> bool:
    try:
        return process.name() in _HEAD
    except psutil.NoSuchProcess:
        return False


def wait_while_live(needed: Sequence[psutil.Process], *, sleep: Callable[[float], None] = time.sleep) -> None:
    """As long as each of them does."""
    while all(map(lives, needed)):
        sleep(_LOOK_SECONDS)
