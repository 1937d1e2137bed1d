"""Jobs that are submitted together are one transaction, and each has an outcome of its own."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing

import pytest
from sqlalchemy import Connection, event, insert

from jobs_store.database import Database, open_database
from jobs_store.errors import JobNotFoundError
from jobs_store.events import EventKind, NewEvent
from jobs_store.jobs import NewJob
from jobs_store.reach import EVERYWHERE
from jobs_store.tables import jobs

NewJobs = Callable[..., NewJob]
QUEUED = [NewEvent(EventKind.STATUS, "{}"), NewEvent(EventKind.LOG, "{}")]


async def sequence(database: Database, new: NewJob) -> list[int]:
    return [event.seq for event in await database.events.read(new.job_id)]


@pytest.mark.parametrize("count", [1, 50])
async def test_transactions_do_not_grow_with_the_jobs(
    database: Database, new_job: NewJobs, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    run, begun = database._transactions.run, []
    monkeypatch.setattr(database._transactions, "run", lambda work: begun.append(1) or run(work))
    news = [new_job() for _ in range(count)]
    await asyncio.gather(*(database.jobs.create(new, events=QUEUED) for new in news))
    assert len(begun) == 1
    assert [await sequence(database, new) for new in news] == [[1, 2]] * count


async def test_one_that_cannot_be_written_fails_alone(database: Database, new_job: NewJobs) -> None:
    news = [new_job(), new_job(file_size_bytes=1 << 70), new_job()]  # no database has such integers
    answers = await asyncio.gather(*(database.jobs.create(new, events=QUEUED) for new in news), return_exceptions=True)
    assert [isinstance(answer, Exception) for answer in answers] == [False, True, False]
    for new in (news[0], news[2]):
        assert (await database.jobs.get(EVERYWHERE, new.job_id)).status.value == "queued"
        assert await sequence(database, new) == [1, 2]
    with pytest.raises(JobNotFoundError):
        await database.jobs.get(EVERYWHERE, news[1].job_id)


async def test_the_writer_is_not_held_while_the_event_loop_is_busy(sqlite_url: str, new_job: NewJobs) -> None:
    begun = threading.Event()
    async with open_database(sqlite_url) as database:
        event.listen(database._transactions._in_thread, "begin", lambda _connection: begun.set())
        creating = asyncio.create_task(database.jobs.create(new_job(), events=QUEUED))
        assert await asyncio.to_thread(begun.wait, 10)
        with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite+aiosqlite:///"), timeout=10)) as other:
            other.execute("BEGIN IMMEDIATE")  # in the loop's own thread
            other.rollback()
        _, created = await creating
    assert created


async def test_what_is_given_up_in_the_middle_stops_nobody(database: Database, new_job: NewJobs) -> None:
    entered, leave = threading.Event(), threading.Event()

    def work(_connection: Connection) -> None:
        entered.set()
        leave.wait(0.3)

    running = asyncio.create_task(database._transactions.run(work))
    if database._transactions.is_sqlite:
        await asyncio.to_thread(entered.wait, 10)
    else:
        await asyncio.sleep(0)
    running.cancel()
    leave.set()
    _, created = await asyncio.wait_for(database.jobs.create(new_job(), events=QUEUED), 20)
    assert created
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_an_error_leaves_nothing_behind(database: Database, new_job: NewJobs) -> None:
    new = new_job()
    plain = {"filename": "f", "file_path": "p", "file_size_bytes": 1, "scanner_type": "x", "import_type": "new"}
    row = plain | {"job_id": "half", "status": "queued", "processing_options": "{}", "tenant": "t", "priority": 0}

    def work(connection: Connection) -> None:
        connection.execute(insert(jobs).values(**row))
        raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        await database._transactions.run(work)
    assert await database.jobs.orphans({"received/half": "half"}) == {"received/half"}
    assert (await database.jobs.create(new, events=QUEUED))[1]


async def test_the_first_with_a_key_has_it_for_its_tenant(database: Database, new_job: NewJobs) -> None:
    earlier, _ = await database.jobs.create(new_job(idempotency_key="old"))
    keys = ["new", None, "new", "old", None, "other"]
    news = [new_job(idempotency_key=key) for key in keys] + [new_job(idempotency_key="new", tenant="red")]
    answers = await asyncio.gather(*(database.jobs.create(new, events=QUEUED) for new in news))
    assert [created for _, created in answers] == [True, True, False, False, True, True, True]
    assert [job.job_id for job, created in answers if not created] == [news[0].job_id, earlier.job_id]
    assert await sequence(database, news[0]) == [1, 2]
    assert await sequence(database, news[2]) == []


async def test_one_that_nobody_waits_for_any_more_takes_no_other_with_it(database: Database, new_job: NewJobs) -> None:
    news = [new_job() for _ in range(3)]
    creating = [asyncio.create_task(database.jobs.create(new, events=QUEUED)) for new in news]
    await asyncio.sleep(0)  # they wait together, and have not left yet
    creating[1].cancel()
    answers = await asyncio.gather(*creating, return_exceptions=True)
    assert isinstance(answers[1], asyncio.CancelledError)
    assert [await sequence(database, new) for new in news] == [[1, 2], [], [1, 2]]
