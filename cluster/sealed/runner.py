"""The process that reads reports: of one job, or the short ones of one tenant."""

import mmap
import os
import pickle
import resource
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from cluster import work
from cluster.report import Report
from cluster.sealed import failures
from cluster.sealed.channel import Channel, Patience, write_shared
from cluster.sealed.confinement import confine, end_with_parent
from cluster.sealed.messages import (
    Begin,
    Done,
    End,
    Get,
    Locate,
    NextBlock,
    Order,
    PlanDone,
    PlanPartition,
    Put,
    ReadAnswer,
    ReadDone,
    ReadReports,
    Reply,
    Said,
    Start,
    TranslateDone,
    TranslateShard,
    Write,
    decode_reply,
    encode,
)
from jobs_store.errors import ObjectNotFoundError
from scanner.regrouping import Blocks

_FOREVER = Patience()


def run(end: socket.socket, shared: int, start: Start, scratch: str) -> NoReturn:
    """Confines this process, then carries out orders until nobody gives any more."""
    end_with_parent(signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_DATA, (start.memory_bytes, start.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    confine([*code_folders(), *start.readable], scratch)
    workshop = Workshop(Channel(end), shared)
    while True:
        workshop.carry_out()


def code_folders() -> list[str]:
    """Where modules come from when they are needed, and what they read of the system."""
    mappings = os.environ.get("MAPPINGS_DIR")
    imported = [place for place in sys.path if place]
    system = ["/usr/lib", "/lib", "/lib64", "/usr/share/zoneinfo", "/etc/localtime", "/dev/null"]
    return [*imported, sys.prefix, sys.base_prefix, *system, *([mappings] if mappings else [])]


class Workshop:
    """Whoever gives the orders, as seen from here: storage, blocks, and where answers go."""

    def __init__(self, channel: Channel, shared: int) -> None:
        self._channel, self._shared = channel, shared
        self._speaking = threading.Lock()
        """Bodies are stored from several threads."""

    def carry_out(self) -> None:
        """The next order. Whatever becomes of it is told."""
        order, _ = self._channel.receive(patience=_FOREVER)
        done: Done
        try:
            done, parts = _done(pickle.loads(order), self)  # noqa: S301  from the workshop
            write_shared(self._shared, parts)
        except Exception as error:  # noqa: BLE001 - the edge of a task
            done = failures.sent(error)
        with self._speaking:
            self._channel.send(encode(done), patience=_FOREVER)

    def tell(self, said: Said, payload: bytes | memoryview = b"") -> None:
        with self._speaking:
            self._channel.send(encode(said), payload, patience=_FOREVER)

    def ask(self, said: Said, key: str = "") -> tuple[Reply, bytearray]:
        """Raises `ObjectNotFoundError`."""
        with self._speaking:
            self._channel.send(encode(said), patience=_FOREVER)
            message, payload = self._channel.receive(patience=_FOREVER)
        reply = decode_reply(message)
        if reply.missing:
            raise ObjectNotFoundError(key)
        return reply, payload

    def mapped_blocks(self, sizes: Sequence[int]) -> list[memoryview]:
        """Those in the shared memory."""
        if not sum(sizes):
            return [memoryview(b"") for _ in sizes]
        whole = memoryview(mmap.mmap(self._shared, sum(sizes), access=mmap.ACCESS_READ))
        return [whole[end - size : end] for size, end in zip(sizes, accumulate(sizes), strict=True)]

    def asked_blocks(self) -> Iterator[bytearray]:
        """A partition's blocks, from the first, one at a time."""
        first = True
        while True:
            reply, block = self.ask(NextBlock(first))
            if reply.over:
                return
            yield block
            first = False


def _done(order: Order, workshop: Workshop) -> tuple[Done, list[bytes]]:
    paths = order.paths if isinstance(order, ReadReports) else None
    storage: Any = AskedStorage(workshop, paths or {})
    match order:
        case ReadReports():
            alone = order.may_be_long
            return ReadDone([_read(report, uncut, storage, is_alone=alone) for report, uncut in order.orders]), []
        case TranslateShard():
            counts, tally, blocks = work.translate_shard(order.report, order.shard, order.partitions, storage)
            return TranslateDone(counts, tally, [*map(len, blocks)]), blocks
        case PlanPartition():
            blocks_of: Blocks = workshop.asked_blocks
            if order.sizes is not None:
                mapped = workshop.mapped_blocks(order.sizes)
                blocks_of = partial(iter, mapped)
            return PlanDone(work.plan_partition(order.report, order.number, blocks_of, storage, order.share)), []


def _read(report: Report, uncut: bool, storage: Any, *, is_alone: bool) -> ReadAnswer:
    try:
        return ReadAnswer(work.read_report(report, storage, uncut=uncut) if is_alone else work.read_short(report, storage))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - the edge of a task: the others of the group are read all the same
        return ReadAnswer(unread=failures.told(error))


class AskedStorage:
    """What reading needs of an `ObjectStorage`; the workshop has it, and gives what belongs to the job."""

    def __init__(self, workshop: Workshop, paths: Mapping[str, str]) -> None:
        self._workshop, self._paths = workshop, paths

    def get(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
        return bytes(self._workshop.ask(Get(key, start, stop), key)[1])

    def put(self, key: str, data: bytes) -> None:
        """Durable when the order is done, and an order is not done whose objects are not."""
        self._workshop.tell(Put(key), data)

    def writer(self, key: str) -> "AskedWriter":
        return AskedWriter(key, self._workshop)

    def local_path(self, key: str) -> Path | None:
        if known := self._paths.get(key):
            return Path(known)
        path = self._workshop.ask(Locate(key, fetch=False), key)[0].path
        return None if path is None else Path(path)

    def download(self, key: str, path: Path) -> None:
        found = self._workshop.ask(Locate(key, fetch=True), key)[0].path
        assert found is not None
        path.symlink_to(found)


class AskedWriter:
    """One object in pieces."""

    def __init__(self, key: str, workshop: Workshop) -> None:
        self._workshop = workshop
        self._is_open = True
        workshop.tell(Begin(key))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._is_open:
            self._end(commit=False)

    def write(self, data: bytes) -> None:
        self._workshop.tell(Write(), data)

    def commit(self) -> None:
        self._end(commit=True)

    def _end(self, *, commit: bool) -> None:
        self._is_open = False
        self._workshop.ask(End(commit))
