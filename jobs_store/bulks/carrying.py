"""Carrying bulks on: their jobs queued a window at a time, cancelled and retried in pages."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select

from jobs_store.bulks.records import Bulk, BulkState
from jobs_store.bulks.rows import BULK_COLUMNS, GOING_ON, bulk_of, write_bulk
from jobs_store.dialects import now
from jobs_store.engine import Transactions
from jobs_store.events import Event, NewEvent
from jobs_store.jobs.fence import write_all, write_page
from jobs_store.jobs.records import Announcement, Job, JobStatus
from jobs_store.jobs.transitions import ASK_TO_CANCEL, CANCEL, ENTER_QUEUE, retry
from jobs_store.tables import bulks, jobs


class BulkCarrying:
    """Each method is one transaction, and may run in several processes at once."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def going_on(self) -> list[Bulk]:
        async with self._transactions.read() as connection:
            found = await connection.execute(
                select(*BULK_COLUMNS).where(bulks.c.state.in_(GOING_ON)).order_by(bulks.c.created_at)
            )
            return [bulk_of(row) for row in found]

    async def queue(self, bulk_id: str, limit: int) -> int:
        """Lets up to ``limit`` of its pending jobs into the queue, in their order; gives back how many."""
        async with self._transactions.write() as connection:
            return len(await write_page(connection, jobs.c.bulk_id == bulk_id, ENTER_QUEUE, limit=limit))

    async def cancel_waiting(self, bulk_id: str, limit: int, *, announce: Callable[[Job], Announcement]) -> int:
        """Ends up to ``limit`` of its jobs that wait, each with what ``announce`` says; gives back how many."""
        async with self._transactions.write() as connection:
            return len(await write_page(connection, jobs.c.bulk_id == bulk_id, CANCEL, limit=limit, announce=announce))

    async def cancel_running(self, bulk_id: str) -> list[str]:
        """Asks its running jobs to end; gives back those that had not been asked before."""
        unasked = and_(jobs.c.bulk_id == bulk_id, jobs.c.cancel_requested.is_(False))
        async with self._transactions.write() as connection:
            return [job.job_id for job in await write_all(connection, unasked, ASK_TO_CANCEL)]

    async def retry(self, bulk_id: str, before: datetime, limit: int, *, announce: Callable[[Job], Announcement]) -> int:
        """Lets up to ``limit`` jobs that ended badly before that time wait again, as `JobRepository.retry` does for one."""
        failed = and_(jobs.c.bulk_id == bulk_id, jobs.c.completed_at <= before)
        async with self._transactions.write() as connection:
            retried = await write_page(connection, failed, retry(JobStatus.PENDING), limit=limit, announce=announce)
        return len(retried)

    async def retried(self, bulk: Bulk) -> None:
        """Nothing is left to retry; unless it has been asked for once more."""
        same = bulks.c.retry_before == bulk.retry_before
        async with self._transactions.write() as connection:
            await write_bulk(connection, bulk.bulk_id, same, {"retry_before": None})

    async def advance(
        self, bulk: Bulk, *, state: BulkState, progress: float, error: str | None = None, events: Sequence[NewEvent] = ()
    ) -> list[Event] | None:
        """Brings the bulk from the state it was seen in to another; None, and nothing written, where it is in a third."""
        values: dict[str, Any] = {"state": state, "progress": progress, "error": error}
        if state.ended != bulk.state.ended:
            values["completed_at"] = now() if state.ended else None
        seen = and_(bulks.c.state == bulk.state, bulks.c.cancel_requested.is_(bulk.cancel_requested))
        async with self._transactions.write() as connection:
            return await write_bulk(connection, bulk.bulk_id, seen, values, events=events)
