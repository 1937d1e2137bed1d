"""``/ws/{job_id}`` and ``/ws/bulks/{bulk_id}``: who may watch, and the watching."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Query, WebSocket
from starlette.websockets import WebSocketDisconnect

from cluster.metering.metrics import WATCHERS
from jobs_store.errors import AmbiguousIdError, BulkNotFoundError, JobNotFoundError, StoreError
from jobs_store.keys import Scope
from jobs_store.reach import EVERYWHERE
from serve_app.access.auditing import record_refusal
from serve_app.access.auth import Caller, WiringDep, authenticate, presented_key, require
from serve_app.errors import CrossSiteError, IssuerUnavailableError, MissingKeyError, NotAllowedError, WrongKeyError
from serve_app.limiting.errors import LimitReachedError
from serve_app.watching.bulk_following import WatchedBulk
from serve_app.watching.following import WatchedJob
from serve_app.watching.sockets import POLICY_VIOLATION, TRY_AGAIN_LATER, Watched, watch
from serve_app.wiring import Wiring

router = APIRouter()
REFUSALS = (
    MissingKeyError,
    WrongKeyError,
    CrossSiteError,
    NotAllowedError,
    JobNotFoundError,
    BulkNotFoundError,
    AmbiguousIdError,
)


@router.websocket("/ws/{job_id}")
async def job_socket(
    socket: WebSocket,
    job_id: str,
    wiring: WiringDep,
    token: Annotated[str, Query()] = "",
    after: Annotated[str, Query()] = "0",
) -> None:
    async def find(caller: Caller | None) -> WatchedJob:
        jobs = wiring.database.jobs
        job = await (jobs.get(EVERYWHERE, job_id) if caller is None else jobs.find(caller.reach, job_id))
        return WatchedJob(wiring, job)

    await _carry(socket, wiring, job_id, find, token, after)


@router.websocket("/ws/bulks/{bulk_id}")
async def bulk_socket(
    socket: WebSocket,
    bulk_id: str,
    wiring: WiringDep,
    token: Annotated[str, Query()] = "",
    after: Annotated[str, Query()] = "0",
) -> None:
    async def find(caller: Caller | None) -> WatchedBulk:
        bulks = wiring.database.bulks
        bulk = await (bulks.get(EVERYWHERE, bulk_id) if caller is None else bulks.find(caller.reach, bulk_id))
        return WatchedBulk(wiring, bulk)

    await _carry(socket, wiring, bulk_id, find, token, after)


async def _carry(
    socket: WebSocket, wiring: Wiring, subject: str, find: Callable[[Caller | None], Awaitable[Watched]], token: str, after: str
) -> None:
    """Accepted before anything is judged: a browser is told the closing code of an accepted socket only."""
    await socket.accept()
    meter = wiring.telemetry.meter
    meter.move(WATCHERS, 1)
    try:
        caller = await _watcher(socket, wiring, subject, token)
        watched = await find(caller)
        number = int(after) if after.isascii() and after.isdecimal() and len(after) < 16 else 0
        async with wiring.limiter.watching(await wiring.tenants.get(watched.owner)):
            await watch(socket, watched, after=number)
    except REFUSALS as refusal:
        if isinstance(refusal, WrongKeyError):
            await record_refusal(wiring, socket)
        await socket.close(POLICY_VIOLATION, str(refusal)[:120])  # a close frame has room for 123 bytes
    except LimitReachedError as reached:
        await socket.close(TRY_AGAIN_LATER, str(reached)[:120])
    except (StoreError, IssuerUnavailableError):
        await socket.close(TRY_AGAIN_LATER, "try again later")
    except WebSocketDisconnect:
        return
    finally:
        meter.move(WATCHERS, -1)


async def _watcher(socket: WebSocket, wiring: Wiring, subject: str, token: str) -> Caller | None:
    """None for who needs no key: a token of the job or bulk opens it, and its whole id where the settings let anybody watch."""
    if token and wiring.tokens.opens(token, subject, wiring.now()):
        return None
    if not presented_key(socket) and (wiring.settings.websocket_anonymous or not wiring.settings.enable_auth):
        return None
    return require(await authenticate(socket, wiring), Scope.READ, Scope.SUBMIT, Scope.ADMIN)
