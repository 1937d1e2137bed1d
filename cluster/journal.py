"""The only writer of a running job's state: durable first, then told to whoever watches."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from cluster import notices
from cluster.machine import BatchFailed, BatchImported, Phase, Progress
from jobs_store.database import Database
from jobs_store.errors import StoreUnavailableError
from jobs_store.events import Event, NewEvent
from jobs_store.jobs import Batch, BatchChange, BatchState, JobStatus, Lease
from jobs_store.together import Together, Waiting

_PATIENCE_SECONDS = 60.0
"""How long a write waits for a database that is away, before the job is left to its lease."""
_SOON = timedelta(minutes=10)
"""Two reports that replace one assessment within this time are hardly two scans of the same."""
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.1, 5.0

log = logging.getLogger(__name__)


class Publisher(Protocol):
    """As much of a `ProgressBus` as a journal needs."""

    async def publish(self, events: Sequence[Event]) -> None: ...


class Announcer:
    """Publishes what the journals of many jobs tell at the same time in one call. Nobody waits for it: the store has it all."""

    def __init__(self, bus: Publisher) -> None:
        self._bus = bus
        self._together: Together[Sequence[Event], None] = Together(self._carry, groups=1, most=1000)

    async def publish(self, events: Sequence[Event]) -> None:
        if events:
            self._together.put(events)

    async def _carry(self, group: Sequence[Waiting[Sequence[Event], None]]) -> None:
        await self._bus.publish([event for waiting in group for event in waiting.item])
        for waiting in group:
            waiting.answered(None)


class JobJournal:
    """Writes of one lease. Each is one transaction, repeated while the database is away, and raises `LeaseLostError`.

    A repetition after an unknown outcome may write an event twice; state is never changed twice.
    """

    def __init__(self, database: Database, bus: Publisher, lease: Lease) -> None:
        self._database, self._bus, self.lease = database, bus, lease

    async def started(self) -> None:
        """Tells what was written as the job was taken. What has a plan will send at once: only if the lease still holds."""
        if self.lease.job.planned:
            await self._told(lambda: self._database.jobs.advance(self.lease, current_step=Phase.READ.value))
        await self._publish(self.lease.told)

    async def progressed(self, phase: Phase, done: Progress, *more: NewEvent) -> None:
        percent, step = done.percent(phase), notices.step(phase, done)
        events = [*more, notices.progress(percent, step)]
        await self._told(
            lambda: self._database.jobs.advance(
                self.lease, progress=percent, current_step=step, detected_format=done.format or None, events=events
            )
        )

    async def planned(
        self, batches: Sequence[Batch], done: Progress, assessment_name: str, *, may_overwrite: bool = False
    ) -> None:
        """The durable point. ``may_overwrite``: another report of that name would lose its findings, which is warned of."""
        asset_types = {batch.asset_type for batch in batches}

        async def write() -> list[Event]:
            rival = None
            if may_overwrite and asset_types:
                job = self.lease.job
                rival = await self._database.jobs.rival(job, assessment_name, asset_types, within=_SOON)
            events = [*notices.translated(done), notices.progress(50.0, notices.step(Phase.IMPORT, done))]
            if rival is not None:
                events.append(notices.overwriting(rival, assessment_name))
            return await self._database.batches.plan(
                self.lease,
                batches,
                events,
                progress=50.0,
                current_step=Phase.IMPORT.value,
                detected_format=done.format,
                assessment_name=assessment_name,
                asset_type=batches[0].asset_type if batches else None,
                skipped=done.skipped,
                batch_summary=notices.batch_summary(done),
            )

        await self._told(write)

    async def settled(self, batches: Sequence[BatchImported | BatchFailed]) -> None:
        """All in one transaction."""
        changes = [_change(batch) for batch in batches]
        await self._told(lambda: self._database.batches.settle(self.lease, *changes))

    async def finished(
        self,
        status: JobStatus,
        error: str,
        done: Progress,
        assessment_name: str,
        phase: Phase,
        *,
        last: Sequence[BatchImported] = (),
    ) -> None:
        """With the batches that were imported ``last`` and are not written yet."""
        job = self.lease.job
        counts: dict[str, Any] = {
            "assets_imported": done.assets_imported,
            "vulnerabilities_imported": done.findings_imported,
        }
        if status is JobStatus.COMPLETED:
            events = [
                notices.log(f"imported {done.findings_imported} findings on {done.assets_imported} assets"),
                notices.complete(done.assets_imported, done.findings_imported, assessment_name),
            ]
        else:
            events = [notices.ended(status, error, done), *notices.arrived(done)]
            events.append(notices.error(status, done.percent(phase), error))
        body = notices.webhook_body(
            job=replace(job, detected_format=done.format or job.detected_format),
            status=status,
            assessment_name=assessment_name,
            error=error or None,
            time=datetime.now(UTC),
            **counts,
        )
        await self._told(
            lambda: self._database.jobs.finish(
                self.lease,
                status=status,
                skipped=done.skipped,
                error_message=error or None,
                batch_summary=notices.batch_summary(done),
                events=events,
                webhook_body=body,
                last_batches=[_change(batch) for batch in last],
                **counts,
            )
        )

    async def stored_plan(self) -> list[Batch] | None:
        """What is left of an earlier attempt; None where the report has to be read (again)."""
        if not self.lease.job.planned:
            return None
        batches = await self._database.batches.list(self.lease.job_id)
        if any(batch.storage_key is None and batch.state is not BatchState.IMPORTED for batch in batches):
            return None  # a short report's body is not stored: reading it again is quicker
        return batches

    async def _told(self, write: Callable[[], Awaitable[list[Event]]]) -> None:
        left = _PATIENCE_SECONDS
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                events = await write()
                break
            except StoreUnavailableError:
                if left <= 0:
                    raise
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - so that not all come back at once
            left -= pause
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        await self._publish(events)

    async def _publish(self, events: Sequence[Event]) -> None:
        if log.isEnabledFor(logging.DEBUG):
            for event in events:
                log.debug("event %d of the job, %s: %s", event.seq, event.kind.value, event.payload)
        await self._bus.publish(events)


def _change(batch: BatchImported | BatchFailed) -> BatchChange:
    if isinstance(batch, BatchImported):
        request_id = ",".join(batch.request_ids) or None
        return BatchChange(
            batch.number,
            BatchState.IMPORTED,
            requests=batch.requests,
            request_id=request_id,
            events=notices.sent_in_parts(batch),
        )
    event = notices.log(f"batch {batch.number} failed: {batch.error}", "ERROR")
    return BatchChange(batch.number, BatchState.FAILED, error=batch.error, requests=batch.requests, events=[event])
