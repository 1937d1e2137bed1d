"""``/api/v1/bulks``: many reports ordered, watched, cancelled and retried as one."""

import secrets
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from cluster.bulks import notices
from jobs_store.bulks import Bulk, BulkState, NewBulk
from jobs_store.errors import UploadNotFoundError
from jobs_store.jobs import JobStatus
from jobs_store.reach import EVERYWHERE, Reach
from serve_app.access.auditing import Action, AuditDep
from serve_app.access.auth import ReaderDep, SubmitterDep, WiringDep, key_required
from serve_app.routes.job_records import JSON_LINES, LARGEST_NUMBER
from serve_app.routes.jobs import MOST_PAGES
from serve_app.routes.uploads import websocket_url
from serve_app.schemas.bulks import BulkAnswer, BulkOrder, BulkOrderAnswer, BulkPage, SkippedMemberAnswer, SkippedMembers
from serve_app.schemas.jobs import JobAnswer, JobPage
from serve_app.submitting.bulk_orders import BULK_PRIORITY, overwrites, stored_order
from serve_app.submitting.request_digests import order_digest
from serve_app.submitting.webhook_addresses import check_webhooks
from serve_app.watching.bulk_following import WatchedBulk, bulk_event_frame
from serve_app.watching.sockets import watched_lines
from serve_app.wiring import Wiring

router = APIRouter(prefix="/api/v1/bulks", tags=["bulks"], dependencies=key_required)
_PAGE = 500
_OVERWRITING = (
    "import_type new with one assessment_name: each report closes what others of its asset type brought; "
    "let the name tell them apart ({path}), or import as merge or delta"
)


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
    await wiring.limiter.admit(caller.tenant, caller.actor)
    most = wiring.limiter.limits_of(caller.tenant).stored_bytes
    stored = stored_order(order, wiring.settings, caller.tenant, most)
    await check_webhooks([template.webhook_url for template in stored.templates], wiring)
    unknown = await wiring.database.uploads.unknown(
        Reach(caller.owner, caller.reach.submitter), [*order.uploads, *order.archives]
    )
    if unknown:
        raise UploadNotFoundError(min(unknown))
    new = NewBulk(
        bulk_id=f"bulk-{secrets.token_hex(16)}",
        tenant=caller.owner,
        name=order.name,
        priority=BULK_PRIORITY,
        order=stored.encode(),
        seed=secrets.token_hex(16),
        idempotency_key=idempotency_key,
        request_sha256=order_digest(order),
        submitted_by=caller.actor,
    )
    events = [notices.status(BulkState.REGISTERING, 0.0, "registering")]
    if overwrites(stored):
        events.append(notices.log(_OVERWRITING, "WARNING"))
    bulk = await wiring.database.bulks.create(new, events=events)
    if bulk.bulk_id == new.bulk_id:
        await audit.record(Action.BULK_CREATE, bulk.bulk_id)
    await wiring.cluster.wake_bulks()
    url = websocket_url(request, wiring, bulk.bulk_id, "/ws/bulks")
    return BulkOrderAnswer(**(await _shown(wiring, bulk)).model_dump(), websocket_url=url)


@router.get("", summary="List bulks, newest first")
async def list_bulks(
    wiring: WiringDep,
    caller: ReaderDep,
    page: Annotated[int, Query(ge=1, le=MOST_PAGES)] = 1,
    page_size: Annotated[int, Query(ge=1, le=100)] = 20,
    status: Annotated[BulkState | None, Query(description="Only bulks in this state.")] = None,
) -> BulkPage:
    total, bulks = await wiring.database.bulks.list(caller.reach, page, page_size, status)
    return BulkPage(total=total, bulks=[await _shown(wiring, bulk) for bulk in bulks], page=page, page_size=page_size)


@router.get("/{bulk_id}", summary="Show a bulk")
async def show_bulk(bulk_id: str, wiring: WiringDep, caller: ReaderDep) -> BulkAnswer:
    return await _shown(wiring, await wiring.database.bulks.find(caller.reach, bulk_id))


@router.get("/{bulk_id}/jobs", summary="List a bulk's jobs, in the order of its members")
async def bulk_jobs(
    bulk_id: str,
    wiring: WiringDep,
    caller: ReaderDep,
    page: Annotated[int, Query(ge=1, le=MOST_PAGES)] = 1,
    page_size: Annotated[int, Query(ge=1, le=100)] = 50,
    status: Annotated[JobStatus | None, Query(description="Only jobs in this state.")] = None,
) -> JobPage:
    bulk_id = (await wiring.database.bulks.find(caller.reach, bulk_id)).bulk_id
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
    bulk_id = (await wiring.database.bulks.find(caller.reach, bulk_id)).bulk_id
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
    bulk = await wiring.database.bulks.find(caller.reach, bulk_id)
    bulk_id = bulk.bulk_id  # it may have been shortened
    if not follow:
        return StreamingResponse(_stored(wiring, bulk_id, after), media_type=JSON_LINES)
    return StreamingResponse(await watched_lines(wiring, WatchedBulk(wiring, bulk), after), media_type=JSON_LINES)


@router.delete("/{bulk_id}", status_code=204, summary="Cancel a bulk and all of its jobs")
async def cancel_bulk(bulk_id: str, wiring: WiringDep, caller: SubmitterDep, audit: AuditDep) -> Response:
    """Registering stops, waiting jobs end, running ones when what they are sending is settled. May be repeated."""
    bulk_id = (await wiring.database.bulks.find(caller.reach, bulk_id)).bulk_id
    events = [notices.log("a client cancels the bulk", "WARNING")]
    async with audit.of(Action.BULK_CANCEL, bulk_id):
        written = await wiring.database.bulks.request_cancel(bulk_id, events=events)
    await wiring.bus.publish(written)
    await wiring.cluster.wake_bulks()
    return Response(status_code=204)


@router.post("/{bulk_id}/retry", status_code=202, summary="Go on with what failed or was cancelled in a bulk")
async def retry_bulk(bulk_id: str, wiring: WiringDep, caller: SubmitterDep, audit: AuditDep) -> BulkAnswer:
    """What was imported stays. Registering goes on too. 409 for a bulk that is running, complete or cleaned up."""
    bulk = await wiring.database.bulks.find(caller.reach, bulk_id)
    bulk_id = bulk.bulk_id  # it may have been shortened
    events = [notices.log("what failed is tried again"), notices.status(BulkState.RUNNING, bulk.progress, "goes on")]
    async with audit.of(Action.BULK_RETRY, bulk_id):
        written = await wiring.database.bulks.request_retry(bulk_id, events=events)
    await wiring.bus.publish(written)
    await wiring.cluster.wake_bulks()
    return await _shown(wiring, await wiring.database.bulks.get(EVERYWHERE, bulk_id))


async def _shown(wiring: Wiring, bulk: Bulk) -> BulkAnswer:
    return BulkAnswer.of(bulk, await wiring.database.bulks.counts(bulk.bulk_id))


async def _stored(wiring: Wiring, bulk_id: str, after: int) -> AsyncIterator[str]:
    while page := await wiring.database.bulk_events.read(bulk_id, after=after, limit=_PAGE):
        yield "".join(bulk_event_frame(event).encode() + "\n" for event in page)
        after = page[-1].seq
