"""``/api/v1/bulks``: many reports ordered, watched, cancelled and retried as one."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from jobs_store.bulks import Bulk, BulkState
from jobs_store.jobs import JobStatus
from serve_app.access.auditing import AuditDep
from serve_app.access.auth import ReaderDep, SubmitterDep, WiringDep, key_required
from serve_app.routes.job_records import JSON_LINES, LARGEST_NUMBER
from serve_app.routes.jobs import JSON, MOST_PAGES
from serve_app.routes.uploads import websocket_url
from serve_app.schemas.bulks import BulkAnswer, BulkOrder, BulkOrderAnswer, BulkPage, SkippedMemberAnswer, SkippedMembers
from serve_app.schemas.jobs import JobAnswer, JobPage
from serve_app.services import bulks
from serve_app.watching.bulk_following import WatchedBulk, bulk_event_frame
from serve_app.watching.sockets import watched_lines
from serve_app.wiring import Wiring

router = APIRouter(prefix="/api/v1/bulks", tags=["bulks"], dependencies=key_required)
_PAGE = 500


@router.post("", status_code=202, summary="Order the import of many reports")
async def order_bulk(
    order: BulkOrder,
    request: Request,
    wiring: WiringDep,
    caller: SubmitterDep,
    audit: AuditDep,
    idempotency_key: Annotated[
        str | None,
        Header(min_length=1, max_length=255, description="A repetition with the same key gets the first bulk."),
    ] = None,
) -> BulkOrderAnswer:
    """Answers at once; the reports become jobs in the background, below single uploads in priority.

    Follow the bulk with `websocket_url`, or ask for `GET /api/v1/bulks/{bulk_id}`.
    """
    bulk = await bulks.order(audit, order, idempotency_key)
    url = websocket_url(request, wiring, bulk.bulk_id, "/ws/bulks")
    return BulkOrderAnswer(**(await _shown(wiring, bulk)).model_dump(), websocket_url=url)


@router.get("", summary="List bulks, newest first", response_model=BulkPage)
async def list_bulks(
    wiring: WiringDep,
    caller: ReaderDep,
    page: Annotated[int, Query(ge=1, le=MOST_PAGES)] = 1,
    page_size: Annotated[int, Query(ge=1, le=100)] = 20,
    status: Annotated[BulkState | None, Query(description="Only bulks in this state.")] = None,
) -> Response:
    async def make() -> bytes:
        total, found = await wiring.database.bulks.list(caller.reach, page, page_size, status)
        shown = [BulkAnswer.of(each.bulk, each.counts) for each in await bulks.counted(wiring, found)]
        return BulkPage(total=total, bulks=shown, page=page, page_size=page_size).model_dump_json().encode()

    return Response(await wiring.kept.get(caller.reach, f"v1/bulks {page} {page_size} {status}", make), media_type=JSON)


@router.get("/{bulk_id}", summary="Show a bulk")
async def show_bulk(bulk_id: str, wiring: WiringDep, caller: ReaderDep) -> BulkAnswer:
    return await _shown(wiring, await bulks.find(wiring, caller, bulk_id))


@router.get("/{bulk_id}/jobs", summary="List a bulk's jobs, in the order of its members")
async def bulk_jobs(
    bulk_id: str,
    wiring: WiringDep,
    caller: ReaderDep,
    page: Annotated[int, Query(ge=1, le=MOST_PAGES)] = 1,
    page_size: Annotated[int, Query(ge=1, le=100)] = 50,
    status: Annotated[JobStatus | None, Query(description="Only jobs in this state.")] = None,
) -> JobPage:
    bulk_id = (await bulks.find(wiring, caller, bulk_id)).bulk_id
    total, jobs = await wiring.database.bulks.jobs(bulk_id, status=status, page=page, page_size=page_size)
    return JobPage(total=total, jobs=[JobAnswer.of(job) for job in jobs], page=page, page_size=page_size)


@router.get("/{bulk_id}/skipped", summary="List the members that became no job")
async def bulk_skipped(
    bulk_id: str,
    wiring: WiringDep,
    caller: ReaderDep,
    after: Annotated[int, Query(ge=-1, le=LARGEST_NUMBER, description="Number of the last member that is known already.")] = -1,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> SkippedMembers:
    bulk_id = (await bulks.find(wiring, caller, bulk_id)).bulk_id
    found = await wiring.database.bulks.skipped(bulk_id, after=after, limit=limit)
    next_after = found[-1].number if len(found) == limit else None
    return SkippedMembers(skipped=[SkippedMemberAnswer.of(member) for member in found], next_after=next_after)


@router.get("/{bulk_id}/logs", summary="A bulk's event stream, as JSON lines", response_class=StreamingResponse)
async def bulk_logs(
    bulk_id: str,
    wiring: WiringDep,
    caller: ReaderDep,
    after: Annotated[int, Query(ge=0, le=LARGEST_NUMBER, description="Number of the last event that is known already.")] = 0,
    follow: Annotated[bool, Query(description="Go on until the bulk has ended; heartbeats in silence.")] = False,
) -> StreamingResponse:
    """Lines are what the WebSocket sends: `{type, bulk_id, timestamp, data, seq}`."""
    bulk = await bulks.find(wiring, caller, bulk_id)
    bulk_id = bulk.bulk_id  # it may have been shortened
    if not follow:
        return StreamingResponse(_stored(wiring, bulk_id, after), media_type=JSON_LINES)
    return StreamingResponse(await watched_lines(wiring, WatchedBulk(wiring, bulk), after), media_type=JSON_LINES)


@router.delete("/{bulk_id}", status_code=204, summary="Cancel a bulk and all of its jobs")
async def cancel_bulk(bulk_id: str, caller: SubmitterDep, audit: AuditDep) -> Response:
    """Registering stops, waiting jobs end, running ones when what they are sending is settled. May be repeated."""
    await bulks.cancel(audit, bulk_id)
    return Response(status_code=204)


@router.post("/{bulk_id}/retry", status_code=202, summary="Go on with what failed or was cancelled in a bulk")
async def retry_bulk(bulk_id: str, wiring: WiringDep, caller: SubmitterDep, audit: AuditDep) -> BulkAnswer:
    """What was imported stays. Registering goes on too. 409 for a bulk that is running, complete or cleaned up."""
    return await _shown(wiring, await bulks.retry(audit, bulk_id))


async def _shown(wiring: Wiring, bulk: Bulk) -> BulkAnswer:
    (counted,) = await bulks.counted(wiring, [bulk])
    return BulkAnswer.of(counted.bulk, counted.counts)


async def _stored(wiring: Wiring, bulk_id: str, after: int) -> AsyncIterator[str]:
    while page := await wiring.database.bulk_events.read(bulk_id, after=after, limit=_PAGE):
        yield "".join(bulk_event_frame(event).encode() + "\n" for event in page)
        after = page[-1].seq
