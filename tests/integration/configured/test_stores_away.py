"""The database and Redis on their bad days: every finding is imported exactly once, and the job ends."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
import redis
from large_reports import generic, giant, plain
from psycopg import sql
from ray_service import Service, accepted, running_service
from servers import PostgresAddress

from jobs_store.jobs import JobStatus
from scanner.options import ImportOptions
from scanner.phoenix.sandbox.faults import Faults
from scanner.phoenix.sandbox.server import SandboxServer

OPTIONS = ImportOptions(assessment_name="nightly", max_batch_size=10)
REPORT = generic(150, 12)


@pytest.fixture
async def production(ray_cluster: None, postgres_url: str, s3_url: str, valkey_url: str) -> AsyncIterator[Service]:
    """The actors on PostgreSQL, S3 and Valkey."""
    async with running_service(
        database_url=postgres_url,
        storage_url=s3_url,
        redis_url=valkey_url,
        short_report_mb=0.02,
        shard_mb=0.05,
        lease_seconds=2,
    ) as production:
        yield production


async def test_redis_is_emptied_and_the_database_goes_away_for_a_moment(
    production: Service, sandbox: SandboxServer, postgres: PostgresAddress, valkey_url: str
) -> None:
    sandbox.faults = Faults(import_seconds=0.4)
    job_id = await production.submit(REPORT, sandbox, options=OPTIONS)
    watching = asyncio.create_task(production.events(job_id))
    await accepted(sandbox, 2)
    with redis.Redis.from_url(valkey_url) as client:
        client.flushall()
    await accepted(sandbox, 4)

    database = production.settings.database_url.rpartition("/")[2]
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        allow(connection, database, False)
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])
        await asyncio.sleep(3)  # longer than a lease
        allow(connection, database, True)

    watching.cancel()  # a watcher whose store went away is told so, and comes back
    await asyncio.gather(watching, return_exceptions=True)
    job = await production.ended(job_id)
    events = await production.database.events.read(job_id)
    assert (job.status, job.error_message) == (JobStatus.COMPLETED, None)
    assert plain(sandbox.snapshot()) == plain(giant([(REPORT, OPTIONS)]))
    assert [event.seq for event in events] == list(range(1, len(events) + 1))


def allow(connection: psycopg.Connection, database: str, allowed: bool) -> None:
    statement = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(sql.Identifier(database), sql.Literal(allowed))
    connection.execute(statement)
