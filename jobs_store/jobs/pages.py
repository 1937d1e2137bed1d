"""Jobs and what belongs to them, for those who look on: by filters and cursors, and for many jobs by one statement."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select

from jobs_store.cursors import Position, behind
from jobs_store.engine import Transactions
from jobs_store.events import Event, EventKind
from jobs_store.jobs.batches import batch_of
from jobs_store.jobs.events import event_of
from jobs_store.jobs.filters import conditions
from jobs_store.jobs.records import Batch, Job, JobFilter, JobStatus
from jobs_store.jobs.rows import JOB_COLUMNS, job_of
from jobs_store.reach import Reach
from jobs_store.tables import batches, events, jobs


class JobPages:
    """Reads alone. Each method is one statement, however many jobs it is about."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def page(self, reach: Reach, wanted: JobFilter, after: Position | None, limit: int) -> list[Job]:
        """Up to ``limit`` jobs behind that place, the newest first."""
        statement = (
            select(*JOB_COLUMNS)
            .where(*conditions(reach, wanted), behind(after, jobs.c.created_at, jobs.c.job_id))
            .order_by(jobs.c.created_at.desc(), jobs.c.job_id.desc())
            .limit(limit)
        )
        async with self._transactions.read() as connection:
            return [job_of(row) for row in await connection.execute(statement)]

    async def by_state(self, reach: Reach, wanted: JobFilter) -> dict[JobStatus, int]:
        """How many there are in each state that some are in."""
        statement = select(jobs.c.status, func.count()).where(*conditions(reach, wanted)).group_by(jobs.c.status)
        async with self._transactions.read() as connection:
            return {JobStatus(status): number for status, number in await connection.execute(statement)}

    async def several(self, reach: Reach, job_ids: Collection[str]) -> dict[str, Job]:
        """By their whole ids; what is out of reach is left out."""
        statement = select(*JOB_COLUMNS).where(jobs.c.job_id.in_(job_ids), reach.over(jobs))
        async with self._transactions.read() as connection:
            return {job.job_id: job for job in map(job_of, await connection.execute(statement))}

    async def batches(self, job_ids: Collection[str], *, after: int, limit: int) -> Mapping[str, Sequence[Batch]]:
        """Of each job up to ``limit`` numbered above ``after``, in order."""
        first = _first(batches, (batches.c.job_id.in_(job_ids), batches.c.number > after), batches.c.number, limit)
        found: defaultdict[str, list[Batch]] = defaultdict(list)
        async with self._transactions.read() as connection:
            for row in await connection.execute(first):
                found[row.job_id].append(batch_of(row))
        return found

    async def events(
        self, job_ids: Collection[str], *, after: int, limit: int, kinds: Collection[EventKind] = ()
    ) -> Mapping[str, Sequence[Event]]:
        """Of each job up to ``limit`` numbered above ``after``, in order; of all kinds where none is given."""
        wanted = [events.c.job_id.in_(job_ids), events.c.seq > after, *([events.c.kind.in_(kinds)] if kinds else ())]
        found: defaultdict[str, list[Event]] = defaultdict(list)
        async with self._transactions.read() as connection:
            for row in await connection.execute(_first(events, wanted, events.c.seq, limit)):
                found[row.job_id].append(event_of(row))
        return found


def _first(table: Any, conditions: Collection[ColumnElement[bool]], number: Any, limit: int) -> Any:
    """The first rows of each job."""
    place = func.row_number().over(partition_by=table.c.job_id, order_by=number).label("place")
    numbered = select(table, place).where(*conditions).subquery()
    return select(numbered).where(numbered.c.place <= limit).order_by(numbered.c.job_id, numbered.c.place)
