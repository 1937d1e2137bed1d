"""Jobs that are submitted together are one transaction, and each has an outcome of its own."""

import asyncio
from collections.abc import Callable

import pytest

from jobs_store.database import Database
from jobs_store.errors import JobNotFoundError
from jobs_store.records import EventKind, NewEvent, NewJob

NewJobs = Callable[..., NewJob]
QUEUED = [NewEvent(EventKind.STATUS, "{}"), NewEvent(EventKind.LOG, "{}")]


async def sequence(database: Database, new: NewJob) -> list[int]:
    return [event.seq for event in await database.events.read(new.job_id)]


@pytest.mark.parametrize("count", [1, 50])
async def test_transactions_do_not_grow_with_the_jobs(
    database: Database, new_job: NewJobs, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    write, begun = database._transactions.write, []
    monkeypatch.setattr(database._transactions, "write", lambda: begun.append(1) or write())
    news = [new_job() for _ in range(count)]
    await asyncio.gather(*(database.jobs.create(new, events=QUEUED) for new in news))
    assert len(begun) == 1
    assert [await sequence(database, new) for new in news] == [[1, 2]] * count


async def test_one_that_cannot_be_written_fails_alone(database: Database, new_job: NewJobs) -> None:
    news = [new_job(), new_job(file_size_bytes=1 << 70), new_job()]  # no database has such integers
    answers = await asyncio.gather(*(database.jobs.create(new, events=QUEUED) for new in news), return_exceptions=True)
    assert [isinstance(answer, Exception) for answer in answers] == [False, True, False]
    for new in (news[0], news[2]):
        assert (await database.jobs.get(new.job_id)).status.value == "queued"
        assert await sequence(database, new) == [1, 2]
    with pytest.raises(JobNotFoundError):
        await database.jobs.get(news[1].job_id)


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
