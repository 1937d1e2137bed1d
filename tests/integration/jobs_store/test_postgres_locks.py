"""What PostgreSQL's locks are for, shown with a second connection that holds them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import psycopg
import pytest

from jobs_store.database import Database
from jobs_store.jobs import Job
from jobs_store.jobs.transitions import LEASING_LOCK

SubmitJob = Callable[..., Awaitable[Job]]
Connection = psycopg.AsyncConnection[tuple[object, ...]]
MINUTE = timedelta(minutes=1)
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
async def rival(postgres_url: str) -> AsyncIterator[Connection]:
    async with await psycopg.AsyncConnection.connect(postgres_url.replace("+psycopg", "")) as connection:
        yield connection
        await connection.rollback()


async def test_leasing_goes_around_jobs_that_another_leaser_is_taking(
    database: Database, submit: SubmitJob, rival: Connection
) -> None:
    taken, free = await submit(), await submit()
    await rival.execute("SELECT 1 FROM jobs WHERE job_id = %s FOR UPDATE", (taken.job_id,))
    async with asyncio.timeout(20):
        leases = await database.jobs.lease(owner="x", limit=5, lease_for=MINUTE)
    assert [lease.job_id for lease in leases] == [free.job_id]


async def test_reclaiming_goes_around_a_job_that_is_being_renewed(
    database: Database, submit: SubmitJob, rival: Connection
) -> None:
    renewing, lost = await submit(), await submit()
    await database.jobs.lease(owner="x", limit=2, lease_for=-MINUTE)
    await rival.execute("SELECT 1 FROM jobs WHERE job_id = %s FOR UPDATE", (renewing.job_id,))
    async with asyncio.timeout(20):
        assert [job.job_id for job in await database.jobs.reclaim(3)] == [lost.job_id]


async def test_a_limit_per_tenant_waits_for_the_leaser_before(
    database: Database, postgres_url: str, submit: SubmitJob, rival: Connection
) -> None:
    """Otherwise both count what runs before either has taken anything, and the tenant gets twice its share."""
    first, _ = await submit(), await submit()
    await rival.execute("SELECT pg_advisory_xact_lock(%s)", (LEASING_LOCK,))
    await rival.execute("UPDATE jobs SET status = 'processing' WHERE job_id = %s", (first.job_id,))
    leasing = asyncio.create_task(database.jobs.lease(owner="x", limit=5, lease_for=MINUTE, per_tenant=1))
    async with asyncio.timeout(20):
        await _until_somebody_waits(postgres_url)
    await rival.commit()
    assert await leasing == []


async def test_events_of_one_job_wait_for_the_writer_before(
    database: Database, postgres_url: str, submit: SubmitJob, rival: Connection, log: Callable[[str], object]
) -> None:
    job = await submit()
    await rival.execute("UPDATE jobs SET last_seq = last_seq + 1 WHERE job_id = %s", (job.job_id,))
    appending = asyncio.create_task(database.events.append(job.job_id, [log("second")]))  # type: ignore[list-item]
    async with asyncio.timeout(20):
        await _until_somebody_waits(postgres_url)
    await rival.commit()
    assert [event.seq for event in await appending] == [2]


async def _until_somebody_waits(postgres_url: str) -> None:
    url = postgres_url.replace("+psycopg", "")
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as observer:
        while (await (await observer.execute(WAITING)).fetchone()) == (0,):
            await asyncio.sleep(0.01)
