"""Which queued jobs go next, and which leased ones come back: one statement each."""

from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import case, func, null, or_, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from jobs_store.dialects import arrival, from_now, now, random_token
from jobs_store.job_rows import JOB_COLUMNS, LEASE_COLUMNS
from jobs_store.records import JobStatus
from jobs_store.tables import jobs

LEASING_LOCK = 0x6C65617365  # "lease": with a limit per tenant, leasers take turns so that two cannot both take the last place


@cache  # making it takes longer than what it does to a short queue
def lease_statement(
    *, owner: str, limit: int, lease_for: timedelta, per_tenant: int | None, time_limit: timedelta | None, step: str | None
) -> ReturningUpdate[Any]:
    """Takes up to ``limit`` queued jobs: by priority, then the tenant with the fewest running, then the oldest.

    Each job counts as running for those of its tenant that come after it, so one call is as fair as many. Rows that another
    leaser has locked are skipped, never waited for and never taken twice.
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
        select(jobs.c.job_id, (place + func.coalesce(running.c.jobs, 0)).label("share"))
        .select_from(jobs.outerjoin(running, jobs.c.tenant == running.c.tenant))
        .where(jobs.c.status == JobStatus.QUEUED)
        .cte("waiting")
    )
    chosen_query = (
        select(jobs.c.job_id)
        .join_from(jobs, waiting, jobs.c.job_id == waiting.c.job_id)
        .where(jobs.c.status == JobStatus.QUEUED)
        .order_by(jobs.c.priority.desc(), waiting.c.share, jobs.c.created_at)
        .limit(limit)
        .with_for_update(of=jobs, skip_locked=True)
    )
    if per_tenant is not None:
        chosen_query = chosen_query.where(waiting.c.share <= per_tenant)
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
            lease_token=null(),
            lease_expires_at=null(),
        )
        .returning(*JOB_COLUMNS)
    )
