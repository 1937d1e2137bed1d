"""``/ws/{job_id}``: who may watch, and the watching."""

from typing import Annotated

from fastapi import APIRouter, Query, WebSocket
from starlette.websockets import WebSocketDisconnect

from jobs_store.errors import JobNotFoundError, StoreError
from serve_app.auth import ANYBODY, Caller, WiringDep, authenticate, presented_key
from serve_app.errors import MissingKeyError, WrongKeyError
from serve_app.tokens import WatchTokens
from serve_app.watching import POLICY_VIOLATION, TRY_AGAIN_LATER, watch
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
    """Accepted before anything is judged: a browser is told the closing code of an accepted socket only."""
    await socket.accept()
    try:
        caller = await _watcher(socket, wiring, job_id, token)
        job = await wiring.database.jobs.get(job_id, tenant=caller.tenant)
        await watch(socket, wiring, job, after=int(after) if after.isascii() and after.isdecimal() and len(after) < 16 else 0)
    except (MissingKeyError, WrongKeyError, JobNotFoundError) as refusal:
        await socket.close(POLICY_VIOLATION, str(refusal)[:120])  # a close frame has room for 123 bytes
    except StoreError:
        await socket.close(TRY_AGAIN_LATER, "try again later")
    except WebSocketDisconnect:
        return


async def _watcher(socket: WebSocket, wiring: Wiring, job_id: str, token: str) -> Caller:
    """A token of the job opens it; else a key is asked for, unless the settings let anybody watch."""
    tokens = WatchTokens(wiring.settings.secret_key.get_secret_value(), wiring.edge.websocket_token_lifetime)
    if token and tokens.opens(token, job_id, wiring.now()):
        return ANYBODY
    if wiring.settings.websocket_anonymous and not presented_key(socket):
        return ANYBODY
    return await authenticate(socket, wiring)
