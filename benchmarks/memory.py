"""Memory of processes while something happens, from Linux's ``/proc``: cheap enough to look often."""

import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

_LOOK_SECONDS = 0.1
_FIND_SECONDS = 1.0
"""How often new processes are looked for: that means a look at every process of the machine."""
_FIELDS = re.compile(r"^(Name|RssAnon|RssShmem):\s+(\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Memory:
    """Without mapped files, whose pages the system takes back whenever it needs them."""

    private_bytes: int
    shared_bytes: int
    """Of Ray's object store, which several processes have at once: not to be added up."""


def memory_of(pid: int) -> Memory:
    """Raises OSError where the process has ended."""
    found = dict(_FIELDS.findall(Path(f"/proc/{pid}/status").read_text()))
    return Memory(1024 * int(found.get("RssAnon", 0)), 1024 * int(found.get("RssShmem", 0)))


def name_of(pid: int) -> str:
    """What it calls itself, as Ray's processes do; else the program."""
    words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").split()
    return " ".join(words[:2])[:60]


class MemoryWatch:
    """Looks at processes ten times a second, in a thread, from entering the block to its end.

    Read it after the block. ``pids`` is asked every second: processes come and go.
    """

    def __init__(self, pids: Callable[[], Iterable[int]]) -> None:
        self._find = pids
        self._pids: set[int] = set()
        self._found_at = float("-inf")
        self._over = Event()
        self._thread = Thread(target=self._look, name="memory watch", daemon=True)
        self._names: dict[int, str] = {}
        self._first: dict[int, int] = {}
        self._most: defaultdict[int, int] = defaultdict(int)
        self.peak_private_bytes = 0
        """Of all processes together."""
        self.peak_shared_bytes = 0
        """Of the process that has most of the object store before it."""

    def __enter__(self) -> Self:
        self._sample()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    @property
    def largest(self) -> tuple[str, int]:
        """The process that had most of its own at any time, and how many bytes."""
        pid = max(self._most, key=lambda one: self._most[one])
        return self._names[pid], self._most[pid]

    @property
    def most_grown(self) -> tuple[str, int]:
        """The process that came to have most beyond what it first had, and how many bytes."""
        growth = {pid: most - self._first[pid] for pid, most in self._most.items()}
        pid = max(growth, key=lambda one: growth[one])
        return self._names[pid], growth[pid]

    def _look(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            self._sample()

    def _sample(self) -> None:
        if time.monotonic() - self._found_at > _FIND_SECONDS:
            self._pids, self._found_at = set(self._find()), time.monotonic()
        total = 0
        for pid in self._pids:
            with suppress(OSError):
                memory = memory_of(pid)
                self._first.setdefault(pid, memory.private_bytes)
                if memory.private_bytes > self._most[pid]:  # Ray's workers are called by what they do at the moment
                    self._most[pid], self._names[pid] = memory.private_bytes, name_of(pid)
                self.peak_shared_bytes = max(self.peak_shared_bytes, memory.shared_bytes)
                total += memory.private_bytes
        self.peak_private_bytes = max(self.peak_private_bytes, total)


class PeakOf:
    """The most private memory that a process has had since it was last asked for; looks every few milliseconds."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0
        self._over = Event()
        self._thread = Thread(target=self._look, name="peak", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def take(self) -> int:
        peak, self._peak = max(self._peak, memory_of(self._pid).private_bytes), 0
        return peak

    def _look(self) -> None:
        while not self._over.wait(0.005):
            self._peak = max(self._peak, memory_of(self._pid).private_bytes)
