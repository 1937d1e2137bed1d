"""One ordered stream per job, whoever writes."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from jobs_store.database import Database, open_database
from jobs_store.errors import JobNotFoundError, UnstorableValueError
from jobs_store.events import EventKind, NewEvent
from jobs_store.jobs import Job, Lease

SubmitJob = Callable[..., Awaitable[Job]]
LeaseJob = Callable[..., Awaitable[Lease]]
Log = Callable[[str], NewEvent]


async def test_events_are_numbered_and_read_in_order(database: Database, submit: SubmitJob, log: Log) -> None:
    job = await submit()
    written = await database.events.append(job.job_id, [log("a"), NewEvent(EventKind.PROGRESS, "{}", level="DEBUG")])
    written += await database.events.append(job.job_id, [log("b")])
    assert [event.seq for event in written] == [1, 2, 3]
    assert await database.events.read(job.job_id) == written
    assert await database.events.read(job.job_id, after=1, limit=1) == written[1:2]
    assert await database.events.read(job.job_id, kinds={EventKind.LOG}) == [written[0], written[2]]
    assert await database.events.read(job.job_id, after=3) == []
    assert await database.events.append(job.job_id, []) == []


async def test_the_last_log_lines(database: Database, submit: SubmitJob, log: Log) -> None:
    job = await submit()
    await database.events.append(job.job_id, [log(str(n)) for n in range(60)] + [NewEvent(EventKind.PROGRESS, "{}")])
    assert [event.seq for event in await database.events.recent_logs(job.job_id)] == list(range(11, 61))
    assert [event.seq for event in await database.events.recent_logs(job.job_id, 2)] == [59, 60]


async def test_no_job_no_events(database: Database, log: Log) -> None:
    with pytest.raises(JobNotFoundError):
        await database.events.append("job-none", [log("a")])
    assert await database.events.read("job-none") == []


async def test_numbers_have_no_gaps_whoever_writes(database: Database, database_url: str, leased: LeaseJob, log: Log) -> None:
    """Three processes' connections at once, a reader that follows, and writes that are refused in between."""
    lease = await leased()
    seen: list[int] = []

    async def write(own: Database, name: str) -> None:
        for n in range(15):
            if n % 2:
                await own.jobs.advance(lease, progress=n, events=[log(f"{name} {n}"), log("and more")])
            else:
                await own.events.append(lease.job_id, [log(f"{name} {n}")])

    async def follow(stop: asyncio.Event) -> None:
        while True:
            last = stop.is_set()
            seen.extend(event.seq for event in await database.events.read(lease.job_id, after=seen[-1] if seen else 0))
            if last:
                return
            await asyncio.sleep(0)

    stop = asyncio.Event()
    follower = asyncio.create_task(follow(stop))
    async with open_database(database_url) as second, open_database(database_url) as third:
        await asyncio.gather(write(database, "first"), write(second, "second"), write(third, "third"))
    stop.set()
    await follower
    assert seen == list(range(1, 3 * (8 + 7 * 2) + 1))


async def test_a_number_that_no_column_can_hold_is_told(database: Database) -> None:
    with pytest.raises(UnstorableValueError):
        await database.events.read("job-1", after=2**70)


async def test_a_text_that_no_column_can_hold_is_told(postgres_url: str) -> None:
    database = open_database(postgres_url)
    with pytest.raises(UnstorableValueError):
        await database.events.read("job-\0")
    await database.dispose()
