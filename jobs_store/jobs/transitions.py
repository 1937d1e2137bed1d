"""Every way in which a job changes its state: from what it may be, and what it then is.

                    enter           lease                     end
    (submitted) pending ──► queued ───────► processing ─────────────► completed | failed | cancelled
                    │         │ ◄── reclaim ──┘     └ advance, renew,       │ clean: the state stays
                    └────┬────┘   of a lease that     ask to cancel
                         │        ran out, or give back
                         └─ cancel ──► cancelled      failed | cancelled ── retry ──► pending | queued

Each is a conditional UPDATE: a job that has left its state meanwhile is left alone. Whether it is of one job, of a page or
of those that are leased differs in how it is carried out (`fence`, `changes`), not in what it is.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, and_, bindparam, case, func, null, or_, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from jobs_store.dialects import arrival, from_now, now, random_token
from jobs_store.jobs.records import BatchState, JobStatus, Lease, Priority
from jobs_store.jobs.rows import JOB_COLUMNS, LEASE_COLUMNS
from jobs_store.tables import batches, jobs, tenants

WAITING = (JobStatus.PENDING, JobStatus.QUEUED)
ENDED = tuple(status for status in JobStatus if status.ended)
ENDED_BADLY = (JobStatus.FAILED, JobStatus.CANCELLED)
_NOT_LEASED = {"lease_token": None, "lease_expires_at": None}
_FORGOTTEN = dict.fromkeys(("phoenix_client_id", "phoenix_client_secret", "webhook_headers", "webhook_url"))
_NOT_BEGUN = {
    "attempt": 0,
    "progress": 0.0,
    "cancel_requested": False,
    **dict.fromkeys(("started_at", "completed_at", "deadline", "error_message", "error_traceback", "current_step")),
}

LEASING_LOCK = 0x6C65617365  # "lease": with a limit per tenant, leasers take turns so that two cannot both take the last place


@dataclass(frozen=True)
class Transition:
    """``values`` for a job of which ``allowed`` holds; ``batches`` changes those of the jobs in its parameter ``job_ids``."""

    allowed: ColumnElement[bool]
    values: Mapping[str, Any] = field(default_factory=dict)
    batches: Update | None = None


ENTER_QUEUE = Transition(jobs.c.status == JobStatus.PENDING, {"status": JobStatus.QUEUED})
"""Its turn in its bulk has come."""

CANCEL = Transition(
    jobs.c.status.in_(WAITING), {"status": JobStatus.CANCELLED, "completed_at": now(), "cancel_requested": True}
)
"""A waiting job ends at once."""

ASK_TO_CANCEL = Transition(jobs.c.status == JobStatus.PROCESSING, {"cancel_requested": True})
"""Whoever carries it sees that when the lease is renewed, and ends it."""

CLEAN = Transition(and_(jobs.c.status.in_(ENDED), jobs.c.cleaned_at.is_(None)), {"cleaned_at": now(), **_FORGOTTEN})
"""Its objects are gone; its secrets are forgotten."""

_FAILED_AGAIN_PENDING = (
    update(batches)
    .where(batches.c.job_id.in_(bindparam("job_ids", expanding=True)), batches.c.state == BatchState.FAILED)
    .values(state=BatchState.PENDING, error=None, updated_at=now())
)


def retry(into: JobStatus) -> Transition:
    """Waits again, ``into`` queued or pending: failed batches are pending once more, imported ones stay so."""
    retryable = and_(jobs.c.status.in_(ENDED_BADLY), jobs.c.cleaned_at.is_(None))
    return Transition(retryable, {"status": into, **_NOT_BEGUN}, _FAILED_AGAIN_PENDING)


@cache  # making it takes longer than what it does to a short queue
def lease_statement(
    *, owner: str, limit: int, lease_for: timedelta, per_tenant: int | None, time_limit: timedelta | None, step: str | None
) -> ReturningUpdate[Any]:
    """Takes up to ``limit`` queued jobs: those of low priority last, then of the tenant with the fewest running by its share.

    Within a tenant they go by priority, then age: nobody gets before others by calling all that they send urgent. Each job
    counts as running for those of its tenant that come after it, so one call is as fair as many. A tenant has its own limit,
    else ``per_tenant``; a disabled one waits. Rows that another leaser has locked are skipped, never waited for and never
    taken twice.
    """
    running = (
        select(jobs.c.tenant, func.count().label("jobs"))
        .where(jobs.c.status == JobStatus.PROCESSING)
        .group_by(jobs.c.tenant)
        .cte("running")
    )
    place = func.row_number().over(
        partition_by=jobs.c.tenant, order_by=(jobs.c.priority.desc(), jobs.c.created_at, arrival(jobs.c.job_id))
    )
    waiting = (
        select(
            jobs.c.job_id,
            (place + func.coalesce(running.c.jobs, 0)).label("running"),
            (1.0 / func.coalesce(tenants.c.share, 1)).label("weight"),
            func.coalesce(tenants.c.jobs_running, per_tenant).label("most"),
        )
        .select_from(
            jobs.outerjoin(running, jobs.c.tenant == running.c.tenant).outerjoin(tenants, jobs.c.tenant == tenants.c.name)
        )
        .where(jobs.c.status == JobStatus.QUEUED, tenants.c.disabled_at.is_(None))
        .cte("waiting")
    )
    chosen_query = (
        select(jobs.c.job_id)
        .join_from(jobs, waiting, jobs.c.job_id == waiting.c.job_id)
        .where(jobs.c.status == JobStatus.QUEUED, or_(waiting.c.most.is_(None), waiting.c.running <= waiting.c.most))
        .order_by(jobs.c.priority < Priority.NORMAL, waiting.c.running * waiting.c.weight, jobs.c.created_at)
        .limit(limit)
        .with_for_update(of=jobs, skip_locked=True)
    )
    chosen = chosen_query.cte("chosen").prefix_with("MATERIALIZED", dialect="postgresql")
    return (
        update(jobs)
        .where(jobs.c.job_id == chosen.c.job_id, jobs.c.status == JobStatus.QUEUED)
        .values(
            status=JobStatus.PROCESSING,
            attempt=jobs.c.attempt + 1,
            started_at=func.coalesce(jobs.c.started_at, now()),
            deadline=null() if time_limit is None else from_now(time_limit),
            lease_token=random_token(),
            lease_expires_at=from_now(lease_for),
            worker_name=owner,
            current_step=jobs.c.current_step if step is None else step,
        )
        .returning(*LEASE_COLUMNS, jobs.c.last_seq, now().label("time"))
    )


def renew_statement(leases: Collection[Lease], lease_for: timedelta) -> ReturningUpdate[Any]:
    """More time for those of the leases that are still good."""
    job_ids, tokens = {lease.job_id for lease in leases}, {lease.token for lease in leases}
    return (
        update(jobs)
        .where(jobs.c.job_id.in_(job_ids), jobs.c.status == JobStatus.PROCESSING, jobs.c.lease_token.in_(tokens))
        .values(lease_expires_at=from_now(lease_for))
        .returning(*LEASE_COLUMNS)
    )


def give_back_statement(leases: Collection[Lease]) -> ReturningUpdate[Any]:
    """Queues those again whose leases are still good, as if they had not been taken: it is nobody's failure.

    What is to be cancelled stays: its lease runs out, and `reclaim_statement` cancels it.
    """
    job_ids, tokens = {lease.job_id for lease in leases}, {lease.token for lease in leases}
    held = (jobs.c.job_id.in_(job_ids), jobs.c.status == JobStatus.PROCESSING, jobs.c.lease_token.in_(tokens))
    return (
        update(jobs)
        .where(*held, jobs.c.cancel_requested.is_(False))
        .values(status=JobStatus.QUEUED, attempt=jobs.c.attempt - 1, **_NOT_LEASED)
        .returning(*JOB_COLUMNS)
    )


def reclaim_statement(max_attempts: int) -> ReturningUpdate[Any]:
    """Takes back every job whose lease ran out. One that is being renewed at this moment is skipped."""
    expired = (
        select(jobs.c.job_id)
        .where(jobs.c.status == JobStatus.PROCESSING, jobs.c.lease_expires_at < now())
        .with_for_update(skip_locked=True)
        .cte("expired")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    hopeless = jobs.c.attempt >= max_attempts
    reason = f"the job was lost {max_attempts} times: its worker stopped answering"
    return (
        update(jobs)
        .where(jobs.c.job_id == expired.c.job_id, jobs.c.status == JobStatus.PROCESSING)
        .values(
            status=case((jobs.c.cancel_requested, JobStatus.CANCELLED), (hopeless, JobStatus.FAILED), else_=JobStatus.QUEUED),
            completed_at=case((or_(jobs.c.cancel_requested, hopeless), now()), else_=null()),
            error_message=case((jobs.c.cancel_requested, jobs.c.error_message), (hopeless, reason), else_=jobs.c.error_message),
            **_NOT_LEASED,
        )
        .returning(*JOB_COLUMNS)
    )


HELD: Select[Any] = (
    select(jobs.c.job_id, jobs.c.lease_token, jobs.c.last_seq, jobs.c.bulk_id, now().label("time"))
    .where(jobs.c.job_id.in_(bindparam("job_ids", expanding=True)), jobs.c.status == JobStatus.PROCESSING)
    .order_by(jobs.c.job_id)
    .with_for_update()
)
"""Rows of leased jobs, locked until they are changed: the condition of every change that asks for a lease.

In the order of ids, so that groups cannot wait for each other in a circle.
"""
CHANGE_HELD = update(jobs).where(jobs.c.job_id == bindparam("its_job"))


def given(**values: Any) -> dict[str, Any]:
    """Those that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def ended(status: JobStatus, *, error_message: str | None, error_traceback: str | None) -> dict[str, Any]:
    """What a leased job is once it is over; `completed` gives the time."""
    if not status.ended:
        raise ValueError(f"a job does not finish as {status}")
    values: dict[str, Any] = {
        "status": status,
        "error_message": error_message,
        "error_traceback": error_traceback,
        **_NOT_LEASED,
    }
    if status is JobStatus.COMPLETED:
        values |= {"progress": 100.0, "current_step": JobStatus.COMPLETED.value}
    return values


def completed(values: Mapping[str, Any], time: datetime) -> dict[str, Any]:
    """The same, with the time where the job ends by it: many are changed in one statement, which takes no SQL for a value."""
    status = values.get("status")
    return {**values, "completed_at": time} if status is not None and JobStatus(status).ended else dict(values)
