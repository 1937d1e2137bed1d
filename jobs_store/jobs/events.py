"""A job's event stream: log lines, progress and changes of state in one order, numbered from 1 without gaps."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, select

from jobs_store.engine import Transactions
from jobs_store.errors import JobNotFoundError
from jobs_store.events import Event, EventKind, NewEvent
from jobs_store.jobs.changes import Change, Changes
from jobs_store.jobs.fence import TELL, write
from jobs_store.jobs.records import Lease
from jobs_store.tables import events as table


class EventRepository:
    def __init__(self, transactions: Transactions, changes: Changes) -> None:
        self._transactions, self._changes = transactions, changes

    async def append(self, job_id: str, events: Sequence[NewEvent], *, lease: Lease | None = None) -> list[Event]:
        """Durable on return, in the order given; with a lease also fenced by it.

        Raises `JobNotFoundError` or `LeaseLostError`. Events that belong to a change of the job go with that change instead.
        """
        if lease is not None:
            return await self._changes.write(Change(lease, events=events))
        async with self._transactions.write() as connection:
            written = await write(connection, job_id, TELL, events=events)
        if written is None:
            raise JobNotFoundError(job_id)
        return written

    async def read(
        self, job_id: str, after: int = 0, limit: int = 1000, kinds: Collection[EventKind] | None = None
    ) -> list[Event]:
        """Up to ``limit`` events numbered above ``after``, in order; nothing for an unknown job."""
        statement = select(table).where(table.c.job_id == job_id, table.c.seq > after).order_by(table.c.seq).limit(limit)
        if kinds is not None:
            statement = statement.where(table.c.kind.in_(kinds))
        async with self._transactions.read() as connection:
            return [event_of(row) for row in await connection.execute(statement)]

    async def recent_logs(self, job_id: str, n: int = 50) -> list[Event]:
        """The last ``n`` log lines, oldest first."""
        statement = (
            select(table).where(table.c.job_id == job_id, table.c.kind == EventKind.LOG).order_by(table.c.seq.desc()).limit(n)
        )
        async with self._transactions.read() as connection:
            latest_first = [event_of(row) for row in await connection.execute(statement)]
        return latest_first[::-1]


def event_of(row: Row[*tuple[Any, ...]]) -> Event:
    return Event(row.job_id, row.seq, row.time, EventKind(row.kind), row.level, row.payload)
