"""A nursery whose runners do, for reports of some names, what a report that takes them over might have them do."""

import ctypes
import hashlib
import itertools
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cluster import work
from cluster.report import Report, StoredShard
from cluster.sealed import nursery
from scanner.collecting import Counts
from scanner.errors import MalformedReportError


def eat(_report: Report, _storage: Any) -> None:
    held = []
    while True:
        held.append(bytearray(1 << 20))


def crash(_report: Report, _storage: Any) -> None:
    ctypes.string_at(0)


def loop(_report: Report, _storage: Any) -> None:
    sum(itertools.repeat(1))


def loop_natively(_report: Report, _storage: Any) -> None:
    hashlib.pbkdf2_hmac("sha256", b"harmless", b"salt", 2_000_000_000)


def leave(_report: Report, _storage: Any) -> None:
    """Threads that go on, and files; then an endless loop."""
    for _ in range(3):
        threading.Thread(target=sum, args=(itertools.repeat(1),), daemon=True).start()
    Path(os.environ["TMPDIR"], "left").write_text("something")
    sum(itertools.repeat(1))


def look(report: Report, storage: Any) -> None:
    """Tells everything that it can see and do, as the reason why the report cannot be read."""
    wanted = json.loads(storage.get(report.key))
    told: dict[str, object] = {"environment": sorted(os.environ)}
    attempts: dict[str, Callable[[], object]] = {
        **{f"open {path}": lambda path=path: Path(path).read_bytes() for path in wanted["files"]},
        "list": lambda: os.listdir(wanted["folder"]),
        "write": lambda: Path(wanted["folder"], "new").write_text("x"),
        "connect": lambda: socket.create_connection(("127.0.0.1", wanted["port"])),
        "unix socket": lambda: socket.socket(socket.AF_UNIX),
        "fork": os.fork,
        "execute": lambda: os.execv("/bin/true", ["true"]),
        "kill": lambda: os.kill(wanted["parent"], 0),
        "more memory": lambda: __import__("resource").setrlimit(__import__("resource").RLIMIT_DATA, (-1, -1)),
        "scratch": lambda: Path(os.environ["TMPDIR"], "mine").write_text("x"),
        "module": lambda: __import__("this_module_is_nowhere"),
        "another's object": lambda: storage.get("received/other"),
    }
    for name in wanted["attempts"]:
        try:
            attempts[name]()
            told[name] = "done"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            told[name] = type(error).__name__
    raise MalformedReportError(json.dumps(told))


def read_another(_report: Report, storage: Any) -> None:
    storage.get("received/other")


def write_another(_report: Report, storage: Any) -> None:
    storage.put("jobs/other/batches/1", b"forged")


def write_above(report: Report, storage: Any) -> None:
    storage.put(f"jobs/{report.job_id}/batches/../../other", b"forged")


def write_key(report: Report, storage: Any) -> None:
    storage.put(f"jobs/{report.job_id}/anonymizer-key", b"forged")


def forge(_report: Report, _storage: Any) -> work.Read:
    shard = StoredShard("received/other", "other", b"", 0, "generic")
    return work.Read("generic", Counts(), shards=(shard,), partitions=1)


def write_wrongly(_report: Report, storage: Any) -> None:
    writer = storage.writer(f"jobs/{_report.job_id}/documents/0")
    writer.write(b"half")
    raise MalformedReportError("broken off")


def tell_nonsense(_report: Report, storage: Any) -> None:
    storage._workshop._channel._end.sendall(b"\x03\0\0\0\0\0\0\0\0\0\0\0\x93\x01\x02")
    signal.pause()


def tell_pid(_report: Report, _storage: Any) -> None:
    raise MalformedReportError(str(os.getpid()))


ODD = {function.__name__.replace("_", "-"): function for function in (
    eat, crash, loop, loop_natively, leave, look, read_another, write_another, write_above, write_key, forge,
    write_wrongly, tell_nonsense, tell_pid,
)}  # fmt: skip


def instead_of(usual: Callable[..., Any]) -> Callable[..., Any]:
    def read(report: Report, storage: Any, **options: Any) -> Any:
        odd = ODD.get(report.filename)
        return odd(report, storage) if odd is not None else usual(report, storage, **options)

    return read


if __name__ == "__main__":
    work.read_report = instead_of(work.read_report)
    work.read_short = instead_of(work.read_short)
    sys.argv[1:] = sys.argv[-1:]
    nursery.main()
