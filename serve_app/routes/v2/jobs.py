"""``/api/v2/jobs``: listed by filters, cancelled and retried one by one or many at once; and what belongs to one."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from jobs_store.jobs import JobStatus
from jobs_store.storage.layout import Fate
from serve_app.access.auditing import AuditDep
from serve_app.access.auth import ReaderDep, SubmitterDep, WiringDep, key_required, require_tenant
from serve_app.routes.v2.parameters import After, Limit
from serve_app.schemas.jobs import BatchAnswer
from serve_app.schemas.keys import Moment
from serve_app.schemas.problems import problems
from serve_app.schemas.v2 import (
    BatchesV2,
    DismissedRecordsV2,
    DismissedRecordV2,
    EventsV2,
    EventV2,
    JobFilterOrder,
    JobsV2,
    JobV2,
    ManyJobs,
    MergedRecordsV2,
    MergedRecordV2,
    OutcomesV2,
    SkippedRecordsV2,
    SkippedRecordV2,
    WebhooksV2,
)
from serve_app.schemas.webhooks import WebhookAnswer
from serve_app.services import jobs, records, webhooks
from serve_app.services.pages import number_of, slice_of

router = APIRouter(
    prefix="/api/v2/jobs",
    tags=["v2 jobs"],
    dependencies=key_required,
    responses=problems(400, 401, 403, 404, 503),
)
JSON = "application/json"


@router.get("", summary="List jobs, newest first", response_model=JobsV2)
async def list_jobs(
    wiring: WiringDep,
    caller: ReaderDep,
    state: Annotated[list[JobStatus], Query(max_length=len(JobStatus), description="Any of these.")] = [],  # noqa: B006
    scanner: Annotated[str | None, Query(max_length=64, description="Slug that was detected, or asked for.")] = None,
    tenant: Annotated[str | None, Query(max_length=128, description="For who operates the service.")] = None,
    assessment: Annotated[str | None, Query(max_length=256, description="Its whole name.")] = None,
    bulk_id: Annotated[str | None, Query(max_length=64, description="Its whole id.")] = None,
    since: Annotated[Moment | None, Query(description="Created then or later.")] = None,
    until: Annotated[Moment | None, Query(description="Created before.")] = None,
    search: Annotated[
        str | None, Query(min_length=1, max_length=256, description="Part of the file's name, the assessment's or the id.")
    ] = None,
    counts: Annotated[bool, Query(description="Whether to count those that the filter fits, by state.")] = False,
    after: After = "",
    limit: Limit = 50,
) -> Response:
    order = JobFilterOrder(
        state=state,
        scanner=scanner,
        tenant=tenant,
        assessment=assessment,
        bulk_id=bulk_id,
        since=since,
        until=until,
        search=search,
    )
    wanted = order.wanted()
    require_tenant(caller, wanted.tenant)

    async def make() -> bytes:
        page = await jobs.page(wiring, caller, wanted, after=after, limit=limit)
        by_state = dict(await jobs.by_state(wiring, caller, wanted)) if counts else None
        shown = JobsV2(items=[JobV2.of(job) for job in page.items], next=page.next, by_state=by_state)
        return shown.model_dump_json().encode()

    what = f"v2/jobs {order.model_dump_json()} {counts} {limit} {after}"
    return Response(await wiring.kept.get(caller.reach, what, make), media_type=JSON)


@router.get("/{job_id}", summary="Show a job")
async def show_job(job_id: str, wiring: WiringDep, caller: ReaderDep) -> JobV2:
    return JobV2.of(await jobs.find(wiring, caller, job_id))


@router.get("/{job_id}/events", summary="A job's events, the oldest first")
async def job_events(job_id: str, wiring: WiringDep, caller: ReaderDep, after: After = "", limit: Limit = 100) -> EventsV2:
    """`next` of the last page is null; events that come later stand behind the last one's `seq`, which is a cursor too."""
    job = await jobs.find(wiring, caller, job_id)
    found = await wiring.database.events.read(job.job_id, after=number_of(after), limit=limit + 1)
    items = [EventV2.of(event) for event in found[:limit]]
    return EventsV2(items=items, next=str(items[-1].seq) if len(found) > limit else None)


