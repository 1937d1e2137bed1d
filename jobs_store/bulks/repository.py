"""Bulks as those who order, watch, cancel, retry and remove them see them."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import and_, case, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from jobs_store.bulks.carrying import BulkCarrying
from jobs_store.bulks.pages import BulkPages
from jobs_store.bulks.records import Bulk, BulkCounts, BulkState, NewBulk, SkippedMember
from jobs_store.bulks.registration import BulkRegistration
from jobs_store.bulks.rows import BULK_COLUMNS, ENDED, GOING_ON, bulk_of, one_bulk, write_bulk
from jobs_store.bulks.tally import BulkTally
from jobs_store.dialects import arrival, now
from jobs_store.engine import Transactions
from jobs_store.errors import BulkEndedError, BulkNotFoundError, BulkNotRetryableError, IdempotencyKeyReusedError
from jobs_store.events import Event, NewEvent
from jobs_store.jobs.records import Job, JobStatus
from jobs_store.jobs.rows import JOB_COLUMNS, job_of
from jobs_store.jobs.secrets import JobSecrets
from jobs_store.reach import Reach
from jobs_store.short_ids import MOST_TOLD, begins, only
from jobs_store.tables import bulk_members, bulks, jobs

Bulks = list[Bulk]  # names for what `BulkRepository.list` hides within its class
Events = list[Event]


class BulkRepository:
    """``registration``, ``tally`` and ``carrying`` are for the one process that carries bulks on."""

    def __init__(self, transactions: Transactions, secrets: JobSecrets) -> None:
        self._transactions, self._secrets = transactions, secrets
        self.registration = BulkRegistration(transactions, secrets)
        self.tally = BulkTally(transactions)
        self.carrying = BulkCarrying(transactions)
        self._pages = BulkPages(transactions)

    async def create(self, new: NewBulk, *, events: Sequence[NewEvent] = ()) -> Bulk:
        """Durable on return. The first one's bulk where the tenant's idempotency key is known already.

        Raises `IdempotencyKeyReusedError`.
        """
        insert = insert_sqlite(bulks) if self._transactions.is_sqlite else insert_postgresql(bulks)
        values = asdict(new) | {"plan": self._secrets.seal_text(new.order), "state": BulkState.REGISTERING}
        del values["order"]  # the column has an older name
        wanted = bulks.c.bulk_id == new.bulk_id
        if new.idempotency_key is not None:
            wanted = or_(wanted, and_(bulks.c.tenant == new.tenant, bulks.c.idempotency_key == new.idempotency_key))
        async with self._transactions.write() as connection:
            inserted = insert.values(values).on_conflict_do_nothing().returning(bulks.c.bulk_id)
            if (await connection.execute(inserted)).one_or_none() is not None:
                await write_bulk(connection, new.bulk_id, bulks.c.state == BulkState.REGISTERING, {}, events=events)
            row = (await connection.execute(select(*BULK_COLUMNS, bulks.c.request_sha256).where(wanted))).one()
            if row.bulk_id != new.bulk_id and row.request_sha256 not in (None, new.request_sha256):
                raise IdempotencyKeyReusedError(row.bulk_id)
            return bulk_of(row)

    async def get(self, reach: Reach, bulk_id: str) -> Bulk:
        """Raises `BulkNotFoundError`, also for a bulk that is out of reach."""
        async with self._transactions.read() as connection:
            return await one_bulk(connection, bulk_id, reach)

    async def find(self, reach: Reach, short: str) -> Bulk:
        """The bulk of that id, or the only one whose id begins so. Raises `BulkNotFoundError`, `AmbiguousIdError`."""
        try:
            return await self.get(reach, short)
        except BulkNotFoundError:
            condition = begins(bulks.c.bulk_id, "bulk", short)
            if condition is None:
                raise
        async with self._transactions.read() as connection:
            fitting = select(bulks.c.bulk_id).where(condition, reach.over(bulks)).order_by(bulks.c.bulk_id).limit(MOST_TOLD + 1)
            ids = (await connection.execute(fitting)).scalars().all()
        return await self.get(reach, only(ids, short, BulkNotFoundError(short)))

    async def list(self, reach: Reach, page: int = 1, page_size: int = 50, state: BulkState | None = None) -> tuple[int, Bulks]:
        """How many there are, and one page of them, newest first. Pages count from 1."""
        conditions = [reach.over(bulks), *([] if state is None else [bulks.c.state == state])]
        statement = (
            select(*BULK_COLUMNS)
            .where(*conditions)
            .order_by(bulks.c.created_at.desc(), arrival(bulks.c.bulk_id).desc())
            .limit(page_size)
            .offset((page - 1) * page_size)
        )
        async with self._transactions.read() as connection:
            total = (await connection.execute(select(func.count()).select_from(bulks).where(*conditions))).scalar_one()
            return total, [bulk_of(row) for row in await connection.execute(statement)]

    async def counts(self, bulk_id: str) -> BulkCounts:
        """As last counted: a few rows, however many jobs there are."""
        return (await self._pages.counts([bulk_id]))[bulk_id]

    async def jobs(self, bulk_id: str, *, status: JobStatus | None, page: int, page_size: int) -> tuple[int, Sequence[Job]]:
        """One page of its jobs in the order of its members."""
        conditions = [jobs.c.bulk_id == bulk_id] + ([] if status is None else [jobs.c.status == status])
        statement = (
            select(*JOB_COLUMNS)
            .join_from(jobs, bulk_members, jobs.c.job_id == bulk_members.c.job_id)
            .where(*conditions)
            .order_by(bulk_members.c.number)
            .limit(page_size)
            .offset((page - 1) * page_size)
        )
        async with self._transactions.read() as connection:
            total = (await connection.execute(select(func.count()).select_from(jobs).where(*conditions))).scalar_one()
            return total, [job_of(row) for row in await connection.execute(statement)]

    async def skipped(self, bulk_id: str, *, after: int, limit: int) -> Sequence[SkippedMember]:
        """Left-out members numbered above ``after``, in order."""
        columns = bulk_members.c
        statement = (
            select(columns.number, columns.name, columns.reason)
            .where(columns.bulk_id == bulk_id, columns.number > after, columns.job_id.is_(None))
            .order_by(columns.number)
            .limit(limit)
        )
        async with self._transactions.read() as connection:
            return [SkippedMember(*row) for row in await connection.execute(statement)]

    async def request_cancel(self, bulk_id: str, *, events: Sequence[NewEvent] = ()) -> Events:
        """Its jobs are cancelled by who carries it on. Idempotent. Raises `BulkNotFoundError`, `BulkEndedError`."""
        going_on = and_(bulks.c.state.in_(GOING_ON), bulks.c.cancel_requested.is_(False))
        async with self._transactions.write() as connection:
            written = await write_bulk(connection, bulk_id, going_on, {"cancel_requested": True, "claim": None}, events=events)
            if written is None:
                bulk = await one_bulk(connection, bulk_id)
                if bulk.state.ended:
                    raise BulkEndedError(bulk_id, bulk.state)
            return written or []

    async def request_retry(self, bulk_id: str, *, events: Sequence[NewEvent] = ()) -> Events:
        """What has failed or been cancelled by now is queued again by who carries it on; registering goes on too.

        Raises `BulkNotFoundError`, `BulkNotRetryableError`.
        """
        retryable = and_(bulks.c.state.in_((BulkState.FAILED, BulkState.CANCELLED)), bulks.c.cleaned_at.is_(None))
        values = {
            "state": case((bulks.c.registered_at.is_(None), BulkState.REGISTERING), else_=BulkState.RUNNING),
            "cancel_requested": False,
            "retry_before": now(),
            "completed_at": None,
        }
        async with self._transactions.write() as connection:
            written = await write_bulk(connection, bulk_id, retryable, values, events=events)
            if written is None:
                raise BulkNotRetryableError(bulk_id, (await one_bulk(connection, bulk_id)).state)
            return written

    async def order(self, bulk_id: str) -> str | None:
        """In clear; None once the bulk is cleaned. Raises `SecretError` when ``SECRET_KEY`` no longer fits."""
        statement = select(bulks.c.plan).where(bulks.c.bulk_id == bulk_id)
        async with self._transactions.read() as connection:
            row = (await connection.execute(statement)).one_or_none()
        if row is None:
            raise BulkNotFoundError(bulk_id)
        return None if row.plan is None else self._secrets.open_text(row.plan)

    async def ended_before(
        self, cutoff: datetime, limit: int, *, tenant: str | None = None, others: Collection[str] = ()
    ) -> Bulks:
        """Bulks whose archives and orders are due for removal, the longest ended first; whose, as `JobRepository` says it."""
        whose = bulks.c.tenant.not_in(others) if tenant is None else bulks.c.tenant == tenant
        statement = (
            select(*BULK_COLUMNS)
            .where(bulks.c.state.in_(ENDED), bulks.c.completed_at < cutoff, bulks.c.cleaned_at.is_(None), whose)
            .order_by(bulks.c.completed_at)
            .limit(limit)
        )
        async with self._transactions.read() as connection:
            return [bulk_of(row) for row in await connection.execute(statement)]

    async def mark_cleaned(self, bulk_id: str) -> None:
        """Forgets the order, with the secrets in it. Idempotent; a bulk that goes on again is left alone."""
        statement = (
            update(bulks)
            .where(bulks.c.bulk_id == bulk_id, bulks.c.state.in_(ENDED), bulks.c.cleaned_at.is_(None))
            .values(cleaned_at=now(), plan=None)
        )
        async with self._transactions.write() as connection:
            await connection.execute(statement)
