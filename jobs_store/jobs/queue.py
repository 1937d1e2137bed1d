"""The queue that the table of jobs is: taken under a lease, carried on by its holder, given up or taken back.

Each change is one of `transitions`. What changes a running job asks for its `Lease`.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select, text, update
from sqlalchemy.sql.dml import ReturningUpdate

from jobs_store.dialects import from_now, now
from jobs_store.engine import Transactions
from jobs_store.errors import LeaseLostError
from jobs_store.events import Event, NewEvent
from jobs_store.jobs.changes import Change, Changes
from jobs_store.jobs.fence import announce_change, append_events, number_events
from jobs_store.jobs.outbox import note_changes
from jobs_store.jobs.records import Announcement, BatchChange, Job, JobStatus, Lease, QueueCounts
from jobs_store.jobs.rows import job_of, lease_of
from jobs_store.jobs.transitions import (
    LEASING_LOCK,
    WAITING,
    ended,
    give_back_statement,
    given,
    lease_statement,
    reclaim_statement,
    renew_statement,
)
from jobs_store.tables import jobs

_COUNT_EVENTS = update(jobs).where(jobs.c.job_id == bindparam("its_job")).values(last_seq=bindparam("last_seq"))


class JobQueue:
    """What whoever processes jobs does with them."""

    def __init__(self, transactions: Transactions, changes: Changes) -> None:
        self._transactions, self._changes = transactions, changes

    async def lease(
        self,
        *,
        owner: str,
        limit: int,
        lease_for: timedelta,
        per_tenant: int | None = None,
        time_limit: timedelta | None = None,
        step: str | None = None,
        tell: Callable[[Job], Sequence[NewEvent]] = lambda _job: (),
    ) -> list[Lease]:
        """Takes queued jobs to process, see `lease_statement`; ``time_limit`` from now becomes their deadline.

        ``tell`` says what to tell about each, as it is now; that is written in the same transaction, in two statements for all.
        """
        statement = lease_statement(
            owner=owner, limit=limit, lease_for=lease_for, per_tenant=per_tenant, time_limit=time_limit, step=step
        )

        def take(connection: Connection) -> list[Lease]:
            if per_tenant is not None and not self._transactions.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LEASING_LOCK})
            leases = []
            for row in connection.execute(statement).all():
                lease = lease_of(row)
                told = number_events(tell(lease.job), lease.job_id, row.time, after=row.last_seq)
                leases.append(replace(lease, told=tuple(told)))
            note_changes(connection, [(lease.job.bulk_id, lease.job_id) for lease in leases])
            _append_told(connection, leases)
            return leases

        leases = await self._transactions.run(take)
        return sorted(leases, key=lambda lease: (-lease.job.priority, lease.job.created_at))

    async def renew(self, lease: Lease, lease_for: timedelta) -> Lease:
        """The same lease with more time; its ``job`` is fresh and tells whether cancelling was requested."""
        renewed = await self.renew_all([lease], lease_for)
        if not renewed:
            raise LeaseLostError(lease.job_id)
        return renewed[lease.token]

    async def renew_all(self, leases: Sequence[Lease], lease_for: timedelta) -> dict[str, Lease]:
        """The leases that are still good, by their tokens, see `renew`; one statement."""
        async with self._transactions.write() as connection:
            renewed = await connection.execute(renew_statement(leases, lease_for))
            return {row.lease_token: lease_of(row) for row in renewed}

    async def give_back(
        self, leases: Sequence[Lease], *, announce: Callable[[Job], Announcement] = lambda _job: Announcement()
    ) -> list[Job]:
        """Queues jobs again whose holder ends in good order, which costs them no attempt. ``announce`` as for `reclaim`."""
        return await self._take_back(give_back_statement(leases), announce)

    async def reclaim(
        self, max_attempts: int, *, announce: Callable[[Job], Announcement] = lambda _job: Announcement()
    ) -> list[Job]:
        """Takes back jobs whose lease ran out: queued again, cancelled if that was asked for, failed after the last attempt.

        ``announce`` says what to tell about each, as it is now; that is written in the same transaction.
        """
        return await self._take_back(reclaim_statement(max_attempts), announce)

    async def _take_back(self, statement: ReturningUpdate[Any], announce: Callable[[Job], Announcement]) -> list[Job]:
        async with self._transactions.write() as connection:
            taken_back = [job_of(row) for row in await connection.execute(statement)]
            await connection.run_sync(note_changes, [(job.bulk_id, job.job_id) for job in taken_back])
            for job in taken_back:
                await announce_change(connection, job, announce(job))
        return taken_back

    async def advance(
        self,
        lease: Lease,
        *,
        progress: float | None = None,
        current_step: str | None = None,
        detected_format: str | None = None,
        asset_type: str | None = None,
        assessment_name: str | None = None,
        assets_imported: int | None = None,
        vulnerabilities_imported: int | None = None,
        skipped: int | None = None,
        batch_summary: str | None = None,
        events: Sequence[NewEvent] = (),
    ) -> list[Event]:
        """Changes what is given and appends the events, in one transaction. Raises `LeaseLostError`."""
        values = given(
            progress=progress,
            current_step=current_step,
            detected_format=detected_format,
            asset_type=asset_type,
            assessment_name=assessment_name,
            assets_imported=assets_imported,
            vulnerabilities_imported=vulnerabilities_imported,
            skipped=skipped,
            batch_summary=batch_summary,
        )
        return await self._changes.write(Change(lease, values, events))

    async def finish(
        self,
        lease: Lease,
        *,
        status: JobStatus,
        assets_imported: int | None = None,
        vulnerabilities_imported: int | None = None,
        skipped: int | None = None,
        error_message: str | None = None,
        error_traceback: str | None = None,
        batch_summary: str | None = None,
        events: Sequence[NewEvent] = (),
        webhook_body: str | None = None,
        last_batches: Sequence[BatchChange] = (),
    ) -> list[Event]:
        """Ends the job, gives up the lease and schedules the webhook's delivery, if the job has one; all in one transaction.

        Counts that are None stay as they are. ``last_batches`` are settled along with it. Raises `LeaseLostError`, also
        when the job has been finished already.
        """
        values = ended(status, error_message=error_message, error_traceback=error_traceback) | given(
            assets_imported=assets_imported,
            vulnerabilities_imported=vulnerabilities_imported,
            skipped=skipped,
            batch_summary=batch_summary,
        )
        return await self._changes.write(Change(lease, values, events, batches=last_batches, webhook_body=webhook_body))

    async def rival(self, job: Job, assessment_name: str, asset_types: Collection[str], *, within: timedelta) -> str | None:
        """The newest other job of the tenant that replaces the same assessment's findings by those of another report.

        It is under way, or was imported ``within`` this time; its assets are of one of the types, as far as that is known.
        """
        statement = (
            select(jobs.c.job_id)
            .where(
                jobs.c.tenant == job.tenant,
                jobs.c.assessment_name == assessment_name,
                jobs.c.import_type == job.import_type,
                jobs.c.job_id != job.job_id,
                or_(jobs.c.asset_type.is_(None), jobs.c.asset_type.in_(asset_types)),
                or_(
                    jobs.c.status.in_((JobStatus.QUEUED, JobStatus.PROCESSING)),
                    and_(jobs.c.status == JobStatus.COMPLETED, jobs.c.completed_at > from_now(-within)),
                ),
            )
            .order_by(jobs.c.created_at.desc())
            .limit(1)
        )
        if job.sha256 is not None:  # the same report twice closes nothing
            statement = statement.where(jobs.c.sha256.is_distinct_from(job.sha256))
        async with self._transactions.read() as connection:
            return (await connection.execute(statement)).scalar_one_or_none()

    async def counts(self) -> QueueCounts:
        """One statement, which an index answers."""
        statement = select(
            jobs.c.status, func.count().label("jobs"), func.min(jobs.c.created_at).label("oldest"), now().label("now")
        ).group_by(jobs.c.status)
        async with self._transactions.read() as connection:
            rows = (await connection.execute(statement)).all()
        by_status: dict[JobStatus, int] = dict.fromkeys(JobStatus, 0) | {JobStatus(row.status): row.jobs for row in rows}
        waited = [row.now - row.oldest for row in rows if row.status == JobStatus.QUEUED]
        return QueueCounts(
            pending=sum(by_status[status] for status in WAITING),
            processing=by_status[JobStatus.PROCESSING],
            total=sum(by_status.values()),
            by_status=by_status,
            oldest_queued_seconds=max(0.0, waited[0].total_seconds()) if waited else 0.0,
        )


def _append_told(connection: Connection, leases: Sequence[Lease]) -> None:
    numbers = [{"its_job": lease.job_id, "last_seq": lease.told[-1].seq} for lease in leases if lease.told]
    if numbers:
        connection.execute(_COUNT_EVENTS, numbers)
        append_events(connection, [event for lease in leases for event in lease.told])