@router.get("/{job_id}/batches", summary="A job's request bodies, and how far their import is")
async def job_batches(job_id: str, wiring: WiringDep, caller: ReaderDep, after: After = "", limit: Limit = 100) -> BatchesV2:
    job = await jobs.find(wiring, caller, job_id)
    pages = await wiring.database.job_pages.batches([job.job_id], after=number_of(after), limit=limit + 1)
    found = pages.get(job.job_id, ())
    items = [BatchAnswer.of(batch) for batch in found[:limit]]
    return BatchesV2(items=items, next=str(items[-1].number) if len(found) > limit else None)


@router.get("/{job_id}/skipped", summary="Records that did not become findings")
async def job_skipped(
    job_id: str, wiring: WiringDep, caller: ReaderDep, after: After = "", limit: Limit = 100
) -> SkippedRecordsV2:
    job = await jobs.find(wiring, caller, job_id)
    page = await records.record_page(wiring, job, Fate.SKIPPED, after=number_of(after), limit=limit)
    items = [SkippedRecordV2(**record) for record in page.items]
    kept = await records.kept(wiring, job, Fate.SKIPPED)
    return SkippedRecordsV2(items=items, next=page.next, total=records.total(job, Fate.SKIPPED), kept=kept)


@router.get("/{job_id}/dismissed", summary="Findings that the tool or a team has put aside")
async def job_dismissed(
    job_id: str, wiring: WiringDep, caller: ReaderDep, after: After = "", limit: Limit = 100
) -> DismissedRecordsV2:
    job = await jobs.find(wiring, caller, job_id)
    page = await records.record_page(wiring, job, Fate.DISMISSED, after=number_of(after), limit=limit)
    items = [DismissedRecordV2(**record) for record in page.items]
    kept = await records.kept(wiring, job, Fate.DISMISSED)
    return DismissedRecordsV2(items=items, next=page.next, total=records.total(job, Fate.DISMISSED), kept=kept)


@router.get("/{job_id}/merged", summary="Findings that another one of the report stands for")
async def job_merged(
    job_id: str, wiring: WiringDep, caller: ReaderDep, after: After = "", limit: Limit = 100
) -> MergedRecordsV2:
    job = await jobs.find(wiring, caller, job_id)
    page = await records.record_page(wiring, job, Fate.MERGED, after=number_of(after), limit=limit)
    items = [MergedRecordV2(**record) for record in page.items]
    kept = await records.kept(wiring, job, Fate.MERGED)
    return MergedRecordsV2(items=items, next=page.next, total=records.total(job, Fate.MERGED), kept=kept)


@router.get("/{job_id}/webhooks", summary="A job's webhooks, with every attempt")
async def job_webhooks(job_id: str, wiring: WiringDep, caller: ReaderDep, after: After = "", limit: Limit = 50) -> WebhooksV2:
    page = slice_of(await webhooks.of_job(wiring, caller, job_id), webhooks.place, after, limit)
    return WebhooksV2(items=[WebhookAnswer.of(delivery) for delivery in page.items], next=page.next)


@router.post("/cancel", summary="Cancel many jobs", responses=problems(413))
async def cancel_jobs(order: ManyJobs, caller: SubmitterDep, audit: AuditDep) -> OutcomesV2:
    """Each by itself: `results` has what came of every one. Of a filter, those that have ended are left out."""
    wanted = None if order.filter is None else order.filter.wanted()
    return OutcomesV2.of(await jobs.cancel_many(audit, order.ids, wanted, order.limit))


@router.post("/retry", summary="Go on with many failed or cancelled jobs", responses=problems(413))
async def retry_jobs(order: ManyJobs, caller: SubmitterDep, audit: AuditDep) -> OutcomesV2:
    """Each by itself: `results` has what came of every one. Of a filter, only those that failed or were cancelled."""
    wanted = None if order.filter is None else order.filter.wanted()
    return OutcomesV2.of(await jobs.retry_many(audit, order.ids, wanted, order.limit))


@router.post("/{job_id}/cancel", summary="Cancel a job", responses=problems(409, 413))
async def cancel_job(job_id: str, wiring: WiringDep, caller: SubmitterDep, audit: AuditDep) -> JobV2:
    """As it is right after: a running job ends when what it is sending at this moment is settled."""
    job = await jobs.cancel(audit, job_id)
    return JobV2.of(await jobs.find(wiring, caller, job.job_id))


@router.post("/{job_id}/retry", summary="Go on with a failed or cancelled job", responses=problems(409, 413))
async def retry_job(job_id: str, caller: SubmitterDep, audit: AuditDep) -> JobV2:
    return JobV2.of(await jobs.retry(audit, job_id))
