"""``/ws/{job_id}`` and ``/ws/bulks/{bulk_id}``: who may watch, and the watching."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Query, WebSocket
from starlette.websockets import WebSocketDisconnect

from jobs_store.errors import AmbiguousIdError, BulkNotFoundError, JobNotFoundError, StoreError
from serve_app.auditing import record_refusal
from serve_app.auth import ANYBODY, Caller, WiringDep, authenticate, presented_key
from serve_app.bulk_following import WatchedBulk
from serve_app.errors import CrossSiteError, IssuerUnavailableError, MissingKeyError, WrongKeyError
from serve_app.following import WatchedJob
from serve_app.watching import POLICY_VIOLATION, TRY_AGAIN_LATER, Watched, watch
from serve_app.wiring import Wiring

router = APIRouter()


@router.websocket("/ws/{job_id}")
async def job_socket(
    socket: WebSocket,
    job_id: str,
    wiring: WiringDep,
    token: Annotated[str, Query()] = "",
    after: Annotated[str, Query()] = "0",
) -> None:
    async def find(caller: Caller) -> WatchedJob:
        jobs = wiring.database.jobs
        look = jobs.get if caller is ANYBODY else jobs.find  # without a key the whole id is what opens it
        return WatchedJob(wiring, await look(job_id, tenant=caller.tenant))

    await _carry(socket, wiring, job_id, find, token, after)


@router.websocket("/ws/bulks/{bulk_id}")
async def bulk_socket(
    socket: WebSocket,
    bulk_id: str,
    wiring: WiringDep,
    token: Annotated[str, Query()] = "",
    after: Annotated[str, Query()] = "0",
) -> None:
    async def find(caller: Caller) -> WatchedBulk:
        bulks = wiring.database.bulks
        look = bulks.get if caller is ANYBODY else bulks.find  # without a key the whole id is what opens it
        return WatchedBulk(wiring, await look(bulk_id, tenant=caller.tenant))

    await _carry(socket, wiring, bulk_id, find, token, after)


async def _carry(
    socket: WebSocket, wiring: Wiring, subject: str, find: Callable[[Caller], Awaitable[Watched]], token: str, after: str
) -> None:
    """Accepted before anything is judged: a browser is told the closing code of an accepted socket only."""
    await socket.accept()
    try:
        caller = await _watcher(socket, wiring, subject, token)
        watched = await find(caller)
        await watch(socket, watched, after=int(after) if after.isascii() and after.isdecimal() and len(after) < 16 else 0)
    except (MissingKeyError, WrongKeyError, CrossSiteError, JobNotFoundError, BulkNotFoundError, AmbiguousIdError) as refusal:
        if isinstance(refusal, WrongKeyError):
            await record_refusal(wiring, socket)
        await socket.close(POLICY_VIOLATION, str(refusal)[:120])  # a close frame has room for 123 bytes
    except (StoreError, IssuerUnavailableError):
        await socket.close(TRY_AGAIN_LATER, "try again later")
    except WebSocketDisconnect:
        return


async def _watcher(socket: WebSocket, wiring: Wiring, subject: str, token: str) -> Caller:
    """A token of the job or bulk opens it; else a key is asked for, unless the settings let anybody watch."""
    if token and wiring.tokens.opens(token, subject, wiring.now()):
        return ANYBODY
    if wiring.settings.websocket_anonymous and not presented_key(socket):
        return ANYBODY
    return await authenticate(socket, wiring)
