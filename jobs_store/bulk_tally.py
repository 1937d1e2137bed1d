"""Carrying bulks on: their jobs counted as they change, queued a window at a time, cancelled and retried in pages.

Each method is one transaction, and may run in several processes at once.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import CTE

from jobs_store.bulk_changes import note_changes
from jobs_store.bulk_records import Bulk, BulkState, CountKind
from jobs_store.bulk_rows import BULK_COLUMNS, GOING_ON, bulk_of, write_bulk
from jobs_store.dialects import now
from jobs_store.engine import Transactions
from jobs_store.job_queue import WAITING, announce_change
from jobs_store.job_rows import JOB_COLUMNS, job_of
from jobs_store.records import Announcement, BatchState, Event, Job, JobStatus, NewEvent
from jobs_store.tables import batches, bulk_changes, bulk_counts, bulk_members, bulks, jobs

MOST_REASONS = 20
"""Reasons of failing that are counted each by itself; the others are counted together."""
OTHER_REASONS = "other reasons"
_ENDED_BADLY = (JobStatus.FAILED, JobStatus.CANCELLED)

Counts = Counter[tuple[str, str, str]]
"""By bulk, `CountKind` and name."""


@dataclass(frozen=True)
class CountedChange:
    """A job that has just been counted, as it was then."""

    bulk_id: str
    job_id: str
    filename: str
    status: JobStatus
    was: JobStatus | None
    error: str | None


class BulkTally:
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def going_on(self) -> list[Bulk]:
        async with self._transactions.read() as connection:
            found = await connection.execute(
                select(*BULK_COLUMNS).where(bulks.c.state.in_(GOING_ON)).order_by(bulks.c.created_at)
            )
            return [bulk_of(row) for row in found]

    async def count(self, limit: int = 1000) -> list[CountedChange]:
        """Counts up to ``limit`` changes, the oldest first; nothing is left where it gives back nothing."""
        oldest = (
            select(bulk_changes.c.change_id)
            .order_by(bulk_changes.c.change_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("oldest")
            .prefix_with("MATERIALIZED", dialect="postgresql")
        )
        taken = (
            delete(bulk_changes)
            .where(bulk_changes.c.change_id.in_(select(oldest.c.change_id)))
            .returning(bulk_changes.c.job_id)
        )
        async with self._transactions.write() as connection:
            job_ids = sorted(set((await connection.execute(taken)).scalars()))
            if not job_ids:
                return []
            return await self._recount(connection, job_ids)

    async def _recount(self, connection: AsyncConnection, job_ids: Sequence[str]) -> list[CountedChange]:
        """Takes each job out of the counts as what it was counted, and puts it in as what it is."""
        members, now_counted = bulk_members.c, (jobs.c.status, jobs.c.detected_format, jobs.c.error_message, jobs.c.filename)
        statement = (
            select(members.bulk_id, members.job_id, members.counted_status, members.counted_scanner, members.counted_error)
            .add_columns(*now_counted)
            .join_from(bulk_members, jobs, members.job_id == jobs.c.job_id)
            .where(members.job_id.in_(job_ids))
            .order_by(members.job_id)
            .with_for_update(of=bulk_members)
        )
        rows = list(await connection.execute(statement))
        reasons = await self._reasons(connection, {row.bulk_id for row in rows})
        changes, counted, updates = [], Counts(), []
        for row in rows:
            error = _reason(row.error_message, reasons[row.bulk_id]) if row.status == JobStatus.FAILED else None
            before = (row.counted_status, row.counted_scanner, row.counted_error)
            after = (row.status, row.detected_format, error)
            for kind, old, new in zip((CountKind.STATUS, CountKind.SCANNER, CountKind.ERROR), before, after, strict=True):
                if old is not None:
                    counted[row.bulk_id, kind, old] -= 1
                if new is not None:
                    counted[row.bulk_id, kind, new] += 1
            updates.append({"of_job": row.job_id, "status": row.status, "scanner": row.detected_format, "error": error})
            was = JobStatus(row.counted_status) if row.counted_status else None
            changes.append(CountedChange(row.bulk_id, row.job_id, row.filename, JobStatus(row.status), was, row.error_message))
        if updates:
            await connection.execute(_COUNTED, updates)
        await add_counts(connection, counted, is_sqlite=self._transactions.is_sqlite)
        return changes

    async def _reasons(self, connection: AsyncConnection, bulk_ids: set[str]) -> dict[str, set[str]]:
        statement = select(bulk_counts.c.bulk_id, bulk_counts.c.name).where(
            bulk_counts.c.bulk_id.in_(bulk_ids), bulk_counts.c.kind == CountKind.ERROR, bulk_counts.c.jobs > 0
        )
        reasons: dict[str, set[str]] = {bulk_id: set() for bulk_id in bulk_ids}
        for bulk_id, name in await connection.execute(statement):
            reasons[bulk_id].add(name)
        return reasons

    async def queue(self, bulk_id: str, limit: int) -> int:
        """Lets up to ``limit`` of its pending jobs into the queue, in their order; gives back how many."""
        pending = and_(jobs.c.bulk_id == bulk_id, jobs.c.status == JobStatus.PENDING)
        chosen = _page(pending, limit)
        statement = (
            update(jobs)
            .where(jobs.c.job_id == chosen.c.job_id, jobs.c.status == JobStatus.PENDING)
            .values(status=JobStatus.QUEUED)
            .returning(jobs.c.job_id)
        )
        async with self._transactions.write() as connection:
            queued = list((await connection.execute(statement)).scalars())
            await connection.run_sync(note_changes, [(bulk_id, job_id) for job_id in queued])
        return len(queued)

    async def cancel_waiting(self, bulk_id: str, limit: int, *, announce: Callable[[Job], Announcement]) -> int:
        """Ends up to ``limit`` of its jobs that wait, each with what ``announce`` says; gives back how many."""
        waiting = and_(jobs.c.bulk_id == bulk_id, jobs.c.status.in_(WAITING))
        values = {"status": JobStatus.CANCELLED, "completed_at": now(), "cancel_requested": True}
        return len(await self._change(_page(waiting, limit), jobs.c.status.in_(WAITING), values, announce))

    async def cancel_running(self, bulk_id: str) -> list[str]:
        """Asks its running jobs to end; gives back those that had not been asked before."""
        running = and_(jobs.c.bulk_id == bulk_id, jobs.c.status == JobStatus.PROCESSING, jobs.c.cancel_requested.is_(False))
        async with self._transactions.write() as connection:
            asked = await connection.execute(update(jobs).where(running).values(cancel_requested=True).returning(jobs.c.job_id))
            return list(asked.scalars())

    async def retry(self, bulk_id: str, before: datetime, limit: int, *, announce: Callable[[Job], Announcement]) -> int:
        """Lets up to ``limit`` jobs that ended badly before that time wait again, as `JobRepository.retry` does for one."""
        failed = and_(
            jobs.c.bulk_id == bulk_id,
            jobs.c.status.in_(_ENDED_BADLY),
            jobs.c.completed_at <= before,
            jobs.c.cleaned_at.is_(None),
        )
        cleared = ("started_at", "completed_at", "deadline", "error_message", "error_traceback", "current_step")
        values = {
            "status": JobStatus.PENDING,
            "attempt": 0,
            "progress": 0.0,
            "cancel_requested": False,
            **dict.fromkeys(cleared),
        }
        again = update(batches).values(state=BatchState.PENDING, error=None, updated_at=now())
        retried = await self._change(
            _page(failed, limit),
            jobs.c.status.in_(_ENDED_BADLY),
            values,
            announce,
            also=lambda ids: again.where(batches.c.job_id.in_(ids), batches.c.state == BatchState.FAILED),
        )
        return len(retried)

    async def _change(
        self,
        chosen: CTE,
        condition: ColumnElement[bool],
        values: Mapping[str, Any],
        announce: Callable[[Job], Announcement],
        also: Callable[[list[str]], Any] | None = None,
    ) -> list[Job]:
        statement = update(jobs).where(jobs.c.job_id == chosen.c.job_id, condition).values(**values).returning(*JOB_COLUMNS)
        async with self._transactions.write() as connection:
            changed = [job_of(row) for row in await connection.execute(statement)]
            await connection.run_sync(note_changes, [(job.bulk_id, job.job_id) for job in changed])
            if changed and also is not None:
                await connection.execute(also([job.job_id for job in changed]))
            for job in changed:
                await announce_change(connection, job, announce(job))
        return changed

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


async def add_counts(connection: AsyncConnection, counted: Counts, *, is_sqlite: bool) -> None:
    """Within the transaction of what is counted, in an order that every writer keeps."""
    rows = [
        {"bulk_id": bulk_id, "kind": kind, "name": name, "jobs": number}
        for (bulk_id, kind, name), number in sorted(counted.items())
        if number
    ]
    if not rows:
        return
    insert = insert_sqlite(bulk_counts) if is_sqlite else insert_postgresql(bulk_counts)
    added = insert.on_conflict_do_update(
        index_elements=["bulk_id", "kind", "name"], set_={"jobs": bulk_counts.c.jobs + insert.excluded.jobs}
    )
    await connection.execute(added, rows)


_COUNTED = (
    update(bulk_members)
    .where(bulk_members.c.job_id == bindparam("of_job"))
    .values(counted_status=bindparam("status"), counted_scanner=bindparam("scanner"), counted_error=bindparam("error"))
)


def _page(condition: ColumnElement[bool], limit: int) -> CTE:
    chosen = select(jobs.c.job_id).where(condition).order_by(jobs.c.created_at).limit(limit).with_for_update(skip_locked=True)
    return chosen.cte("chosen").prefix_with("MATERIALIZED", dialect="postgresql")


def _reason(message: str | None, known: set[str]) -> str:
    """What a failure is counted as; adds it to those that are known."""
    reason = (message or "failed").partition("\n")[0][:200]
    if reason in known:
        return reason
    if len(known) >= MOST_REASONS:
        return OTHER_REASONS
    known.add(reason)
    return reason
