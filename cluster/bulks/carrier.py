"""Carries the bulks on: counts what has changed, lets jobs into the queue, cancels, retries, and tells where each stands."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from cluster import notices as job_notices
from cluster.bulks import notices
from cluster.bulks.state import standing
from cluster.progress import ProgressBus
from jobs_store.bulks import Bulk, BulkCounts, CountedChange
from jobs_store.database import Database
from jobs_store.jobs import Announcement, Job, JobStatus
from jobs_store.reach import EVERYWHERE

QUEUE_WINDOW = 512
"""Jobs of a bulk in the queue at once: each lease looks at all that are queued, so a hundred thousand must not be."""
_PAGE = 500
_ENDED_BADLY = (JobStatus.FAILED, JobStatus.CANCELLED)

Cancel = Callable[[str], Awaitable[None]]


class BulkCarrier:
    """A round at a time. Keeps no truth: another may take over at any moment, and at worst tells a progress twice."""

    def __init__(self, database: Database, bus: ProgressBus, *, cancel: Cancel, wake: Callable[[], Awaitable[None]]) -> None:
        self._database, self._bus, self._cancel, self._wake = database, bus, cancel, wake
        self._told: dict[str, str] = {}
        """The last progress of each bulk."""

    async def round(self) -> bool:
        """Whether any bulk goes on, so that there will be more to do soon."""
        changes: dict[str, list[CountedChange]] = defaultdict(list)
        while counted := await self._database.bulks.tally.count():
            for change in counted:
                changes[change.bulk_id].append(change)
        going_on = {bulk.bulk_id: bulk for bulk in await self._database.bulks.carrying.going_on()}
        for bulk_id in changes.keys() - going_on.keys():  # a job of an ended bulk was retried by itself
            going_on[bulk_id] = await self._database.bulks.get(EVERYWHERE, bulk_id)
        for bulk in going_on.values():
            await self._carry(bulk, changes[bulk.bulk_id])
        self._told = {bulk_id: told for bulk_id, told in self._told.items() if bulk_id in going_on}
        return bool(going_on)

    async def _carry(self, bulk: Bulk, changes: Sequence[CountedChange]) -> None:
        counts = await self._database.bulks.counts(bulk.bulk_id)
        if bulk.cancel_requested:
            acted = await self._cancel_jobs(bulk, counts)
        elif bulk.retry_before is not None:
            acted = await self._retry_jobs(bulk)
        else:
            acted = await self._queue_jobs(bulk, counts)
        await self._tell(bulk, counts, changes, may_end=not acted)

    async def _cancel_jobs(self, bulk: Bulk, counts: BulkCounts) -> bool:
        if counts.ended == counts.jobs:
            return False
        carrying, ended = self._database.bulks.carrying, 0
        while page := await carrying.cancel_waiting(bulk.bulk_id, _PAGE, announce=_cancelled):
            ended += page
        for job_id in await carrying.cancel_running(bulk.bulk_id):
            await self._cancel(job_id)
        return ended > 0

    async def _retry_jobs(self, bulk: Bulk) -> bool:
        assert bulk.retry_before is not None
        while await self._database.bulks.carrying.retry(bulk.bulk_id, bulk.retry_before, _PAGE, announce=_retried):
            pass
        await self._database.bulks.carrying.retried(bulk)
        return True

    async def _queue_jobs(self, bulk: Bulk, counts: BulkCounts) -> bool:
        room = QUEUE_WINDOW - counts.status.get(JobStatus.QUEUED, 0)
        if not counts.status.get(JobStatus.PENDING) or room <= 0:
            return False
        queued = await self._database.bulks.carrying.queue(bulk.bulk_id, room)
        if queued:
            await self._wake()
        return queued > 0

    async def _tell(self, bulk: Bulk, counts: BulkCounts, changes: Sequence[CountedChange], *, may_end: bool) -> None:
        """``may_end`` is False where jobs have been changed that are not counted yet."""
        found = standing(bulk, counts)
        events = [notices.job_ended_badly(change) for change in changes if _went_bad(change)]
        if found.state.ended and not may_end:
            found = replace(found, state=bulk.state, progress=bulk.progress, error=bulk.error)
        elif found.state.ended and found.state is not bulk.state:
            events.append(notices.end(found, counts))
        elif not found.state.ended:
            if bulk.state.ended:
                events.append(notices.status(found.state, found.progress, "goes on"))
            progress = notices.progress(found, counts)
            if self._told.get(bulk.bulk_id) != progress.payload:
                self._told[bulk.bulk_id] = progress.payload
                events.append(progress)
        if events or found.state is not bulk.state:
            advance = self._database.bulks.carrying.advance
            written = await advance(bulk, state=found.state, progress=found.progress, error=found.error, events=events)
            await self._bus.publish(written or [])


def _went_bad(change: CountedChange) -> bool:
    return change.status in _ENDED_BADLY and change.status is not change.was


def _cancelled(job: Job) -> Announcement:
    reason = "cancelled with its bulk"
    events = (
        job_notices.status(JobStatus.CANCELLED, job.progress, "cancelled"),
        job_notices.error(JobStatus.CANCELLED, job.progress, reason),
    )
    body = job_notices.webhook_body(job=job, status=JobStatus.CANCELLED, error=reason, time=datetime.now(UTC))
    return Announcement(events, body)


def _retried(job: Job) -> Announcement:
    return Announcement(
        (job_notices.log("waits again, with its bulk"), job_notices.status(job.status, 0.0, "waits in its bulk"))
    )
