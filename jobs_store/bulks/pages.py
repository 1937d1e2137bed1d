"""Bulks and what belongs to them, for those who look on: by cursors, and for many bulks by one statement."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select

from jobs_store.bulks.records import Bulk, BulkCounts, BulkState, CountKind, SkippedMember
from jobs_store.bulks.rows import BULK_COLUMNS, bulk_of
from jobs_store.cursors import Position, behind
from jobs_store.engine import Transactions
from jobs_store.jobs.records import Job, JobStatus
from jobs_store.jobs.rows import JOB_COLUMNS, job_of
from jobs_store.reach import Reach
from jobs_store.tables import bulk_counts, bulk_members, bulks, jobs

_NUMBER = bulk_members.c.number


class BulkPages:
    """Reads alone. Each method is one statement, however many bulks it is about."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def page(
        self, reach: Reach, states: Collection[BulkState], tenant: str | None, after: Position | None, limit: int
    ) -> list[Bulk]:
        """Up to ``limit`` bulks behind that place, the newest first; of all states where none is given."""
        statement = (
            select(*BULK_COLUMNS)
            .where(*_conditions(reach, states, tenant), behind(after, bulks.c.created_at, bulks.c.bulk_id))
            .order_by(bulks.c.created_at.desc(), bulks.c.bulk_id.desc())
            .limit(limit)
        )
        async with self._transactions.read() as connection:
            return [bulk_of(row) for row in await connection.execute(statement)]

    async def count(self, reach: Reach, states: Collection[BulkState], tenant: str | None) -> int:
        statement = select(func.count()).select_from(bulks).where(*_conditions(reach, states, tenant))
        async with self._transactions.read() as connection:
            return (await connection.execute(statement)).scalar_one()

    async def several(self, reach: Reach, bulk_ids: Collection[str]) -> dict[str, Bulk]:
        """By their whole ids; what is out of reach is left out."""
        statement = select(*BULK_COLUMNS).where(bulks.c.bulk_id.in_(bulk_ids), reach.over(bulks))
        async with self._transactions.read() as connection:
            return {bulk.bulk_id: bulk for bulk in map(bulk_of, await connection.execute(statement))}

    async def counts(self, bulk_ids: Collection[str]) -> dict[str, BulkCounts]:
        """As last counted, of each of them."""
        statement = (
            select(bulk_counts.c.bulk_id, bulk_counts.c.kind, bulk_counts.c.name, bulk_counts.c.jobs)
            .where(bulk_counts.c.bulk_id.in_(bulk_ids), bulk_counts.c.jobs > 0)
            .order_by(bulk_counts.c.jobs.desc())
        )
        found: dict[str, dict[str, dict[str, int]]] = {bulk_id: {kind: {} for kind in CountKind} for bulk_id in bulk_ids}
        async with self._transactions.read() as connection:
            for bulk_id, kind, name, number in await connection.execute(statement):
                found[bulk_id][kind][name] = number
        return {bulk_id: counts_of(by_kind) for bulk_id, by_kind in found.items()}

    async def jobs(
        self, bulk_ids: Collection[str], *, states: Collection[JobStatus], after: int, limit: int
    ) -> Mapping[str, Sequence[tuple[int, Job]]]:
        """Of each bulk the first ``limit`` jobs of members numbered above ``after``, each with its member's number."""
        wanted = [jobs.c.bulk_id.in_(bulk_ids), after < _NUMBER, *([jobs.c.status.in_(states)] if states else ())]
        place = func.row_number().over(partition_by=jobs.c.bulk_id, order_by=_NUMBER).label("place")
        members = select(jobs.c.job_id.label("of_job"), _NUMBER, place)
        numbered = members.join_from(jobs, bulk_members, jobs.c.job_id == bulk_members.c.job_id).where(*wanted).subquery()
        statement = (
            select(*JOB_COLUMNS, numbered.c.number)
            .join_from(jobs, numbered, jobs.c.job_id == numbered.c.of_job)
            .where(numbered.c.place <= limit)
            .order_by(jobs.c.bulk_id, numbered.c.place)
        )
        found: defaultdict[str, list[tuple[int, Job]]] = defaultdict(list)
        for row in await self._rows(statement):
            found[row.bulk_id].append((row.number, job_of(row)))
        return found

    async def skipped(self, bulk_ids: Collection[str], *, after: int, limit: int) -> Mapping[str, Sequence[SkippedMember]]:
        """Of each bulk the first ``limit`` left-out members numbered above ``after``."""
        columns = bulk_members.c
        place = func.row_number().over(partition_by=columns.bulk_id, order_by=_NUMBER).label("place")
        left_out = (columns.bulk_id.in_(bulk_ids), after < _NUMBER, columns.job_id.is_(None))
        numbered = select(columns.bulk_id, _NUMBER, columns.name, columns.reason, place).where(*left_out).subquery()
        statement = select(numbered).where(numbered.c.place <= limit).order_by(numbered.c.bulk_id, numbered.c.place)
        found: defaultdict[str, list[SkippedMember]] = defaultdict(list)
        for row in await self._rows(statement):
            found[row.bulk_id].append(SkippedMember(row.number, row.name, row.reason))
        return found

    async def _rows(self, statement: Any) -> Sequence[Row[*tuple[Any, ...]]]:
        async with self._transactions.read() as connection:
            return (await connection.execute(statement)).all()


def counts_of(found: Mapping[str, Mapping[str, int]]) -> BulkCounts:
    """Of numbers by `CountKind` and name."""
    by_status = {JobStatus(name): number for name, number in found[CountKind.STATUS].items()}
    return BulkCounts(by_status, found[CountKind.SCANNER], found[CountKind.ERROR], found[CountKind.SKIPPED])


def _conditions(reach: Reach, states: Collection[BulkState], tenant: str | None) -> list[ColumnElement[bool]]:
    conditions = [reach.over(bulks)]
    if states:
        conditions.append(bulks.c.state.in_(states))
    if tenant is not None:
        conditions.append(bulks.c.tenant == tenant)
    return conditions
