"""Retention removes what ended jobs left, and nothing else."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from cluster.retention import remove_expired
from cluster.settings import Settings, load_settings
from jobs_store.database import Database, open_database
from jobs_store.errors import NotRetryableError
from jobs_store.records import JobStatus, NewJob
from jobs_store.storage import ObjectStorage


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    async with open_database(sqlite_url) as database:
        yield database


def settings(url: str, days: float, folder: object) -> Settings:
    return load_settings(
        api_key="k", secret_key="s", database_url=url, storage_url=f"file://{folder}/objects", cleanup_after_days=days
    )


async def submit(database: Database, storage: ObjectStorage, job_id: str) -> None:
    key = f"jobs/{job_id}/upload"
    storage.put(key, b"report")
    storage.put(f"jobs/{job_id}/batches/1", b"body")
    await database.jobs.create(NewJob(job_id=job_id, filename="r", file_path=key, file_size_bytes=6))


async def test_objects_of_ended_jobs_go_and_rows_stay(
    database: Database, directory: ObjectStorage, sqlite_url: str, tmp_path: object
) -> None:
    await submit(database, directory, "job-1")
    (lease,) = await database.jobs.lease(owner="test", limit=1, lease_for=timedelta(minutes=1))
    await database.jobs.finish(lease, status=JobStatus.FAILED, error_message="broken")
    await submit(database, directory, "job-10")

    assert await remove_expired(database, settings(sqlite_url, 1, tmp_path)) == 0
    assert await remove_expired(database, settings(sqlite_url, 0, tmp_path)) == 1

    assert sorted(directory.list("jobs")) == ["jobs/job-10/batches/1", "jobs/job-10/upload"]
    assert (await database.jobs.get("job-1")).cleaned_at is not None
    with pytest.raises(NotRetryableError):
        await database.jobs.retry("job-1")
    assert await remove_expired(database, settings(sqlite_url, 0, tmp_path)) == 0
