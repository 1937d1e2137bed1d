"""Jobs: found, listed, cancelled, retried; one of them or many."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

import msgspec

from cluster import notices
from jobs_store.cursors import Position
from jobs_store.events import EventKind
from jobs_store.jobs import CancelResult, Job, JobFilter, JobStatus
from jobs_store.reach import EVERYWHERE
from serve_app.access.actions import DONE, Action
from serve_app.access.auditing import Auditing, outcome_of
from serve_app.access.auth import Caller, require_tenant
from serve_app.answering.answers import TABLE
from serve_app.errors import InvalidParametersError, JobEndedError
from serve_app.schemas.outcomes import Outcome, Outcomes
from serve_app.services.pages import Page, position_of
from serve_app.wiring import Wiring

_GOING_ON = tuple(status for status in JobStatus if not status.ended)
_RETRYABLE = (JobStatus.FAILED, JobStatus.CANCELLED)


async def page(wiring: Wiring, caller: Caller, wanted: JobFilter, *, after: str, limit: int) -> Page[Job]:
    """Newest first. Raises `InvalidParametersError`, `TenantNotFoundError`."""
    position = position_of(after)
    require_tenant(caller, wanted.tenant)
    found = await wiring.database.job_pages.page(caller.reach, wanted, position, limit + 1)
    return Page(found[:limit], cursor_of(found[limit - 1]) if len(found) > limit else None)


def cursor_of(job: Job) -> str:
    return Position(job.created_at, job.job_id).encode()


async def by_state(wiring: Wiring, caller: Caller, wanted: JobFilter) -> Mapping[JobStatus, int]:
    """How many there are; their sum is the total. Counted once for as long as nothing of the tenant has changed."""
    require_tenant(caller, wanted.tenant)

    async def count() -> bytes:
        return msgspec.json.encode(await wiring.database.job_pages.by_state(caller.reach, wanted))

    counted = await wiring.kept.get(caller.reach, f"jobs by state {wanted}", count)
    return msgspec.json.decode(counted, type=dict[JobStatus, int])


async def find(wiring: Wiring, caller: Caller, job_id: str) -> Job:
    """By its id or how that begins. Raises `JobNotFoundError`, `AmbiguousIdError`."""
    return await wiring.database.jobs.find(caller.reach, job_id)


async def cancel(auditing: Auditing, job_id: str) -> Job:
    """A waiting job ends at once; a running one is asked to. Raises `JobNotFoundError`, `JobEndedError`."""
    job = await find(auditing.wiring, auditing.caller, job_id)
    async with auditing.of(Action.JOB_CANCEL, job.job_id):
        await _cancel(auditing.wiring, job)
    return job


async def retry(auditing: Auditing, job_id: str) -> Job:
    """What was imported stays; only what is missing is sent. Raises `JobNotFoundError`, `NotRetryableError`."""
    wiring = auditing.wiring
    job_id = (await find(wiring, auditing.caller, job_id)).job_id
    events = (notices.log("queued again by a client"), notices.status(JobStatus.QUEUED, 0.0, "queued"))
    async with auditing.of(Action.JOB_RETRY, job_id):
        job = await wiring.database.jobs.retry(job_id, events=events)
    await _publish_states(wiring, job_id, 1)
    await wiring.cluster.wake()
    return job


async def cancel_many(auditing: Auditing, ids: Sequence[str], wanted: JobFilter | None, limit: int) -> Outcomes:
    """Of those ids, or of those that the filter fits and that have not ended: each by itself, told with what came of it."""
    return await _many(auditing, ids, wanted, _GOING_ON, limit, cancel)


async def retry_many(auditing: Auditing, ids: Sequence[str], wanted: JobFilter | None, limit: int) -> Outcomes:
    """Of those ids, or of those that the filter fits and that ended badly."""
    return await _many(auditing, ids, wanted, _RETRYABLE, limit, retry)


async def _many(
    auditing: Auditing,
    ids: Sequence[str],
    wanted: JobFilter | None,
    states: Sequence[JobStatus],
    limit: int,
    action: Callable[[Auditing, str], Awaitable[Job]],
) -> Outcomes:
    if bool(ids) is (wanted is not None):
        raise InvalidParametersError({"ids": "say either ids or a filter"})
    if wanted is None:
        return Outcomes(await each(auditing, list(dict.fromkeys(ids)), action), more=False)
    fitting = tuple(state for state in wanted.states or states if state in states)
    if not fitting:
        return Outcomes([], more=False)
    found = await page(auditing.wiring, auditing.caller, replace(wanted, states=fitting), after="", limit=limit)
    results = await each(auditing, [job.job_id for job in found.items], action)
    return Outcomes(results, more=found.next is not None)


async def each(auditing: Auditing, ids: Sequence[str], action: Callable[[Auditing, str], Awaitable[object]]) -> list[Outcome]:
    """One after the other; what refuses one of them is told of it, what keeps all of them (a 5xx) is raised."""
    results = []
    for its_id in ids:
        try:
            await action(auditing, its_id)
            results.append(Outcome(its_id, DONE))
        except tuple(TABLE) as refusal:
            if TABLE[type(refusal)].status >= 500:
                raise
            results.append(Outcome(its_id, outcome_of(refusal), str(refusal)))
    return results


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
