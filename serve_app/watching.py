"""One WebSocket: frames out, commands in, and the codes with which it ends."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import msgspec
import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from cluster.errors import ClusterError
from jobs_store.errors import StoreError
from jobs_store.records import Job
from serve_app import frames
from serve_app.following import job_frames
from serve_app.frames import Frame, FrameType
from serve_app.wiring import Wiring

NORMAL = 1000
POLICY_VIOLATION = 1008
TRY_AGAIN_LATER = 1013
SEND_PATIENCE_SECONDS = 60.0
"""A watcher who takes longer to accept a frame is let go; it resumes with ``?after=``."""
_LONGEST_COMMAND = 1000
_log = structlog.get_logger(__name__)

Send = Callable[[Frame], Awaitable[None]]


class Command(msgspec.Struct):
    command: str


_decoder = msgspec.json.Decoder(Command)


async def watch(socket: WebSocket, wiring: Wiring, job: Job, *, after: int) -> None:
    """Carries an accepted socket to its end: the job's (closed with 1000), the watcher's, or the store's (1013).

    Memory: one frame, and what `cluster.progress.follow` may hold, however slow the watcher is.
    """
    turn = asyncio.Lock()  # frames of the job and answers to commands take turns on the socket

    async def send(frame: Frame) -> None:
        async with turn:
            await asyncio.wait_for(socket.send_text(frame.encode()), SEND_PATIENCE_SECONDS)

    await send(frames.connected(job, wiring.now()))
    telling = asyncio.create_task(_tell(wiring, job.job_id, after, send))
    obeying = asyncio.create_task(_obey(socket, wiring, job.job_id, send))
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
            await socket.close(NORMAL, "the job has ended")
        case WebSocketDisconnect() | TimeoutError() | RuntimeError():
            pass  # it cannot be told any more
        case StoreError() | ClusterError() as error:
            _log.warning("watching broke off", error=str(error))
            await socket.close(TRY_AGAIN_LATER, "try again later")
        case error:
            raise error


async def _tell(wiring: Wiring, job_id: str, after: int, send: Send) -> None:
    async with aclosing(job_frames(wiring, job_id, after=after)) as coming:
        async for frame in coming:
            await send(frame)


async def _obey(socket: WebSocket, wiring: Wiring, job_id: str, send: Send) -> None:
    """Commands that are not understood are passed over, as the earlier service did."""
    async for text in socket.iter_text():
        try:
            command = _decoder.decode(text[:_LONGEST_COMMAND]).command
        except msgspec.MsgspecError:
            continue
        match command:
            case "ping":
                await send(frames.bare(FrameType.PONG, job_id, wiring.now()))
            case "get_status":
                await send(frames.status(await wiring.database.jobs.get(job_id), wiring.now()))
