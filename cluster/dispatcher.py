"""The actor that claims queued jobs and hands them to coordinators."""

import asyncio
import logging
import socket
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ray.exceptions import RayError

from cluster import names, notices
from cluster.accounts import database_of
from cluster.actors import answering, find_actor
from cluster.assignments import Assignments
from cluster.machine import Phase
from cluster.resources import COORDINATOR_JOBS
from cluster.retention import remove_expired, remove_orphans
from cluster.settings import Settings
from cluster.tasks import storage_at
from cluster.telemetry import look_after
from cluster.tracing import span
from jobs_store.errors import StoreError
from jobs_store.jobs import Announcement, Job, JobStatus, Lease

_POLL_SECONDS = 2.0
_PAUSE_SECONDS = 0.25
"""From one claim to the next: jobs that come in quick succession are claimed together, one that comes alone at once."""
_ROOM_SECONDS = 0.5
"""How long at most the next claim waits beyond that for jobs under way to end."""
_RETENTION_SECONDS = 600.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DispatcherReport:
    coordinators: int
    running_jobs: int


class Dispatcher:
    """Claims jobs by priority and fairly over tenants, at most so many at once, and takes back those whose lease ran out.

    Woken after a submit; polls otherwise, so nothing depends on the wake-up. Keeps no truth: a restarted one, or a second
    one during a fail-over, claims other jobs, since a lease is one statement of the database.
    """

    def __init__(self, settings: Settings) -> None:
        look_after(settings)
        self._settings = settings
        self._owner = f"{socket.gethostname()}/{id(self):x}"
        self._database = database_of(settings)
        self._work = asyncio.Event()
        self._coordinators: dict[int, Any] = {}
        self._jobs = Assignments(
            coordinators=settings.coordinators,
            most_jobs=settings.max_concurrent_jobs,
            jobs_per_coordinator=COORDINATOR_JOBS,
        )
        self._watches: set[asyncio.Task[None]] = set()
        loops = (self._dispatch_forever(), self._reclaim_forever(), self._retain_forever())
        self._loops = [asyncio.create_task(loop) for loop in loops]

    async def wake(self) -> None:
        self._work.set()

    async def stop(self) -> None:
        """Hands out nothing more: its process is about to end."""
        for loop in self._loops:
            loop.cancel()

    async def cancel(self, job_id: str) -> None:
        """Tells the job's coordinator at once what it would see at its next renewal."""
        number = self._jobs.cancel(job_id)
        if number is None:
            return
        with suppress(RayError, ValueError):
            await self._coordinator(number).cancel.remote(job_id)

    async def health(self) -> DispatcherReport:
        answers = await asyncio.gather(
            *(asyncio.wait_for(self._ping(number), 2.0) for number in range(self._settings.coordinators)),
            return_exceptions=True,
        )
        return DispatcherReport(sum(answer is True for answer in answers), self._jobs.running)

    async def _ping(self, number: int) -> bool:
        await self._coordinator(number).ping.remote()
        return True

    async def _dispatch_forever(self) -> None:
        while True:
            self._work.clear()
            try:
                claimed = await self._dispatch()
            except StoreError as error:
                log.warning("no jobs claimed: %s", error)
                claimed = 0
            if claimed:
                await asyncio.sleep(_PAUSE_SECONDS)
                await self._await_room()
            else:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._work.wait(), _POLL_SECONDS)

    async def _await_room(self) -> None:
        """For a group of jobs: each claim, task and call that follows from it is one for all of them."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_ROOM_SECONDS):
                while self._jobs.is_busy:
                    self._work.clear()
                    await self._work.wait()

    async def _dispatch(self) -> int:
        """Claims what there is room for, and hands it over; how many that were."""
        if not self._jobs.room:
            return 0
        self._jobs.claiming()
        leases = await self._database.jobs.lease(
            owner=self._owner,
            limit=self._jobs.room,
            lease_for=self._settings.lease_for,
            per_tenant=self._settings.max_jobs_per_tenant,
            time_limit=self._settings.time_limit,
            step=Phase.READ,
            tell=notices.started,
        )
        for lease in leases:
            job = lease.job
            begin = job.created_at if job.attempt == 1 else None
            about = {"phoenix.job_id": job.job_id, "phoenix.tenant": job.tenant}
            with span("claim", about, parent=job.traceparent, start=begin):
                pass  # how long it has waited
        for number, share in self._jobs.assign(leases).items():
            self._keep_watch(self._watch(share, number))
        for job_id in self._jobs.cancelled_meanwhile():
            self._keep_watch(self.cancel(job_id))
        return len(leases)

    def _keep_watch(self, watching: Coroutine[Any, Any, None]) -> None:
        watch = asyncio.create_task(watching)
        self._watches.add(watch)
        watch.add_done_callback(self._watches.discard)

    async def _watch(self, leases: list[Lease], number: int) -> None:
        """Until the jobs have ended, or their coordinator has died: they are queued again without waiting for their leases."""
        left = {lease.job_id: lease for lease in leases}
        try:
            name = names.group("run", list(left))
            ended = self._coordinator(number).run.options(num_returns="streaming", name=name).remote(leases)
            async for job_ids in ended:
                for job_id in (ended_ids := await job_ids):
                    del left[job_id]
                self._jobs.ended(ended_ids)
                self._work.set()
        except (RayError, ValueError) as error:
            log.warning("coordinator %d lost %d jobs: %s", number, len(left), type(error).__name__)
            self._keep_watch(self._await_return(number))
            with suppress(StoreError):
                await self._database.jobs.renew_all(list(left.values()), timedelta(0))
                await self._reclaim()
        finally:
            self._jobs.ended(left)
            self._work.set()

    async def _await_return(self, number: int) -> None:
        """Ray restarts a coordinator that died; a job handed to it before that would only be lost once more."""
        if not self._jobs.lost(number):
            return
        while not await self._answers(number):
            self._coordinators.pop(number, None)
        self._jobs.is_back(number)
        self._work.set()

    async def _answers(self, number: int) -> bool:
        try:
            return await answering(self._coordinator(number))
        except ValueError:  # it is not even known; somebody may start it anew
            await asyncio.sleep(_POLL_SECONDS)
            return False

    async def _reclaim_forever(self) -> None:
        while True:
            try:
                await self._reclaim()
            except StoreError as error:
                log.warning("lost jobs are taken back later: %s", error)
            await asyncio.sleep(self._settings.lease_seconds / 3)

    async def _retain_forever(self) -> None:
        """Removes what retention says, and once a day what no job has."""
        orphans_on = date.min
        while True:
            try:
                await remove_expired(self._database, self._settings)
                if orphans_on != (today := datetime.now(UTC).date()):
                    storage = storage_at(self._settings.storage_url)
                    await remove_orphans(self._database, storage, today, upload_hours=self._settings.upload_expires_hours)
                    orphans_on = today
            except StoreError as error:
                log.warning("retention put off: %s", error)
            await asyncio.sleep(_RETENTION_SECONDS)

    async def _reclaim(self) -> None:
        if await self._database.jobs.reclaim(self._settings.max_attempts, announce=reclaimed):
            self._work.set()

    def _coordinator(self, number: int) -> Any:
        if number not in self._coordinators:
            self._coordinators[number] = find_actor(names.coordinator(number))
        return self._coordinators[number]


def reclaimed(job: Job) -> Announcement:
    """What is told of a job whose carrier died."""
    if job.status is JobStatus.QUEUED:
        message = "the process that carried the job died; it is queued again"
        return Announcement((notices.log(message, "WARNING"), notices.status(job.status, job.progress, "queued again")))
    cancelled = job.status is JobStatus.CANCELLED
    message = "cancelled by a client" if cancelled else f"given up: its process died in each of {job.attempt} attempts"
    body = notices.webhook_body(job=job, status=job.status, error=message, time=datetime.now(UTC))
    return Announcement((notices.log(message, "ERROR"), notices.error(job.status, job.progress, message)), body)
