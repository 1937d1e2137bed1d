"""An object that is written while it arrives: in blocks, by threads, measured and hashed on the way."""

import asyncio
import hashlib
from collections.abc import Callable
from concurrent.futures import Executor
from types import TracebackType
from typing import Any, Self

import anyio

from jobs_store.storage import ObjectWriter
from serve_app.errors import TooLargeError

BLOCK_BYTES = 1 << 20


class UploadSink:
    """Leaving the ``async with`` without `commit` leaves no object, whatever the reason. Memory: about three blocks, since one
    is stored while the next arrives.

    What fits into one block is stored by `commit` alone, in one step. ``what`` is the name of the object in the message for one
    that is larger than ``max_bytes``. Of ``threads`` it needs one at a time.
    """

    def __init__(
        self, open_writer: Callable[[], ObjectWriter], threads: Executor, *, max_bytes: int, what: str = "the report"
    ) -> None:
        self._open_writer, self._threads, self._max_bytes, self._what = open_writer, threads, max_bytes, what
        self._hash = hashlib.sha256()
        self._pieces: list[bytes] = []
        self._waiting_bytes = self.size_bytes = 0
        self._writer: ObjectWriter | None = None
        self._storing: asyncio.Future[Any] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await _to_its_end(asyncio.ensure_future(self._close(kind, error, traceback)))

    async def _close(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._storing is not None:
            await asyncio.gather(self._storing, return_exceptions=True)
        if self._writer is not None:
            await self._in_thread(self._writer.__exit__, kind, error, traceback)

    async def write(self, piece: bytes) -> None:
        """Raises `TooLargeError` before a byte beyond the limit is stored, and `StorageUnavailableError`."""
        self.size_bytes += len(piece)
        if self.size_bytes > self._max_bytes:
            raise TooLargeError(self._what, self._max_bytes)
        self._pieces.append(piece)
        self._waiting_bytes += len(piece)
        if self._waiting_bytes >= BLOCK_BYTES:
            await self._stored()
            self._storing = self._in_thread(self._store, self._take_pieces())

    async def commit(self) -> str:
        """Durable on return; gives back the SHA-256 in hex."""
        await self._stored()
        self._storing = self._in_thread(self._finish, self._take_pieces())
        sha256: str = await self._stored()
        return sha256

    async def _stored(self) -> Any:
        """What came before is with the writer. Raises what that raised. The thread goes on when its waiter is cancelled."""
        return None if self._storing is None else await asyncio.shield(self._storing)

    def _in_thread(self, call: Callable[..., Any], *arguments: Any) -> asyncio.Future[Any]:
        return asyncio.get_running_loop().run_in_executor(self._threads, call, *arguments)

    def _take_pieces(self) -> list[bytes]:
        pieces, self._pieces, self._waiting_bytes = self._pieces, [], 0
        return pieces

    def _store(self, pieces: list[bytes]) -> None:
        if self._writer is None:
            self._writer = self._open_writer()
        self._write(self._writer, pieces)

    def _finish(self, pieces: list[bytes]) -> str:
        writer, self._writer = self._writer or self._open_writer(), None
        with writer:
            self._write(writer, pieces)
            writer.commit()
        return self._hash.hexdigest()

    def _write(self, writer: ObjectWriter, pieces: list[bytes]) -> None:
        block = b"".join(pieces)
        self._hash.update(block)
        writer.write(block)


async def _to_its_end(closing: asyncio.Future[None]) -> None:
    """A client that goes away must not leave half an object.

    Ray Serve cancels its request a moment after the application was told of it, in the middle of closing: by ``Task.cancel``,
    against which the shield of anyio, for its own scopes, does nothing.
    """
    cancelled: asyncio.CancelledError | None = None
    with anyio.CancelScope(shield=True):
        while not closing.done():
            try:
                await asyncio.shield(closing)
            except asyncio.CancelledError as error:
                cancelled = error
    if cancelled is not None:
        raise cancelled
