"""Jobs from submission to removal, on SQLite and on PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from jobs_store.database import Database, open_database
from jobs_store.errors import JobNotFoundError, LeaseLostError, NotRetryableError, SecretError
from jobs_store.events import EventKind, NewEvent
from jobs_store.jobs import (
    Batch,
    BatchChange,
    BatchState,
    CancelResult,
    Credentials,
    Job,
    JobStatus,
    Lease,
    NewJob,
    QueueCounts,
)
from jobs_store.reach import EVERYWHERE, Reach
from jobs_store.secrets import SecretBox

NewJobs = Callable[..., NewJob]
SubmitJob = Callable[..., Awaitable[Job]]
LeaseJob = Callable[..., Awaitable[Lease]]
SECRET = "hunter2-and-nothing-else"


async def test_a_new_job_is_queued_with_what_was_given(database: Database, new_job: NewJobs) -> None:
    new = new_job(
        sha256="ab" * 32, scanner_type="trivy", asset_type="CONTAINER", assessment_name="Night run", import_type="merge",
        phoenix_api_url="https://phoenix.example", processing_options='{"fix_data": true}', webhook_url="https://hook.example",
        tenant="blue", priority=3, file_size_bytes=10 << 30,
    )  # fmt: skip
    job, created = await database.jobs.create(new)
    assert created
    assert job == await database.jobs.get(EVERYWHERE, new.job_id)
    assert (job.status, job.progress, job.attempt, job.planned) == (JobStatus.QUEUED, 0.0, 0, False)
    same = ("sha256", "scanner_type", "asset_type", "assessment_name", "import_type", "phoenix_api_url", "processing_options")
    for name in (*same, "tenant", "priority", "file_size_bytes", "file_path", "filename"):
        assert getattr(job, name) == getattr(new, name)
    assert abs(datetime.now(UTC) - job.created_at) < timedelta(seconds=30)


async def test_its_first_events_come_with_it(database: Database, new_job: NewJobs) -> None:
    new = new_job()
    await database.jobs.create(new, events=[NewEvent(EventKind.STATUS, "{}"), NewEvent(EventKind.LOG, "{}")])
    assert [event.seq for event in await database.events.read(new.job_id)] == [1, 2]


async def test_an_idempotency_key_gives_the_first_job_again(database: Database, new_job: NewJobs) -> None:
    first, _ = await database.jobs.create(new_job(idempotency_key="key", tenant="blue"))
    again, created = await database.jobs.create(
        new_job(idempotency_key="key", tenant="blue"), events=[NewEvent(EventKind.STATUS, "{}")]
    )
    assert (again, created) == (first, False)
    assert await database.events.read(first.job_id) == []
    _, created = await database.jobs.create(new_job(idempotency_key="key", tenant="red"))
    assert created


async def test_one_of_many_submissions_with_one_key_wins(database: Database, new_job: NewJobs) -> None:
    answers = await asyncio.gather(*(database.jobs.create(new_job(idempotency_key="key")) for _ in range(8)))
    assert len({job.job_id for job, _ in answers}) == 1
    assert [created for _, created in answers].count(True) == 1
    assert (await database.jobs.counts()).total == 1


async def test_creating_may_be_repeated(database: Database, new_job: NewJobs) -> None:
    new = new_job()
    await database.jobs.create(new, events=[NewEvent(EventKind.STATUS, "{}")])
    job, created = await database.jobs.create(new, events=[NewEvent(EventKind.STATUS, "{}")])
    assert created
    assert job.job_id == new.job_id
    assert len(await database.events.read(new.job_id)) == 1


async def test_unknown_jobs_and_other_tenants_jobs_are_not_found(database: Database, submit: SubmitJob) -> None:
    job = await submit(tenant="blue")
    assert await database.jobs.get(Reach("blue"), job.job_id) == job
    with pytest.raises(JobNotFoundError):
        await database.jobs.get(Reach("red"), job.job_id)
    with pytest.raises(JobNotFoundError):
        await database.jobs.get(EVERYWHERE, "job-none")
    for use in (database.jobs.request_cancel, database.jobs.retry, database.jobs.credentials):
        with pytest.raises(JobNotFoundError):
            await use("job-none")


async def test_lists_pages_newest_first(database: Database, submit: SubmitJob) -> None:
    ids = [(await submit(tenant="blue" if n % 2 else "red")).job_id for n in range(5)]
    total, jobs = await database.jobs.list(EVERYWHERE, 1, 2)
    assert (total, [job.job_id for job in jobs]) == (5, [ids[4], ids[3]])
    assert [job.job_id for job in (await database.jobs.list(EVERYWHERE, 3, 2))[1]] == [ids[0]]
    assert (await database.jobs.list(EVERYWHERE, 4, 2)) == (5, [])
    total, jobs = await database.jobs.list(Reach("blue"), 1, 10)
    assert (total, [job.job_id for job in jobs]) == (2, [ids[3], ids[1]])
    await database.jobs.request_cancel(ids[2])
    total, jobs = await database.jobs.list(EVERYWHERE, 1, 10, status=JobStatus.CANCELLED)
    assert (total, [job.job_id for job in jobs]) == (1, [ids[2]])


async def test_a_job_is_carried_to_its_end(database: Database, leased: LeaseJob) -> None:
    lease = await leased()
    events = [NewEvent(EventKind.PROGRESS, "{}")]
    written = await database.jobs.advance(
        lease, progress=40, current_step="translate 3/40", detected_format="trivy", skipped=2, events=events
    )
    assert [event.kind for event in written] == [EventKind.PROGRESS]
    job = await database.jobs.get(EVERYWHERE, lease.job_id)
    assert (job.progress, job.current_step, job.detected_format, job.skipped) == (40.0, "translate 3/40", "trivy", 2)
    await database.jobs.finish(
        lease, status=JobStatus.COMPLETED, assets_imported=4, vulnerabilities_imported=5, batch_summary='{"batches": 1}'
    )
    job = await database.jobs.get(EVERYWHERE, lease.job_id)
    assert (job.status, job.progress, job.assets_imported, job.vulnerabilities_imported) == (JobStatus.COMPLETED, 100.0, 4, 5)
    assert (job.skipped, job.batch_summary, job.error_message) == (2, '{"batches": 1}', None)
    assert job.started_at is not None
    assert job.completed_at is not None
    assert job.created_at <= job.started_at <= job.completed_at


async def test_an_ended_job_takes_nothing_more(database: Database, leased: LeaseJob, log: Callable[[str], NewEvent]) -> None:
    lease = await leased()
    await database.jobs.finish(lease, status=JobStatus.FAILED, error_message="no")
    for late in (
        database.jobs.finish(lease, status=JobStatus.COMPLETED),
        database.jobs.advance(lease, progress=1, events=[log("late")]),
        database.jobs.renew(lease, timedelta(minutes=1)),
        database.events.append(lease.job_id, [log("late")], lease=lease),
        database.batches.plan(lease, []),
    ):
        with pytest.raises(LeaseLostError):
            await late
    assert (await database.jobs.get(EVERYWHERE, lease.job_id)).error_message == "no"
    assert await database.events.read(lease.job_id) == []


async def test_a_job_does_not_finish_unfinished(database: Database, leased: LeaseJob) -> None:
    with pytest.raises(ValueError, match="queued"):
        await database.jobs.finish(await leased(), status=JobStatus.QUEUED)


async def test_an_error_that_no_database_takes_is_recorded(database: Database, leased: LeaseJob) -> None:
    lease = await leased()
    await database.jobs.advance(lease, current_step="x" * 1000)
    await database.jobs.finish(lease, status=JobStatus.FAILED, error_message="a\0b\ud800c")
    job = await database.jobs.get(EVERYWHERE, lease.job_id)
    assert job.error_message == "a\ufffdb?c"
    assert job.current_step == "x" * 256


async def test_a_waiting_job_is_cancelled_at_once(database: Database, submit: SubmitJob) -> None:
    job = await submit(webhook_url="https://hook.example")
    ending = [NewEvent(EventKind.ERROR, "{}")]
    assert await database.jobs.request_cancel(job.job_id, ending, webhook_body="{}") is CancelResult.CANCELLED
    assert await database.jobs.request_cancel(job.job_id, ending, webhook_body="{}") is CancelResult.ALREADY_ENDED
    cancelled = await database.jobs.get(EVERYWHERE, job.job_id)
    assert cancelled.status is JobStatus.CANCELLED
    assert cancelled.completed_at is not None
    assert len(await database.events.read(job.job_id)) == 1
    assert len(await database.webhooks.due(10)) == 1
    assert await database.jobs.lease(owner="x", limit=1, lease_for=timedelta(minutes=1)) == []


async def test_a_running_job_learns_at_renewal_that_it_shall_end(database: Database, leased: LeaseJob) -> None:
    lease = await leased()
    ending = [NewEvent(EventKind.ERROR, "{}")]
    assert await database.jobs.request_cancel(lease.job_id, ending) is CancelResult.REQUESTED
    lease = await database.jobs.renew(lease, timedelta(minutes=1))
    assert lease.job.cancel_requested
    await database.jobs.finish(lease, status=JobStatus.CANCELLED, events=ending)
    assert len(await database.events.read(lease.job_id)) == 1


async def test_a_failed_job_goes_on_from_what_is_missing(database: Database, leased: LeaseJob) -> None:
    lease = await leased()
    await database.batches.plan(lease, [Batch(n, "INFRA", "new", (), 1, 1, 1) for n in range(4)])
    await database.batches.settle(lease, BatchChange(0, BatchState.IMPORTED))
    await database.batches.settle(lease, BatchChange(1, BatchState.FAILED, error="no"))
    await database.jobs.finish(lease, status=JobStatus.FAILED, error_message="no")
    job = await database.jobs.retry(lease.job_id)
    assert (job.status, job.planned, job.error_message, job.attempt) == (JobStatus.QUEUED, True, None, 0)
    assert job.started_at is job.completed_at is None
    batches = await database.batches.list(lease.job_id)
    assert [batch.state for batch in batches] == [BatchState.IMPORTED, *3 * [BatchState.PENDING]]
    assert batches[1].error is None
    with pytest.raises(NotRetryableError, match="queued"):
        await database.jobs.retry(lease.job_id)
    with pytest.raises(LeaseLostError):
        await database.jobs.renew(lease, timedelta(minutes=1))


async def test_retention_finds_ended_jobs_and_forgets_their_secrets(database: Database, submit: SubmitJob) -> None:
    job = await submit(phoenix_client_id="id", phoenix_client_secret=SECRET, webhook_headers={"Authorization": SECRET})
    await submit()
    await database.jobs.request_cancel(job.job_id)
    soon = datetime.now(UTC) + timedelta(minutes=1)
    assert await database.jobs.ended_before(soon - timedelta(hours=1), 10) == []
    assert [ended.job_id for ended in await database.jobs.ended_before(soon, 10)] == [job.job_id]
    await database.jobs.mark_cleaned(job.job_id)
    assert await database.jobs.ended_before(soon, 10) == []
    assert await database.jobs.credentials(job.job_id) == Credentials(None, None, None)
    assert await database.jobs.webhook_headers(job.job_id) == {}
    with pytest.raises(NotRetryableError, match="removed"):
        await database.jobs.retry(job.job_id)


async def test_counts(database: Database, submit: SubmitJob, leased: LeaseJob) -> None:
    assert await database.jobs.counts() == QueueCounts(0, 0, 0)
    await leased()
    ended = await submit()
    await submit()
    await database.jobs.request_cancel(ended.job_id)
    assert await database.jobs.counts() == QueueCounts(pending=1, processing=1, total=3)


async def test_secrets_come_back_only_where_asked_for(database: Database, submit: SubmitJob) -> None:
    headers = {"Authorization": f"Bearer {SECRET}"}
    job = await submit(
        phoenix_client_id="id", phoenix_client_secret=SECRET, phoenix_api_url="https://p", webhook_headers=headers
    )
    assert SECRET not in repr(job)
    credentials = await database.jobs.credentials(job.job_id)
    assert credentials == Credentials("id", SECRET, "https://p")
    assert SECRET not in repr(credentials)
    assert await database.jobs.webhook_headers(job.job_id) == headers


async def test_secrets_need_their_key(database: Database, database_url: str, submit: SubmitJob, new_job: NewJobs) -> None:
    job = await submit(phoenix_client_id="id", phoenix_client_secret=SECRET)
    async with open_database(database_url, secrets=SecretBox(["another key"])) as other:
        with pytest.raises(SecretError, match="another SECRET_KEY"):
            await other.jobs.credentials(job.job_id)
    async with open_database(database_url) as keyless:
        with pytest.raises(SecretError):
            await keyless.jobs.credentials(job.job_id)
        with pytest.raises(SecretError):
            await keyless.jobs.create(new_job(phoenix_client_secret=SECRET))
        _, created = await keyless.jobs.create(new_job())
        assert created
