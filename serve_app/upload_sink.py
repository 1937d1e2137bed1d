"""An object that is written while it arrives: in blocks, by threads, measured and hashed on the way."""

import asyncio
import hashlib
from collections.abc import Callable
from types import TracebackType
from typing import Self

import anyio
from anyio.to_thread import run_sync

from jobs_store.storage import ObjectWriter
from serve_app.errors import TooLargeError

BLOCK_BYTES = 1 << 20


class UploadSink:
    """Leaving the ``async with`` without `commit` leaves no object, whatever the reason. Memory: about three blocks, since one
    is stored while the next arrives.

    What fits into one block is stored by `commit` alone, in one step. ``what`` is the name of the object in the message for one
    that is larger than ``max_bytes``.
    """

    def __init__(self, open_writer: Callable[[], ObjectWriter], *, max_bytes: int, what: str = "the report") -> None:
        self._open_writer, self._max_bytes, self._what = open_writer, max_bytes, what
        self._hash = hashlib.sha256()
        self._block = bytearray()
        self.size_bytes = 0
        self._writer: ObjectWriter | None = None
        self._storing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with anyio.CancelScope(shield=True):  # a client that goes away must not leave half an object
            if self._storing is not None:
                await asyncio.gather(self._storing, return_exceptions=True)
            if self._writer is not None:
                await run_sync(self._writer.__exit__, kind, error, traceback)

    async def write(self, piece: bytes) -> None:
        """Raises `TooLargeError` before a byte beyond the limit is stored, and `StorageUnavailableError`."""
        self.size_bytes += len(piece)
        if self.size_bytes > self._max_bytes:
            raise TooLargeError(self._what, self._max_bytes)
        self._block += piece
        if len(self._block) >= BLOCK_BYTES:
            block, self._block = self._block, bytearray()
            await self._stored()
            self._storing = asyncio.create_task(run_sync(self._store, bytes(block)))

    async def commit(self) -> str:
        """Durable on return; gives back the SHA-256 in hex."""
        await self._stored()
        return await run_sync(self._finish)

    async def _stored(self) -> None:
        """What came before is with the writer. Raises what that raised."""
        if self._storing is not None:
            await self._storing

    def _store(self, block: bytes) -> None:
        if self._writer is None:
            self._writer = self._open_writer()
        self._hash.update(block)
        self._writer.write(block)

    def _finish(self) -> str:
        writer, self._writer = self._writer or self._open_writer(), None
        with writer:
            self._hash.update(self._block)
            writer.write(bytes(self._block))
            writer.commit()
        return self._hash.hexdigest()
