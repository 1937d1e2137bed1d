"""Data loaders: what many objects of an answer need is asked for by one statement for all of them."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader

from jobs_store.bulks import Bulk, BulkCounts, SkippedMember
from jobs_store.database import Database
from jobs_store.events import Event, EventKind
from jobs_store.jobs import Batch, Job, JobStatus
from jobs_store.reach import Reach
from jobs_store.webhooks import TrackedDelivery

Found = TypeVar("Found")


class Loaders:
    """Of one operation. Those that take arguments are one for each set of arguments, of which a query has few."""

    def __init__(self, database: Database, reach: Reach) -> None:
        self._database, self._reach = database, reach
        self._made: dict[Hashable, DataLoader[str, Any]] = {}

    async def bulk(self, bulk_id: str) -> Bulk | None:
        return await self._load("bulk", partial(self._database.bulk_pages.several, self._reach), bulk_id, None)

    async def counts(self, bulk_id: str) -> BulkCounts:
        return await self._load("counts", self._database.bulk_pages.counts, bulk_id, BulkCounts({}, {}, {}, {}))

    async def bulk_jobs(self, bulk_id: str, states: tuple[JobStatus, ...], after: int, limit: int) -> Sequence[tuple[int, Job]]:
        ask = partial(self._database.bulk_pages.jobs, states=states, after=after, limit=limit)
        return await self._load(("bulk jobs", states, after, limit), ask, bulk_id, ())

    async def skipped_members(self, bulk_id: str, after: int, limit: int) -> Sequence[SkippedMember]:
        ask = partial(self._database.bulk_pages.skipped, after=after, limit=limit)
        return await self._load(("skipped", after, limit), ask, bulk_id, ())

    async def batches(self, job_id: str, after: int, limit: int) -> Sequence[Batch]:
        ask = partial(self._database.job_pages.batches, after=after, limit=limit)
        return await self._load(("batches", after, limit), ask, job_id, ())

    async def events(self, job_id: str, kinds: tuple[EventKind, ...], after: int, limit: int) -> Sequence[Event]:
        ask = partial(self._database.job_pages.events, kinds=kinds, after=after, limit=limit)
        return await self._load(("events", kinds, after, limit), ask, job_id, ())

    async def webhooks(self, job_id: str) -> Sequence[TrackedDelivery]:
        return await self._load("webhooks", self._webhooks, job_id, ())

    async def _webhooks(self, job_ids: Sequence[str]) -> Mapping[str, Sequence[TrackedDelivery]]:
        found: dict[str, list[TrackedDelivery]] = {}
        for delivery in await self._database.webhooks.tracked_of(job_ids):
            found.setdefault(delivery.job_id, []).append(delivery)
        return found

    async def _load(
        self, name: Hashable, ask: Callable[[Sequence[str]], Awaitable[Mapping[str, Found]]], key: str, otherwise: Found
    ) -> Found:
        async def load(keys: list[str]) -> list[Found]:
            found = await ask(keys)
            return [found.get(each, otherwise) for each in keys]

        if name not in self._made:
            self._made[name] = DataLoader(load)
        found: Found = await self._made[name].load(key)
        return found
