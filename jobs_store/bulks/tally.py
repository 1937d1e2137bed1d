"""Counting the jobs of bulks as they change, from the outbox that every change of a job's state fills."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from jobs_store.bulks.records import CountedChange, CountKind
from jobs_store.engine import Transactions
from jobs_store.jobs.records import JobStatus
from jobs_store.tables import bulk_changes, bulk_counts, bulk_members, jobs

MOST_REASONS = 20
"""Reasons of failing that are counted each by itself; the others are counted together."""
OTHER_REASONS = "other reasons"

Counts = Counter[tuple[str, str, str]]
"""By bulk, `CountKind` and name."""


class BulkTally:
    """May count in several processes at once."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

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


def _reason(message: str | None, known: set[str]) -> str:
    """What a failure is counted as; adds it to those that are known."""
    reason = (message or "failed").partition("\n")[0][:200]
    if reason in known:
        return reason
    if len(known) >= MOST_REASONS:
        return OTHER_REASONS
    known.add(reason)
    return reason
