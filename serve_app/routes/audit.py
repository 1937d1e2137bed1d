"""``GET /api/v1/audit``: who did what, as the audit log has it."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from jobs_store.audit import AuditEntry
from jobs_store.audit.records import document, line_of
from serve_app.access.auth import AdminDep, WiringDep, key_required
from serve_app.routes.job_records import JSON_LINES, LARGEST_NUMBER
from serve_app.schemas.jobs import ApiAnswer
from serve_app.wiring import Wiring

router = APIRouter(prefix="/api/v1/audit", tags=["audit"], dependencies=key_required)
_PAGE = 1000
_DEFAULT = 100


class AuditAnswer(ApiAnswer):
    """Who did what to which, from where, and how it ended."""

    seq: int
    """Counts the entries of the whole service, from 1."""
    at: str = Field(examples=["2026-03-01T12:00:00.000000Z"])
    actor: str = Field(examples=["key:3f2a9c0b5d7e1f48"])
    tenant: str = Field(examples=["default"])
    action: str = Field(examples=["job.cancel"])
    object: str = Field(examples=["job-5f0c1b2e9d8a47c6b3e1f2a4d5c6b7a8"])
    outcome: str = Field(examples=["done"])
    """`done`, or the `error` that was answered."""
    address: str = Field(examples=["192.0.2.7"])
    """Empty where it is not known."""
    previous_hash: str
    hash: str
    """SHA-256 of the entry without it, as JSON with sorted keys and no spaces (RFC 8785)."""


class AuditPage(ApiAnswer):
    entries: list[AuditAnswer]
    next_after: int | None
    """For the next page; null after the last."""


@router.get("", summary="The audit log, oldest first", response_model=AuditPage, responses={200: {"content": {JSON_LINES: {}}}})
async def audit_log(
    wiring: WiringDep,
    caller: AdminDep,
    after: Annotated[int, Query(ge=0, le=LARGEST_NUMBER, description="Number of the last entry that is known already.")] = 0,
    action: Annotated[str, Query(max_length=64, description="Only entries of this action.")] = "",
    actor: Annotated[str, Query(max_length=256, description="Only what this actor did.")] = "",
    limit: Annotated[
        int | None, Query(ge=1, le=_PAGE, description=f"{_DEFAULT} where it is not given; of JSON lines, all.")
    ] = None,
    accept: Annotated[str, Header(description=f"{JSON_LINES} for one entry per line")] = "",
) -> Response:
    """A page of the tenant's entries, of everybody's for who operates the service; or, as JSON lines, all behind `after`."""
    if JSON_LINES in accept:
        lines = _lines(wiring, after, limit, caller.reach.tenant, action, actor)
        return StreamingResponse(lines, media_type=JSON_LINES)
    most = limit or _DEFAULT
    entries = await wiring.database.audit.list(after=after, limit=most, tenant=caller.reach.tenant, action=action, actor=actor)
    page = AuditPage(
        entries=[AuditAnswer.model_validate(document(entry)) for entry in entries],
        next_after=entries[-1].seq if len(entries) == most else None,
    )
    return Response(page.model_dump_json(), media_type="application/json")


async def _lines(
    wiring: Wiring, after: int, limit: int | None, tenant: str | None, action: str, actor: str
) -> AsyncIterator[bytes]:
    async def next_page() -> list[AuditEntry]:
        return await wiring.database.audit.list(after=after, limit=limit or _PAGE, tenant=tenant, action=action, actor=actor)

    while page := await next_page():
        yield b"".join(map(line_of, page))
        if limit is not None:
            return
        after = page[-1].seq
