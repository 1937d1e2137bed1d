"""A store for each test, and jobs to put into it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from jobs_store.database import Database, open_database
from jobs_store.events import EventKind, NewEvent
from jobs_store.jobs import Job, Lease, NewJob
from jobs_store.secrets import SecretBox

SubmitJob = Callable[..., Awaitable[Job]]
LeaseJob = Callable[..., Awaitable[Lease]]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url, secrets=SecretBox(["a key of the tests"])) as database:
        yield database


@pytest.fixture
def new_job() -> Callable[..., NewJob]:
    """Jobs that differ in their ids, and in what is given."""
    numbers = count(1)

    def make(**given: Any) -> NewJob:
        job_id = given.pop("job_id", f"job-{next(numbers)}")
        plain: dict[str, Any] = {"filename": "report.json", "file_path": f"jobs/{job_id}/upload", "file_size_bytes": 2048}
        return NewJob(job_id=job_id, **plain | given)

    return make


@pytest.fixture
def submit(database: Database, new_job: Callable[..., NewJob]) -> SubmitJob:
    async def submit(**given: Any) -> Job:
        job, _ = await database.jobs.create(new_job(**given))
        return job

    return submit


@pytest.fixture
def leased(database: Database, submit: SubmitJob) -> LeaseJob:
    """A new job under a lease; of no time, with ``lease_for=timedelta(0)``."""

    async def leased(*, lease_for: timedelta = timedelta(minutes=1), **given: Any) -> Lease:
        await submit(**given)
        (lease,) = await database.jobs.lease(owner="a test", limit=1, lease_for=lease_for)
        return lease

    return leased


@pytest.fixture
def log() -> Callable[[str], NewEvent]:
    def log(text: str) -> NewEvent:
        return NewEvent(EventKind.LOG, f'{{"message": "{text}"}}')

    return log
