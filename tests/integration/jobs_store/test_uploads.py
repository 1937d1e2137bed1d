"""Direct uploads, on SQLite and PostgreSQL."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from jobs_store.database import Database
from jobs_store.errors import UploadGoneError, UploadNotFoundError
from jobs_store.events import EventKind, NewEvent
from jobs_store.jobs import JobStatus, NewJob
from jobs_store.reach import EVERYWHERE, Reach
from jobs_store.storage import StoredPart
from jobs_store.uploads import NewUpload, Upload, UploadState

Announce = Callable[..., Awaitable[Upload]]
QUEUED = NewEvent(EventKind.STATUS, "{}")


@pytest.fixture
def announce(database: Database) -> Announce:
    async def announce(*, expires_in: timedelta = timedelta(hours=1), **given: Any) -> Upload:
        upload_id = given.pop("upload_id", "upload-1")
        plain = {
            "tenant": "default",
            "filename": "big.json",
            "size_bytes": 25,
            "part_size_bytes": 10,
            "storage_key": f"uploads/{upload_id}/report",
            "parts_id": "p",
            "options": '{"phoenix_client_secret": "hush"}',
            "job_id": f"job-of-{upload_id}",
        }
        return await database.uploads.create(NewUpload(upload_id=upload_id, **plain | given), expires_in=expires_in)

    return announce


def job_of(upload: Upload) -> NewJob:
    return NewJob(
        job_id=upload.job_id, filename=upload.filename, file_path=upload.storage_key, file_size_bytes=upload.size_bytes
    )


async def test_an_upload_becomes_a_job_once(database: Database, announce: Announce) -> None:
    upload = await announce()
    assert (upload.state, upload.options) == (UploadState.OPEN, '{"phoenix_client_secret": "hush"}')
    with pytest.raises(UploadGoneError):
        await database.uploads.use(upload.upload_id, job_of(upload))  # not complete yet
    assert (await database.uploads.mark_complete(upload.upload_id)).state is UploadState.COMPLETE
    assert (await database.uploads.mark_complete(upload.upload_id)).state is UploadState.COMPLETE
    assert await database.uploads.use(upload.upload_id, job_of(upload), events=[QUEUED])
    assert not await database.uploads.use(upload.upload_id, job_of(upload), events=[QUEUED])
    job = await database.jobs.get(EVERYWHERE, upload.job_id)
    assert (job.status, job.file_path) == (JobStatus.QUEUED, upload.storage_key)
    assert [event.seq for event in await database.events.read(job.job_id)] == [1]
    (lease,) = await database.jobs.lease(owner="a test", limit=9, lease_for=timedelta(minutes=1))
    assert lease.job_id == upload.job_id


async def test_what_belongs_to_a_job_is_not_removed(database: Database, announce: Announce) -> None:
    upload = await announce(expires_in=timedelta(seconds=30))
    await database.uploads.mark_complete(upload.upload_id)
    await database.uploads.use(upload.upload_id, job_of(upload))
    with pytest.raises(UploadGoneError):
        await database.uploads.remove(EVERYWHERE, upload.upload_id)
    assert await database.uploads.expired(9) == []


async def test_an_expired_upload_cannot_be_used(database: Database, announce: Announce) -> None:
    upload = await announce(expires_in=timedelta(seconds=-1))
    with pytest.raises(UploadGoneError):
        await database.uploads.mark_complete(upload.upload_id)
    assert await database.uploads.expired(9) == [upload.upload_id]
    removed = await database.uploads.remove(EVERYWHERE, upload.upload_id)
    assert removed.storage_key == upload.storage_key
    assert await database.uploads.expired(9) == [upload.upload_id]  # until its bytes are gone too
    await database.uploads.forget(upload.upload_id)
    assert await database.uploads.expired(9) == []
    with pytest.raises(UploadNotFoundError):
        await database.uploads.get(EVERYWHERE, upload.upload_id)


async def test_another_tenants_upload_does_not_exist(database: Database, announce: Announce) -> None:
    upload = await announce(tenant="theirs")
    with pytest.raises(UploadNotFoundError):
        await database.uploads.get(Reach("ours"), upload.upload_id)
    with pytest.raises(UploadNotFoundError):
        await database.uploads.remove(Reach("ours"), upload.upload_id)
    assert await database.uploads.count_unused("theirs") == 1
    assert await database.uploads.count_unused("ours") == 0


async def test_parts_are_counted_and_measured(announce: Announce) -> None:
    upload = await announce(size_bytes=25, part_size_bytes=10)
    assert upload.part_count == 3
    assert [upload.part_bytes(number) for number in (1, 2, 3)] == [10, 10, 5]
    lies = [StoredPart(1, 10), StoredPart(2, 9), StoredPart(3, 5), StoredPart(4, 10)]
    assert [part.number for part in upload.usable(lies)] == [1, 3]
    whole = await announce(upload_id="upload-2", size_bytes=20, part_size_bytes=10)
    assert (whole.part_count, whole.part_bytes(2)) == (2, 10)
