"""One WebSocket: frames out, commands in, and the codes with which it ends."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from typing import Any, Protocol

import msgspec
import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from cluster.errors import ClusterError
from jobs_store.errors import StoreError
from serve_app.watching.frames import FrameType
from serve_app.wiring import Wiring

NORMAL = 1000
POLICY_VIOLATION = 1008
TRY_AGAIN_LATER = 1013
SEND_PATIENCE_SECONDS = 60.0
"""A watcher who takes longer to accept a frame is let go; it resumes with ``?after=``."""
_LONGEST_COMMAND = 1000
_log = structlog.get_logger(__name__)


class TextFrame(Protocol):
    def encode(self) -> str: ...


class Watched(Protocol):
    """A job or a bulk, as frames."""

    @property
    def owner(self) -> str:
        """The tenant whose watchers are counted."""

    def greeting(self) -> TextFrame: ...

    async def status(self) -> TextFrame:
        """As it is now."""

    def bare(self, kind: FrameType) -> TextFrame: ...

    def frames(self, after: int) -> AsyncGenerator[Any, None]:
        """What was after that number and what comes; ends with the last."""


Send = Callable[[TextFrame], Awaitable[None]]


class Command(msgspec.Struct):
    command: str


_decoder = msgspec.json.Decoder(Command)


async def watch(socket: WebSocket, watched: Watched, *, after: int) -> None:
    """Carries an accepted socket to its end: that of what is watched (closed with 1000), the watcher's, or the store's (1013).

    Memory: one frame, and what `cluster.progress.follow` may hold, however slow the watcher is.
    """
    turn = asyncio.Lock()  # frames of what is watched and answers to commands take turns on the socket

    async def send(frame: TextFrame) -> None:
        async with turn:
            await asyncio.wait_for(socket.send_text(frame.encode()), SEND_PATIENCE_SECONDS)

    await send(watched.greeting())
    telling = asyncio.create_task(_tell(watched, after, send))
    obeying = asyncio.create_task(_obey(socket, watched, send))
    try:
        await asyncio.wait({telling, obeying}, return_when=asyncio.FIRST_COMPLETED)
        await _close(socket, telling)
    finally:
        for task in (telling, obeying):
            task.cancel()
        await asyncio.gather(telling, obeying, return_exceptions=True)


async def _close(socket: WebSocket, telling: "asyncio.Task[None]") -> None:
    """The watcher has gone, unless there is an end to tell."""
    if not telling.done():
        return
    match telling.exception():
        case None:
            await socket.close(NORMAL, "it has ended")
        case WebSocketDisconnect() | TimeoutError() | RuntimeError():
            pass  # it cannot be told any more
        case StoreError() | ClusterError() as error:
            _log.warning("watching broke off", error=str(error))
            await socket.close(TRY_AGAIN_LATER, "try again later")
        case error:
            raise error


async def _tell(watched: Watched, after: int, send: Send) -> None:
    async with aclosing(watched.frames(after)) as coming:
        async for frame in coming:
            await send(frame)


async def _obey(socket: WebSocket, watched: Watched, send: Send) -> None:
    """Commands that are not understood are passed over, as the earlier service did; binary frames are none either."""
    while (message := await socket.receive())["type"] != "websocket.disconnect":
        try:
            command = _decoder.decode((message.get("text") or "")[:_LONGEST_COMMAND]).command
        except (msgspec.MsgspecError, RecursionError):
            continue
        match command:
            case "ping":
                await send(watched.bare(FrameType.PONG))
            case "get_status":
                await send(await watched.status())


async def watched_lines(wiring: Wiring, watched: Watched, after: int) -> AsyncGenerator[str, None]:
    """Its frames as JSON lines, to its end. Raises `LimitReachedError` before there is one."""
    counted = AsyncExitStack()
    await counted.enter_async_context(wiring.limiter.watching(await wiring.tenants.get(watched.owner)))

    async def lines() -> AsyncGenerator[str, None]:
        async with counted, aclosing(watched.frames(after)) as frames:
            async for frame in frames:
                yield frame.encode() + "\n"

    return lines()
