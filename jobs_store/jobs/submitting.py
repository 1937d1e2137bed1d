"""Jobs into the queue, many in few statements: within a transaction of the caller's, or in one shared by all that submit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

from sqlalchemy import Connection, and_, insert, or_, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from jobs_store.audit.appending import append_entries
from jobs_store.audit.records import NewAuditEntry
from jobs_store.dialects import now
from jobs_store.engine import Transactions
from jobs_store.errors import IdempotencyKeyReusedError, JobNotFoundError, StoreUnavailableError
from jobs_store.events import NewEvent
from jobs_store.jobs.records import Job, JobStatus, NewJob
from jobs_store.jobs.rows import JOB_COLUMNS, job_of
from jobs_store.jobs.secrets import JobSecrets
from jobs_store.tables import events as event_table
from jobs_store.tables import jobs
from jobs_store.together import Together, Waiting

_FIELDS = tuple(field.name for field in fields(NewJob))
_INSERT_EVENTS = insert(event_table).values(time=now())
_MOST = 100
"""Submissions of one transaction: on SQLite every other writer waits for it."""


async def insert_jobs(
    connection: AsyncConnection,
    secrets: JobSecrets,
    news: Sequence[NewJob],
    *,
    status: JobStatus = JobStatus.QUEUED,
    events: Sequence[NewEvent] = (),
) -> None:
    """Two statements, each for all of them; ``events`` become the first of each. None of the ids may be there already."""
    if not news:
        return
    await connection.execute(insert(jobs), [_row(secrets, new, status, events) for new in news])
    await connection.run_sync(_insert_events, {new.job_id: events for new in news})


@dataclass(frozen=True, slots=True)
class Submission:
    new: NewJob
    row: Mapping[str, Any]
    events: Sequence[NewEvent]
    audit: NewAuditEntry | None = None


class Submitting:
    """Queues jobs; those that are submitted while others are being written are written together."""

    def __init__(self, transactions: Transactions, secrets: JobSecrets) -> None:
        self._transactions, self._secrets = transactions, secrets
        table = insert_sqlite(jobs) if transactions.is_sqlite else insert_postgresql(jobs)
        self._statement = table.on_conflict_do_nothing().returning(*JOB_COLUMNS)
        self._together: Together[Submission, Job] = Together(
            self._write,
            groups=1 if transactions.is_sqlite else 2,
            most=_MOST,
            one_is_to_blame=lambda error: not isinstance(error, StoreUnavailableError),
        )

    async def submit(self, new: NewJob, events: Sequence[NewEvent], audit: NewAuditEntry | None = None) -> Job:
        """The job, or the one that was there with its id or its idempotency key; see `JobRepository.create`.

        Raises `IdempotencyKeyReusedError`.
        """
        return await self._together(Submission(new, _row(self._secrets, new, JobStatus.QUEUED, events), events, audit))

    async def _write(self, group: Sequence[Waiting[Submission, Job]]) -> None:
        """Two statements for all that are new, two for their audit, and one for each that was there."""
        submissions = [waiting.item for waiting in group]
        for waiting, job in zip(group, await self._transactions.run(partial(self._insert, submissions)), strict=True):
            waiting.answered(job)

    def _insert(self, submissions: Sequence[Submission], connection: Connection) -> list[Job | IdempotencyKeyReusedError]:
        by_key = sorted(submissions, key=_key)  # groups with keys in common must not wait for each other in a circle
        inserted = connection.execute(self._statement, [submission.row for submission in by_key])
        found = {row.job_id: job_of(row) for row in inserted}
        _insert_events(connection, {s.new.job_id: s.events for s in submissions if s.new.job_id in found})
        answers = [found.get(submission.new.job_id) or _earlier(connection, submission.new) for submission in submissions]
        append_entries([s.audit for s in submissions if s.audit and s.new.job_id in found], connection)
        return answers


def _earlier(connection: Connection, new: NewJob) -> Job | IdempotencyKeyReusedError:
    wanted = jobs.c.job_id == new.job_id
    if new.idempotency_key is not None:
        wanted = or_(wanted, and_(jobs.c.tenant == new.tenant, jobs.c.idempotency_key == new.idempotency_key))
    job = one_job(connection, wanted, new.job_id)
    request = select(jobs.c.request_sha256).where(jobs.c.job_id == job.job_id)
    is_other = connection.execute(request).scalar_one() not in (None, new.request_sha256)
    return IdempotencyKeyReusedError(job.job_id) if is_other else job


def one_job(connection: Connection, condition: Any, job_id: str) -> Job:
    """The job itself before another that merely has its idempotency key."""
    statement = select(*JOB_COLUMNS).where(condition).order_by((jobs.c.job_id == job_id).desc()).limit(1)
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise JobNotFoundError(job_id)
    return job_of(row)


def _row(secrets: JobSecrets, new: NewJob, status: JobStatus, events: Sequence[NewEvent]) -> dict[str, Any]:
    plain = {name: getattr(new, name) for name in _FIELDS}
    return plain | secrets.seal(new) | {"status": status, "last_seq": len(events)}


def _key(submission: Submission) -> tuple[str, str]:
    new = submission.new
    return new.tenant, new.idempotency_key or new.job_id


def _insert_events(connection: Connection, events: Mapping[str, Iterable[NewEvent]]) -> None:
    numbered = [
        {"job_id": job_id, "seq": seq, "kind": event.kind, "level": event.level, "payload": event.payload}
        for job_id, own in events.items()
        for seq, event in enumerate(own, start=1)
    ]
    if numbered:
        connection.execute(_INSERT_EVENTS, numbered)
