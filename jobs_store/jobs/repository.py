"""Jobs from submission to removal. Only this repository and its neighbours build SQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, select

from jobs_store.audit.records import NewAuditEntry
from jobs_store.dialects import arrival
from jobs_store.engine import Transactions
from jobs_store.errors import JobNotFoundError, NotRetryableError, SecretError
from jobs_store.events import NewEvent
from jobs_store.jobs.changes import Changes
from jobs_store.jobs.fence import announce_change, write
from jobs_store.jobs.filters import conditions
from jobs_store.jobs.queue import JobQueue
from jobs_store.jobs.records import Announcement, CancelResult, Credentials, Job, JobFilter, JobSort, JobStatus, NewJob
from jobs_store.jobs.rows import JOB_COLUMNS, job_of
from jobs_store.jobs.secrets import SECRET_COLUMNS, TENANT_SECRET_COLUMNS, JobSecrets
from jobs_store.jobs.submitting import Submitting, one_job
from jobs_store.jobs.transitions import ASK_TO_CANCEL, CANCEL, CLEAN, ENDED, retry
from jobs_store.reach import Reach
from jobs_store.short_ids import MOST_TOLD, begins, only
from jobs_store.tables import jobs, tenants

Jobs = list[Job]  # names for what `JobRepository.list` hides within its class


class JobRepository(JobQueue):
    """What whoever submits, watches and removes jobs does with them; and the queue."""

    def __init__(self, transactions: Transactions, changes: Changes, secrets: JobSecrets) -> None:
        super().__init__(transactions, changes)
        self._secrets = secrets
        self._submitting = Submitting(transactions, secrets)

    async def create(
        self, new: NewJob, *, events: Sequence[NewEvent] = (), audit: NewAuditEntry | None = None
    ) -> tuple[Job, bool]:
        """Queues a job, in one transaction with whatever else is submitted at that time, and with the entry that tells of it.

        Durable on return; may be repeated with the same ``job_id`` after an unknown outcome.

        The flag is False when the tenant's idempotency key already belongs to another job, which is given back instead; nothing
        of ``new`` is kept then, and its upload is the caller's to delete.
        """
        job = await self._submitting.submit(new, events, audit)
        return job, job.job_id == new.job_id

    async def get(self, reach: Reach, job_id: str) -> Job:
        """Raises `JobNotFoundError`, also for a job that is out of reach."""
        condition = and_(jobs.c.job_id == job_id, reach.over(jobs))
        async with self._transactions.read() as connection:
            return await connection.run_sync(one_job, condition, job_id)

    async def find(self, reach: Reach, short: str) -> Job:
        """The job of that id, or the only one whose id begins so. Raises `JobNotFoundError`, `AmbiguousIdError`."""
        try:
            return await self.get(reach, short)
        except JobNotFoundError:
            condition = begins(jobs.c.job_id, "job", short)
            if condition is None:
                raise
        async with self._transactions.read() as connection:
            fitting = select(jobs.c.job_id).where(condition, reach.over(jobs)).order_by(jobs.c.job_id).limit(MOST_TOLD + 1)
            ids = (await connection.execute(fitting)).scalars().all()
        return await self.get(reach, only(ids, short, JobNotFoundError(short)))

    async def orphans(self, uploads: Mapping[str, str]) -> set[str]:
        """Of uploads by their key, each with the id of its job, those that are not that job's. One statement."""
        async with self._transactions.read() as connection:
            owned = await connection.execute(select(jobs.c.file_path).where(jobs.c.job_id.in_(uploads.values())))
            return set(uploads) - set(owned.scalars())

    async def list(
        self,
        reach: Reach,
        page: int = 1,
        page_size: int = 50,
        status: JobStatus | None = None,
        *,
        text: str = "",
        scanner: str = "",
        order: JobSort = JobSort.NEWEST,
    ) -> tuple[int, Jobs]:
        """How many there are, and one page of them. Pages count from 1.

        ``text`` and ``scanner`` are the filter's ``search`` and ``scanner``.
        """
        wanted = JobFilter(states=(status,) if status else (), scanner=scanner or None, search=text or None)
        fitting = conditions(reach, wanted)
        page_of_jobs = (
            select(*JOB_COLUMNS)
            .where(*fitting)
            .order_by(*_ORDERS[order], jobs.c.created_at.desc(), arrival(jobs.c.job_id).desc())
            .limit(page_size)
            .offset((page - 1) * page_size)
        )
        async with self._transactions.read() as connection:
            total = (await connection.execute(select(func.count()).select_from(jobs).where(*fitting))).scalar_one()
            return total, [job_of(row) for row in await connection.execute(page_of_jobs)]

    async def request_cancel(
        self, job_id: str, events: Sequence[NewEvent] = (), *, webhook_body: str | None = None
    ) -> CancelResult:
        """Ends a waiting job at once; asks a running one's coordinator to. Raises `JobNotFoundError`.

        ``events`` and ``webhook_body`` tell of the end, so they are written only when the job ended here (`CANCELLED`).
        """
        async with self._transactions.write() as connection:
            if await write(connection, job_id, CANCEL, events=events) is not None:
                job = await connection.run_sync(one_job, jobs.c.job_id == job_id, job_id)
                await announce_change(connection, job, Announcement(webhook_body=webhook_body))
                return CancelResult.CANCELLED
            if await write(connection, job_id, ASK_TO_CANCEL) is not None:
                return CancelResult.REQUESTED
            await connection.run_sync(one_job, jobs.c.job_id == job_id, job_id)
            return CancelResult.ALREADY_ENDED

    async def retry(self, job_id: str, *, events: Sequence[NewEvent] = ()) -> Job:
        """Queues a failed or cancelled job again with its plan: failed batches are pending once more, imported ones stay so.

        Raises `JobNotFoundError`, or `NotRetryableError` for a job that is running, complete or cleaned.
        """
        async with self._transactions.write() as connection:
            written = await write(connection, job_id, retry(JobStatus.QUEUED), events=events)
            job = await connection.run_sync(one_job, jobs.c.job_id == job_id, job_id)
            if written is None:
                raise NotRetryableError(job_id, job.status.value)
        return job

    async def ended_before(
        self, cutoff: datetime, limit: int, *, tenant: str | None = None, others: Collection[str] = ()
    ) -> Jobs:
        """Jobs whose objects are due for removal, the longest ended first; those already cleaned are left out.

        Of one tenant where it is given, else of all but ``others``.
        """
        whose = jobs.c.tenant.not_in(others) if tenant is None else jobs.c.tenant == tenant
        statement = (
            select(*JOB_COLUMNS)
            .where(jobs.c.status.in_(ENDED), jobs.c.completed_at < cutoff, jobs.c.cleaned_at.is_(None), whose)
            .order_by(jobs.c.completed_at)
            .limit(limit)
        )
        async with self._transactions.read() as connection:
            return [job_of(row) for row in await connection.execute(statement)]

    async def mark_cleaned(self, job_id: str) -> None:
        """Notes that the job's objects are gone, and forgets its secrets. Idempotent; a job that runs again is left alone."""
        async with self._transactions.write() as connection:
            await write(connection, job_id, CLEAN)

    async def credentials(self, job_id: str) -> Credentials:
        """In clear. Raises `SecretError` when ``SECRET_KEY`` no longer fits, or nobody has given any."""
        match (await self.credentials_of([job_id])).get(job_id):
            case None:
                raise JobNotFoundError(job_id)
            case SecretError() as error:
                raise error
            case credentials:
                return credentials

    async def credentials_of(self, job_ids: Collection[str]) -> dict[str, Credentials | SecretError]:
        """In clear, of those jobs that there are; the error where ``SECRET_KEY`` no longer fits."""
        found: dict[str, Credentials | SecretError] = {}
        for row in await self._secrets_of(job_ids):
            try:
                found[row.job_id] = self._secrets.credentials(row)
            except SecretError as error:
                found[row.job_id] = error
        return found

    async def webhook_headers(self, job_id: str) -> dict[str, str]:
        """In clear; empty when the job has none. Raises `SecretError` when ``SECRET_KEY`` no longer fits."""
        rows = await self._secrets_of([job_id])
        if not rows:
            raise JobNotFoundError(job_id)
        return self._secrets.webhook_headers(rows[0])

    async def _secrets_of(self, job_ids: Collection[str]) -> Sequence[Row[*tuple[Any, ...]]]:
        owner = (tenants.c.name == jobs.c.tenant) & tenants.c.removed_at.is_(None)
        columns = (jobs.c.job_id, *SECRET_COLUMNS, *TENANT_SECRET_COLUMNS, jobs.c.phoenix_api_url)
        statement = select(*columns).select_from(jobs.outerjoin(tenants, owner)).where(jobs.c.job_id.in_(job_ids))
        async with self._transactions.read() as connection:
            return (await connection.execute(statement)).all()


_ORDERS: Mapping[JobSort, Sequence[ColumnElement[Any]]] = {
    JobSort.NEWEST: (),
    JobSort.OLDEST: (jobs.c.created_at,),
    JobSort.NAME: (func.lower(jobs.c.filename),),
    JobSort.LARGEST: (jobs.c.file_size_bytes.desc(),),
    JobSort.MOST_FINDINGS: (func.coalesce(jobs.c.vulnerabilities_imported, -1).desc(),),
}
