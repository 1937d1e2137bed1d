"""What holds for the whole store: it says when it is away, comes back, and keeps no secret in clear."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from servers import free_port, postgres_server

from jobs_store.database import Database, migrate, open_database
from jobs_store.errors import StoreUnavailableError
from jobs_store.jobs import Job, NewJob
from jobs_store.keys import NewKey
from jobs_store.reach import EVERYWHERE
from jobs_store.secrets import SecretBox

SubmitJob = Callable[..., Awaitable[Job]]
SECRET = "hunter2-and-nothing-else"


async def test_ping(database: Database) -> None:
    await database.ping()


async def test_disposed_and_used_again(database: Database, submit: SubmitJob) -> None:
    job = await submit()
    await database.dispose()
    assert await database.jobs.get(EVERYWHERE, job.job_id) == job


async def test_no_server_is_unavailable() -> None:
    async with open_database(f"postgresql://postgres@127.0.0.1:{free_port()}/jobs") as database:
        with pytest.raises(StoreUnavailableError):
            await database.ping()
        with pytest.raises(StoreUnavailableError):
            await database.keys.create(NewKey(name="pipeline", tenant="default"))
    with pytest.raises(StoreUnavailableError):
        migrate(f"postgresql://postgres@127.0.0.1:{free_port()}/jobs")


async def test_no_file_is_unavailable(tmp_path: Path) -> None:
    async with open_database(f"sqlite:///{tmp_path}/no/such/folder/jobs.db") as database:
        with pytest.raises(StoreUnavailableError):
            await database.ping()


async def test_connections_that_the_server_cut_are_replaced(postgres_url: str) -> None:
    async with open_database(postgres_url) as database:
        await database.ping()
        with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as other:
            others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            assert other.execute(f"SELECT pg_terminate_backend(pid) {others}").fetchall()
        await database.ping()


async def test_a_server_that_stops_is_noticed() -> None:
    with postgres_server() as address:
        migrate(address.url("postgres"))
        database = open_database(address.url("postgres"))
        await database.ping()
    with pytest.raises(StoreUnavailableError):
        await database.jobs.counts()
    await database.dispose()


async def test_a_failed_write_leaves_nothing(database: Database, new_job: Callable[..., NewJob]) -> None:
    class OurOwnError(Exception):
        pass

    def refuse() -> None:
        raise OurOwnError

    await database.jobs.create(new_job())
    await database.jobs.lease(owner="x", limit=1, lease_for=timedelta(minutes=-1))
    with pytest.raises(OurOwnError):
        await database.jobs.reclaim(3, announce=lambda _job: refuse())  # type: ignore[arg-type, return-value]
    assert (await database.jobs.counts()).processing == 1


async def test_a_cancelled_task_gives_its_turn_and_connection_back(database: Database, submit: SubmitJob) -> None:
    job = await submit()
    for _ in range(12):  # more than the pool has connections
        task = asyncio.create_task(database.jobs.request_cancel(job.job_id))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert (await database.jobs.counts()).total == 1


async def test_writers_of_several_connections_take_turns_on_sqlite(sqlite_url: str, new_job: Callable[..., NewJob]) -> None:
    databases = [open_database(sqlite_url) for _ in range(4)]
    await asyncio.gather(*(databases[n % 4].jobs.create(new_job()) for n in range(40)))
    assert (await databases[0].jobs.counts()).total == 40
    for database in databases:
        await database.dispose()


async def test_a_database_that_stays_locked_is_unavailable(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs_store.engine.BUSY_TIMEOUT_SECONDS", 0)
    with closing(sqlite3.connect(sqlite_url.split("///")[1], isolation_level=None)) as greedy:
        greedy.execute("BEGIN IMMEDIATE")
        async with open_database(sqlite_url) as database:
            assert (await database.jobs.counts()).total == 0  # reading goes on
            with pytest.raises(StoreUnavailableError, match="locked"):
                await database.keys.create(NewKey(name="pipeline", tenant="default"))


async def test_no_secret_is_in_the_file(sqlite_url: str, new_job: Callable[..., NewJob]) -> None:
    async with open_database(sqlite_url, secrets=SecretBox(["a key"])) as database:
        await database.jobs.create(
            new_job(
                phoenix_client_id=f"{SECRET}-id",
                phoenix_client_secret=SECRET,
                webhook_headers={"Authorization": f"Bearer {SECRET}"},
                filename="in-clear.json",
            )
        )
        _, plain = await database.keys.create(NewKey(name="pipeline", tenant="default"))
        path = Path(sqlite_url.split("///")[1])
        stored = b"".join(file.read_bytes() for file in path.parent.glob("jobs.db*"))
    assert b"in-clear.json" in stored
    assert SECRET.encode() not in stored
    assert plain.encode() not in stored


async def test_no_secret_is_in_a_dump(postgres_url: str, new_job: Callable[..., NewJob]) -> None:
    async with open_database(postgres_url, secrets=SecretBox(["a key"])) as database:
        await database.jobs.create(new_job(phoenix_client_secret=SECRET, webhook_headers={"Authorization": SECRET}))
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        (row,) = connection.execute("SELECT jobs::text FROM jobs").fetchall()
    assert "report.json" in row[0]
    assert SECRET not in row[0]


async def test_disposing_waits_for_what_is_under_way(database_url: str) -> None:
    """Else its connection is out of the pool, stays open, and warns of that whenever the collector finds it."""
    database = open_database(database_url)
    asking = [asyncio.create_task(database.jobs.list(EVERYWHERE)) for _ in range(3)]
    await asyncio.sleep(0)
    await database.dispose()
    assert all(task.done() for task in asking)
    assert [await task for task in asking] == [(0, [])] * 3
