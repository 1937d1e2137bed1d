"""Retention removes what ended jobs left, and nothing else."""

import os
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from cluster.retention import remove_expired, remove_orphans
from cluster.settings import Settings, load_settings
from jobs_store.database import Database, open_database
from jobs_store.errors import NotRetryableError
from jobs_store.jobs import JobStatus, NewJob
from jobs_store.reach import EVERYWHERE
from jobs_store.storage import ObjectStorage, layout


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
    assert (await database.jobs.get(EVERYWHERE, "job-1")).cleaned_at is not None
    with pytest.raises(NotRetryableError):
        await database.jobs.retry("job-1")
    assert await remove_expired(database, settings(sqlite_url, 0, tmp_path)) == 0


async def test_uploads_of_past_days_that_no_job_has_go(database: Database, directory: ObjectStorage, tmp_path: Path) -> None:
    today = date(2026, 11, 28)
    ages = {"job-of-a-job": 4, "job-lost": 4, "job-lost-long-ago": 400, "job-perhaps-still-to-come": 3, "job-of-today": 0}
    keys = {job_id: f"{layout.received_on(today - timedelta(days=age))}/{job_id}" for job_id, age in ages.items()}
    for key in keys.values():
        directory.put(key, b"report")
    await database.jobs.create(NewJob(job_id="job-of-a-job", filename="r", file_path=keys["job-of-a-job"], file_size_bytes=6))
    directory.put(f"{layout.received_on(today - timedelta(days=5))}/job-of-a-job", b"stored before its process died")
    directory.put("uploads/upload-1/report", b"in parts")
    cut_off = tmp_path / "objects" / layout.received_on(today) / ".job-cut-off.0123456789abcdef"
    cut_off.write_bytes(b"half a rep")
    os.utime(cut_off, (0, 0))

    assert await remove_orphans(database, directory, today, upload_hours=24) == 4

    assert not cut_off.exists()
    kept = [keys[job_id] for job_id in ("job-of-a-job", "job-perhaps-still-to-come", "job-of-today")]
    assert sorted(directory.list()) == sorted([*kept, "uploads/upload-1/report"])
    assert await remove_orphans(database, directory, today, upload_hours=24) == 0


async def test_the_audit_log_is_cut_off_by_its_own_setting(
    database: Database, sqlite_url: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[timedelta] = []

    async def cut(keep: timedelta) -> int:
        asked.append(keep)
        return 2 - len(asked)

    monkeypatch.setattr(database.audit, "cut", cut)
    kept = settings(sqlite_url, 0, tmp_path).model_copy(update={"audit_keep_days": 90})
    await remove_expired(database, kept)
    assert asked == [timedelta(days=90)] * 2  # until nothing more is to go
