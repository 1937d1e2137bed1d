"""``POST /api/v1/trials``: what a report is, and what would be imported of it; nothing is kept or sent."""

from collections.abc import Callable
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request

from cluster.sealed.trial import HEAD_BYTES, Tried, try_report
from scanner.catalogue import AUTO, find
from serve_app.access.auth import SubmitterDep, WiringDep, key_required
from serve_app.errors import TooLargeError
from serve_app.limiting.errors import LimitReachedError
from serve_app.schemas.jobs import ApiAnswer
from serve_app.wiring import Wiring

router = APIRouter(prefix="/api/v1/trials", tags=["formats"], dependencies=key_required)
MOST_BYTES = 10_000_000
MOST_WAITING = 16
"""Of a replica."""
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class SkippedAnswer(ApiAnswer):
    place: str
    reason: str


class SummaryAnswer(ApiAnswer):
    """What would be imported."""

    assets: dict[str, int]
    """By type."""
    findings: dict[str, int]
    """By severity."""
    merged: int
    dismissed: dict[str, int]
    """By reason."""
    unrated: int
    skipped: int
    skipped_records: list[SkippedAnswer]
    """The first hundred."""


class ReportTrialAnswer(ApiAnswer):
    format: str
    """Empty: it is not known."""
    closest: list[str]
    """Where it is not known, what it resembles."""
    is_packed: bool
    """An archive or a compressed file, of which only the head was sent."""
    summary: SummaryAnswer | None
    """Null of a head alone, and where it cannot be read."""
    error: str
    """Why it cannot be read."""

    @classmethod
    def of(cls, tried: Tried) -> "ReportTrialAnswer":
        summary = None
        if (told := tried.summary) is not None:
            summary = SummaryAnswer(
                assets=told.assets,
                findings=told.findings,
                merged=told.merged,
                dismissed=told.dismissed,
                unrated=told.unrated,
                skipped=told.skipped,
                skipped_records=[SkippedAnswer(place=each.place, reason=each.reason) for each in told.skipped_records],
            )
        return cls(
            format=tried.format, closest=list(tried.closest), is_packed=tried.is_packed, summary=summary, error=tried.error
        )


@router.post("", summary="Try a report", openapi_extra=_BODY)
async def try_out(
    request: Request,
    wiring: WiringDep,
    caller: SubmitterDep,
    filename: Annotated[str, Query(max_length=1024, pattern=r"^[^\x00-\x1f\x7f]*$", description="Only shown.")] = "report",
    scanner_type: Annotated[str, Query(max_length=64, description="As an upload has it.")] = AUTO,
    head: Annotated[
        bool, Query(description=f"The body is the report's first {HEAD_BYTES:,} bytes: only say what it is.")
    ] = False,
) -> ReportTrialAnswer:
    """Reads the report, up to 10 MB, in a sealed process that is given 20 seconds. Nothing is stored, no job is made."""
    if scanner_type.strip().casefold() != AUTO:
        scanner_type = find(scanner_type).slug
    data = await _body(request, HEAD_BYTES if head else MOST_BYTES)

    def work() -> Tried:
        return try_report(data, filename, scanner_type, is_head=head)

    return ReportTrialAnswer.of(await _in_turn(wiring, work))


async def _body(request: Request, most_bytes: int) -> bytes:
    received = bytearray()
    async for piece in request.stream():
        received += piece
        if len(received) > most_bytes:
            raise TooLargeError("the report", most_bytes)
    return bytes(received)


async def _in_turn(wiring: Wiring, work: Callable[[], Tried]) -> Tried:
    """Two at a time, and of those that wait not too many. Raises `LimitReachedError`."""
    places = wiring.trials
    if places.statistics().tasks_waiting >= MOST_WAITING:
        raise LimitReachedError("trials", MOST_WAITING, 1, 5)
    return await run_sync(work, limiter=places)
