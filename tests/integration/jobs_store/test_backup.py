"""A backup holds everything of one moment, and what is restored elsewhere is the same service."""

import io
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
import zstandard
from tenant_making import make_key, make_tenant

from jobs_store.audit import NewAuditEntry
from jobs_store.backup import BackupError, back_up, restore
from jobs_store.database import Database, open_database
from jobs_store.events import EventKind, NewEvent
from jobs_store.jobs import Job, JobStatus
from jobs_store.reach import EVERYWHERE
from jobs_store.secrets import SecretBox
from jobs_store.storage import ObjectStorage, open_storage

SubmitJob = Callable[..., Awaitable[Job]]
NOTED = NewAuditEntry(actor="service", tenant="red", action="job.create", object="job")
BOX = SecretBox.from_setting("a key of the tests")


@pytest.fixture
def storage(tmp_path: Path) -> ObjectStorage:
    return open_storage((tmp_path / "objects").as_uri())


@pytest.fixture
def there(tmp_path: Path) -> ObjectStorage:
    return open_storage((tmp_path / "there").as_uri())


@pytest.fixture
def elsewhere(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of the other kind."""
    if database_url.startswith("sqlite"):
        url: str = request.getfixturevalue("postgres_url")
        return url
    return f"sqlite:///{tmp_path}/elsewhere.db"


@pytest.fixture
def backup(database: Database, database_url: str, storage: ObjectStorage) -> Callable[[], io.BytesIO]:
    def make() -> io.BytesIO:
        target = io.BytesIO()
        back_up(database_url, storage, BOX, target)
        return io.BytesIO(target.getvalue())

    return make


async def fill(database: Database, submit: SubmitJob, storage: ObjectStorage) -> str:
    """One of everything that matters; gives a key's text."""
    await make_tenant(database, "red", share=3)
    key = await make_key(database, "red")
    job = await submit(tenant="red", filename="naïve 🧪.json")
    await database.events.append(job.job_id, [NewEvent(EventKind.LOG, '{"message": "hello"}')])
    ended = await submit(tenant="red")
    await database.jobs.request_cancel(ended.job_id)
    for number in range(3):
        await database.audit.append(replace(NOTED, object=f"job-{number}"))
    storage.put("received/20261130/one", b"report")
    storage.put("jobs/job-1/batches/1", b"x" * 3_000_000)
    return key


async def test_the_same_service_elsewhere(
    database: Database, database_url: str, submit: SubmitJob, storage: ObjectStorage, elsewhere: str, s3_url: str
) -> None:
    """From a folder to S3, and from either database to the other."""
    key = await fill(database, submit, storage)
    target = io.BytesIO()
    saved = back_up(database_url, storage, BOX, target)
    assert (saved.rows["jobs"], saved.rows["tenants"], saved.objects, saved.missing) == (2, 2, 2, 0)

    there = open_storage(s3_url)
    assert restore(elsewhere, there, BOX, io.BytesIO(target.getvalue())) == saved
    assert there.get("received/20261130/one") == b"report"
    assert len(there.get("jobs/job-1/batches/1")) == 3_000_000
    async with open_database(elsewhere, secrets=BOX) as restored:
        _, before = await database.jobs.list(EVERYWHERE, 1, 10, None)
        _, after = await restored.jobs.list(EVERYWHERE, 1, 10, None)
        assert after == before
        assert {job.filename: job.status for job in after}["naïve 🧪.json"] is JobStatus.QUEUED
        assert await restored.events.read("job-1", after=0) == await database.events.read("job-1", after=0)
        assert (await restored.tenants.get("red")).share == 3
        assert await restored.keys.find(key) is not None
        assert await restored.audit.end() == await database.audit.end()
        assert [e async for e in restored.audit.all()] == [e async for e in database.audit.all()]
        await restored.audit.append(NOTED)


async def test_what_is_not_empty_is_left_alone(
    backup: Callable[[], io.BytesIO], database_url: str, submit: SubmitJob, storage: ObjectStorage
) -> None:
    saved = backup()
    await submit()
    with pytest.raises(BackupError, match="holds jobs"):
        restore(database_url, storage, BOX, saved)
    storage.put("mine", b"")
    with pytest.raises(BackupError, match="holds objects"):
        restore(database_url, storage, BOX, saved)


@pytest.mark.parametrize("part", [0, 0.3, 0.9])
async def test_a_cut_backup_restores_no_row(
    backup: Callable[[], io.BytesIO],
    database: Database,
    submit: SubmitJob,
    storage: ObjectStorage,
    there: ObjectStorage,
    elsewhere: str,
    part: float,
) -> None:
    await fill(database, submit, storage)
    whole = backup().getvalue()
    with pytest.raises(BackupError):
        restore(elsewhere, there, BOX, io.BytesIO(whole[: int(part * len(whole))]))
    async with open_database(elsewhere) as restored:
        assert (await restored.jobs.list(EVERYWHERE, 1, 10, None))[0] == 0


async def test_another_secret_key_is_told_before_anything_is_lost(
    backup: Callable[[], io.BytesIO], there: ObjectStorage, elsewhere: str
) -> None:
    with pytest.raises(BackupError, match="SECRET_KEY"):
        restore(elsewhere, there, SecretBox.from_setting("another key"), backup())


@pytest.mark.parametrize("content", [b"", b"not a backup", zstandard.compress(b"no tar"), zstandard.compress(b"\0" * 10_240)])
def test_what_is_no_backup_says_so(content: bytes, there: ObjectStorage, sqlite_url: str) -> None:
    with pytest.raises(BackupError):
        restore(sqlite_url, there, BOX, io.BytesIO(content))
