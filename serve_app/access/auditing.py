"""What routes say to the audit log: who did what to which, from where, and how it ended.

A route that changes something takes an `AuditDep` and does the change within `Auditing.of`, or calls `record` after it. Either
way the entry is durable before the client has its answer; where it cannot be written the answer is 503, like that of any write.
"""

import getpass
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import Depends, FastAPI, Request, Response
from starlette.requests import HTTPConnection

from jobs_store.audit import NewAuditEntry
from jobs_store.errors import StoreError, StoreUnavailableError
from serve_app.access.actions import DONE, Action
from serve_app.access.auth import Caller, CallerDep, WiringDep
from serve_app.answering.answers import TABLE, details_of, error_answer
from serve_app.errors import WrongKeyError, WrongTokenError
from serve_app.limiting.errors import LimitReachedError
from serve_app.wiring import Wiring

_log = structlog.get_logger(__name__)


async def record(
    wiring: Wiring,
    caller: Caller,
    action: str,
    object: str,
    *,
    tenant: str | None = None,
    outcome: str = DONE,
    address: str,
) -> None:
    """Durable on return. None of the texts may hold a secret. Raises `StoreUnavailableError`."""
    await wiring.database.audit.append(entry(caller, action, object, tenant=tenant, outcome=outcome, address=address))


def entry(
    caller: Caller, action: str, object: str, *, tenant: str | None = None, outcome: str = DONE, address: str
) -> NewAuditEntry:
    """For what is written with its entry in one transaction; ``tenant`` is the caller's own where it is not given."""
    owner = caller.owner if tenant is None else tenant
    return NewAuditEntry(actor=caller.actor, tenant=owner, action=action, object=object, outcome=outcome, address=address)


def local_entry(tenant: str, action: str, object: str) -> NewAuditEntry:
    """Of a command on this machine, in whose database it may write."""
    return NewAuditEntry(actor=f"local:{_account()}", tenant=tenant, action=action, object=object)


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's account may have no name
        return str(os.getuid())


@dataclass(frozen=True)
class Auditing:
    """One request's."""

    wiring: Wiring
    caller: Caller
    address: str

    async def record(self, action: str, object: str, *, tenant: str | None = None, outcome: str = DONE) -> None:
        """``tenant`` is whose the object is, where it is not the caller's own."""
        await record(self.wiring, self.caller, action, object, tenant=tenant, outcome=outcome, address=self.address)

    @asynccontextmanager
    async def of(self, action: str, object: str, *, tenant: str | None = None) -> AsyncIterator[None]:
        """Records what is done within, or the error that comes out of it."""
        async with self.attempt(action, object, tenant=tenant):
            yield
        await self.record(action, object, tenant=tenant)

    @asynccontextmanager
    async def attempt(self, action: str, object: str, *, tenant: str | None = None) -> AsyncIterator[None]:
        """Records the error that comes out of it alone: for what has to be found out before something is done."""
        try:
            yield
        except StoreUnavailableError:
            raise  # then so is the log
        except Exception as error:
            try:
                await self.record(action, object, tenant=tenant, outcome=outcome_of(error))
            except StoreError as away:
                _log.warning("not in the audit log", action=action, object=object, error=str(away))
            raise


def outcome_of(error: Exception) -> str:
    """The code by which the client is told."""
    return next((TABLE[kind].code for kind in type(error).__mro__ if kind in TABLE), "internal_error")


async def _auditing(connection: HTTPConnection, wiring: WiringDep, caller: CallerDep) -> Auditing:
    return Auditing(wiring, caller, wiring.addresses.of(connection))


AuditDep = Annotated[Auditing, Depends(_auditing)]


async def record_refusal(wiring: Wiring, connection: HTTPConnection) -> None:
    """That a key was wrong; not each time where somebody tries many. The refusal stands, whether it can be written or not."""
    address = wiring.addresses.of(connection)
    attempts = wiring.refusals.to_tell(address, wiring.now())
    if not attempts:
        return
    told = NewAuditEntry(
        actor="unknown",
        tenant="",
        action=Action.KEY_REFUSE,
        object="1 attempt" if attempts == 1 else f"{attempts} attempts",
        outcome=TABLE[WrongKeyError].code,
        address=address,
    )
    try:
        await wiring.database.audit.append(told)
    except StoreError as away:
        _log.warning("not in the audit log", action=told.action, address=address, error=str(away))


def record_refusals(app: FastAPI) -> None:
    """Of every route; those of a WebSocket are its own to record."""

    async def refuse(request: Request, error: Exception) -> Response:
        wiring: Wiring = request.app.state.wiring
        await record_refusal(wiring, request)
        try:
            await wiring.attempts.failed(wiring.addresses.of(request))
        except LimitReachedError as reached:
            told = error_answer(429, TABLE[LimitReachedError].code, str(reached), details_of(reached))
            told.headers.update(reached.headers)
            return told
        answer = TABLE[type(error)]
        return error_answer(answer.status, answer.code, str(error))

    app.add_exception_handler(WrongKeyError, refuse)
    app.add_exception_handler(WrongTokenError, refuse)
