"""Storage and blocks as a runner gets them: what belongs to its order, asked for by messages."""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from cluster.sealed.granted import Granted
from cluster.sealed.messages import Begin, Done, End, Get, Locate, NextBlock, Put, ReadDone, Reply, Write
from jobs_store.errors import ObjectNotFoundError
from jobs_store.storage import ObjectStorage, ObjectWriter
from scanner.regrouping import Blocks

STORED_AT_ONCE = 8
_BYTES_AT_ONCE = 16_000_000
"""Objects on their way to storage: each waits for a disk or a network most of the time."""


class Serving:
    """For one order: enter it as a context; on leaving it nothing is on its way any more, and what is not whole is forgotten.

    ``inputs`` is a folder from which the runner may read.
    """

    def __init__(
        self,
        granted: Granted,
        storage: ObjectStorage,
        blocks: Blocks,
        inputs: Path,
        storing: ThreadPoolExecutor,
    ) -> None:
        self._granted, self._storage, self._blocks, self._inputs, self._storing = granted, storage, blocks, inputs, storing
        self._leaving: deque[tuple[Future[None], int]] = deque()
        self._writer: ObjectWriter | None = None
        self._coming: Iterator[Any] = iter(())
        self._copied = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._abandon()
        for leaving, _ in self._leaving:
            leaving.exception()

    def answer(self, said: Any, payload: bytearray) -> tuple[Reply, bytes | memoryview] | None:
        """None where none is wanted. Raises what the storage raises, and DecodeError for what makes no sense."""
        match said:
            case Get():
                return self._get(said)
            case Locate():
                return self._locate(said)
            case Put():
                self._put(self._granted.writable(said.key), bytes(payload))
            case Begin():
                self._abandon()
                self._writer = self._storage.writer(self._granted.writable(said.key)).__enter__()
            case Write():
                self._open_writer.write(bytes(payload))
            case End():
                if said.commit:
                    self._open_writer.commit()
                self._abandon()
                return Reply(), b""
            case NextBlock():
                return self._next_block(first=said.first)
        return None

    def all_blocks(self) -> Sequence[memoryview]:
        return [memoryview(block).cast("B") for block in self._blocks()]

    def put_reports(self) -> dict[str, str]:
        """Each report where the runner may read it, but those that are not there: it is told of them when it asks."""
        found = {}
        for report in self._granted.reports:
            with suppress(ObjectNotFoundError):
                found[report.key] = str(self._input(report.key, self._storage.local_path(report.key)))
        return found

    def finish(self, done: Done) -> None:
        """Everything is durable on return. Raises DecodeError for an answer that no such order has."""
        if isinstance(done, ReadDone):
            self._granted.require(done)
        while self._leaving:
            self._leaving.popleft()[0].result()

    def _get(self, said: Get) -> tuple[Reply, bytes]:
        try:
            return Reply(), self._storage.get(self._granted.readable(said.key), said.start, said.stop)
        except ObjectNotFoundError:
            return Reply(missing=True), b""

    def _locate(self, said: Locate) -> tuple[Reply, bytes]:
        key = self._granted.readable(said.key)
        try:
            path = self._storage.local_path(key)
            if path is None and said.fetch:
                path = self._input(key, path)
        except ObjectNotFoundError:
            return Reply(missing=True), b""
        return Reply(path=None if path is None else str(path)), b""

    def _input(self, key: str, path: Path | None) -> Path:
        """The object where the runner may read it."""
        self._copied += 1
        place = self._inputs / str(self._copied)
        if path is not None:
            try:
                os.link(path, place)
            except OSError:  # another disk, or a file system without
                path = None
        if path is None:
            self._storage.download(key, place)
        return place

    def _next_block(self, *, first: bool) -> tuple[Reply, memoryview]:
        if first:
            self._coming = iter(self._blocks())
        block = next(self._coming, None)
        return (Reply(over=True), memoryview(b"")) if block is None else (Reply(), memoryview(block).cast("B"))

    def _put(self, key: str, data: bytes) -> None:
        while self._leaving and self._is_full(len(data)):
            self._leaving.popleft()[0].result()
        self._leaving.append((self._storing.submit(self._storage.put, key, data), len(data)))

    def _is_full(self, more: int) -> bool:
        return len(self._leaving) == STORED_AT_ONCE or sum(size for _, size in self._leaving) + more > _BYTES_AT_ONCE

    @property
    def _open_writer(self) -> ObjectWriter:
        if self._writer is None:
            raise msgspec.DecodeError("a piece of nothing")
        return self._writer

    def _abandon(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.__exit__(None, None, None)
