"""Jobs: listed, shown, cancelled, retried."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from jobs_store.jobs import JobSort, JobStatus
from serve_app.access.auditing import AuditDep
from serve_app.access.auth import ReaderDep, SubmitterDep, WiringDep, key_required
from serve_app.schemas.jobs import JobAnswer, JobPage, RetryAnswer
from serve_app.services import jobs

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"], dependencies=key_required)
JSON = "application/json"
MOST_PAGES = 1_000_000
_RECENT_LOGS = 50


@router.get("", summary="List jobs", response_model=JobPage)
async def list_jobs(
    wiring: WiringDep,
    caller: ReaderDep,
    page: Annotated[int, Query(ge=1, le=MOST_PAGES)] = 1,
    page_size: Annotated[int, Query(ge=1, le=100)] = 50,
    status: Annotated[JobStatus | None, Query(description="Only jobs in this state.")] = None,
    q: Annotated[str, Query(max_length=256, description="Only those with this in a name, or in their id.")] = "",
    scanner: Annotated[str, Query(max_length=64, description="Only those of this `scanner_type`.")] = "",
    order: Annotated[JobSort, Query(description="Of those that are alike the newest come first.")] = JobSort.NEWEST,
) -> Response:
    async def make() -> bytes:
        total, found = await wiring.database.jobs.list(
            caller.reach, page, page_size, status, text=q, scanner=scanner, order=order
        )
        shown = JobPage(total=total, jobs=[JobAnswer.of(job) for job in found], page=page, page_size=page_size)
        return shown.model_dump_json().encode()

    asked = f"v1/jobs {page} {page_size} {status} {order} {scanner!r} {q!r}"
    return Response(await wiring.kept.get(caller.reach, asked, make), media_type=JSON)


@router.get("/{job_id}", summary="Show a job")
async def show_job(job_id: str, wiring: WiringDep, caller: ReaderDep) -> JobAnswer:
    job = await jobs.find(wiring, caller, job_id)
    return JobAnswer.of(job, await wiring.database.events.recent_logs(job.job_id, _RECENT_LOGS))


@router.delete("/{job_id}", status_code=204, summary="Cancel a job")
async def cancel_job(job_id: str, caller: SubmitterDep, audit: AuditDep) -> Response:
    """A waiting job ends at once; a running one is asked to, and ends when what it is at this moment sending is settled."""
    await jobs.cancel(audit, job_id)
    return Response(status_code=204)


@router.post("/{job_id}/retry", status_code=202, summary="Go on with a failed or cancelled job")
async def retry_job(job_id: str, caller: SubmitterDep, audit: AuditDep) -> RetryAnswer:
    """What was imported stays; only what is missing is sent. 409 for a job that is running, complete, or cleaned up."""
    return RetryAnswer(**JobAnswer.of(await jobs.retry(audit, job_id)).model_dump())
