"""Jobs: listed, shown, cancelled, retried."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from cluster import notices
from jobs_store.events import EventKind
from jobs_store.jobs import CancelResult, Job, JobSort, JobStatus
from jobs_store.reach import EVERYWHERE
from serve_app.access.auditing import Action, AuditDep
from serve_app.access.auth import ReaderDep, SubmitterDep, WiringDep, key_required
from serve_app.errors import JobEndedError
from serve_app.schemas.jobs import JobAnswer, JobPage, RetryAnswer
from serve_app.wiring import Wiring

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"], dependencies=key_required)
MOST_PAGES = 1_000_000
_RECENT_LOGS = 50


@router.get("", summary="List jobs")
async def list_jobs(
    wiring: WiringDep,
    caller: ReaderDep,
    page: Annotated[int, Query(ge=1, le=MOST_PAGES)] = 1,
    page_size: Annotated[int, Query(ge=1, le=100)] = 50,
    status: Annotated[JobStatus | None, Query(description="Only jobs in this state.")] = None,
    q: Annotated[
        str, Query(max_length=256, description="Only those with this in a name, or at the beginning of their id.")
    ] = "",
    scanner: Annotated[str, Query(max_length=64, description="Only those of this `scanner_type`.")] = "",
    order: Annotated[JobSort, Query(description="Of those that are alike the newest come first.")] = JobSort.NEWEST,
) -> JobPage:
    total, jobs = await wiring.database.jobs.list(caller.reach, page, page_size, status, text=q, scanner=scanner, order=order)
    return JobPage(total=total, jobs=[JobAnswer.of(job) for job in jobs], page=page, page_size=page_size)


@router.get("/{job_id}", summary="Show a job")
async def show_job(job_id: str, wiring: WiringDep, caller: ReaderDep) -> JobAnswer:
    job = await wiring.database.jobs.find(caller.reach, job_id)
    return JobAnswer.of(job, await wiring.database.events.recent_logs(job.job_id, _RECENT_LOGS))


@router.delete("/{job_id}", status_code=204, summary="Cancel a job")
async def cancel_job(job_id: str, wiring: WiringDep, caller: SubmitterDep, audit: AuditDep) -> Response:
    """A waiting job ends at once; a running one is asked to, and ends when what it is at this moment sending is settled."""
    job = await wiring.database.jobs.find(caller.reach, job_id)
    async with audit.of(Action.JOB_CANCEL, job.job_id):
        await _cancel(wiring, job)
    return Response(status_code=204)


@router.post("/{job_id}/retry", status_code=202, summary="Go on with a failed or cancelled job")
async def retry_job(job_id: str, wiring: WiringDep, caller: SubmitterDep, audit: AuditDep) -> RetryAnswer:
    """What was imported stays; only what is missing is sent. 409 for a job that is running, complete, or cleaned up."""
    job_id = (await wiring.database.jobs.find(caller.reach, job_id)).job_id
    events = (notices.log("queued again by a client"), notices.status(JobStatus.QUEUED, 0.0, "queued"))
    async with audit.of(Action.JOB_RETRY, job_id):
        job = await wiring.database.jobs.retry(job_id, events=events)
    await _publish_states(wiring, job_id, 1)
    await wiring.cluster.wake()
    return RetryAnswer(**JobAnswer.of(job).model_dump())


async def _cancel(wiring: Wiring, job: Job) -> None:
    job_id = job.job_id
    reason = "cancelled by a client"
    ended = (
        notices.status(JobStatus.CANCELLED, job.progress, "cancelled"),
        notices.error(JobStatus.CANCELLED, job.progress, reason),
    )
    body = notices.webhook_body(job=job, status=JobStatus.CANCELLED, error=reason, time=wiring.now())
    match await wiring.database.jobs.request_cancel(job_id, ended, webhook_body=body):
        case CancelResult.CANCELLED:
            await _publish_states(wiring, job_id, len(ended))
        case CancelResult.REQUESTED:
            await wiring.cluster.cancel(job_id)
        case CancelResult.ALREADY_ENDED:
            now = await wiring.database.jobs.get(EVERYWHERE, job_id)
            raise JobEndedError(job_id, now.status.value)


async def _publish_states(wiring: Wiring, job_id: str, newest: int) -> None:
    """Tells those who watch now of the changes just made, so that they need not find them in the store."""
    states = await wiring.database.events.read(job_id, kinds=(EventKind.STATUS, EventKind.ERROR))
    await wiring.bus.publish(states[-newest:])
