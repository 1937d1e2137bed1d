"""Bulks, on SQLite and PostgreSQL: registered page by page, counted by what changes, queued, cancelled and retried in pages."""

from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import event

from jobs_store.bulks import Bulk, BulkState, NewBulk, NewMember
from jobs_store.bulks.tally import MOST_REASONS, OTHER_REASONS
from jobs_store.database import Database
from jobs_store.errors import BulkClaimLostError, BulkEndedError, BulkNotFoundError, BulkNotRetryableError
from jobs_store.events import EventKind, NewEvent
from jobs_store.jobs import Announcement, Job, JobStatus, NewJob
from jobs_store.reach import EVERYWHERE, Reach

MINUTE = timedelta(minutes=1)
LOG = NewEvent(EventKind.LOG, '{"message": "something"}')


def silent(_job: Job) -> Announcement:
    return Announcement()


@pytest.fixture
async def bulk(database: Database) -> Bulk:
    return await database.bulks.create(new_bulk(), events=[LOG])


def new_bulk(**given: object) -> NewBulk:
    plain = {"bulk_id": "bulk-1", "tenant": "default", "name": "years", "priority": -10, "order": "{}", "seed": "s"}
    return NewBulk(**plain | given)


def members(first: int, number: int, *, skipped: int = 0) -> list[NewMember]:
    made = []
    for position in range(first, first + number):
        job = NewJob(
            job_id=f"job-{position}",
            filename=f"{position}.json",
            file_path=f"jobs/job-{position}/upload",
            file_size_bytes=1,
            bulk_id="bulk-1",
            priority=-10,
        )
        made.append(NewMember(position, f"folder/{position}.json", job))
    return made + [NewMember(first + number + extra, "empty", reason="it is empty") for extra in range(skipped)]


async def register(database: Database, number: int, *, skipped: int = 0) -> None:
    bulk, claim = await database.bulks.registration.claim("bulk-1")
    await database.bulks.registration.add_page(bulk, claim, members(bulk.members, number, skipped=skipped), "done")
    await database.bulks.registration.finish("bulk-1", claim, error=None)


async def count_all(database: Database) -> int:
    changes = 0
    while counted := await database.bulks.tally.count():
        changes += len(counted)
    return changes


async def statuses(database: Database) -> dict[JobStatus, int]:
    await count_all(database)
    return dict((await database.bulks.counts("bulk-1")).status)


async def finish(database: Database, status: JobStatus, *, limit: int = 1, error: str | None = None) -> None:
    for lease in await database.jobs.lease(owner="a test", limit=limit, lease_for=MINUTE):
        await database.jobs.advance(lease, detected_format="trivy")
        await database.jobs.finish(lease, status=status, error_message=error)


async def test_a_repeated_order_is_one_bulk(database: Database) -> None:
    first = await database.bulks.create(new_bulk(idempotency_key="k"))
    again = await database.bulks.create(new_bulk(bulk_id="bulk-2", idempotency_key="k"))
    other = await database.bulks.create(new_bulk(bulk_id="bulk-3", idempotency_key="k", tenant="theirs"))
    assert (again.bulk_id, other.bulk_id) == (first.bulk_id, "bulk-3")
    assert await database.bulks.order("bulk-1") == "{}"
    assert (await database.bulks.list(Reach("default")))[0] == 1
    with pytest.raises(BulkNotFoundError):
        await database.bulks.get(Reach("theirs"), "bulk-1")


async def test_registering_goes_on_from_the_last_page(database: Database, bulk: Bulk) -> None:
    registration = database.bulks.registration
    seen, claim = await registration.claim("bulk-1")
    await registration.add_page(seen, claim, members(0, 3), "three")
    with pytest.raises(BulkClaimLostError):
        await registration.add_page(seen, claim, members(0, 3), "three")  # the same page again
    seen, taken_over = await registration.claim("bulk-1")
    assert (seen.members, seen.position) == (3, "three")
    with pytest.raises(BulkClaimLostError):
        await registration.add_page(seen, claim, members(3, 1), "four")
    await registration.add_page(seen, taken_over, members(3, 1, skipped=2), "six")
    await registration.finish("bulk-1", taken_over, error=None, events=[LOG])
    assert (await database.bulks.get(EVERYWHERE, "bulk-1")).state is BulkState.RUNNING
    assert await registration.waiting() == []
    counts = await database.bulks.counts("bulk-1")
    assert (counts.status, counts.skipped) == ({JobStatus.PENDING: 4}, {"it is empty": 2})
    skipped = await database.bulks.skipped("bulk-1", after=-1, limit=9)
    assert [(member.number, member.reason) for member in skipped] == [(4, "it is empty"), (5, "it is empty")]
    assert [event.seq for event in await database.bulk_events.read("bulk-1")] == [1, 2]


async def test_jobs_wait_for_their_turn_and_are_counted_as_they_change(database: Database, bulk: Bulk) -> None:
    await register(database, 5)
    assert await database.jobs.lease(owner="a test", limit=9, lease_for=MINUTE) == []
    assert await database.bulks.carrying.queue("bulk-1", 3) == 3
    assert await statuses(database) == {JobStatus.PENDING: 2, JobStatus.QUEUED: 3}
    leases = await database.jobs.lease(owner="a test", limit=2, lease_for=MINUTE)
    assert [lease.job_id for lease in leases] == ["job-0", "job-1"]
    assert await statuses(database) == {JobStatus.PENDING: 2, JobStatus.QUEUED: 1, JobStatus.PROCESSING: 2}
    await database.jobs.advance(leases[0], detected_format="trivy")
    await database.jobs.finish(leases[0], status=JobStatus.COMPLETED)
    await database.jobs.finish(leases[1], status=JobStatus.FAILED, error_message="Phoenix said no\nand more")
    await count_all(database)
    counts = await database.bulks.counts("bulk-1")
    assert (counts.jobs, counts.ended) == (5, 2)
    assert counts.scanner == {"trivy": 1}
    assert counts.error == {"Phoenix said no": 1}
    total, jobs = await database.bulks.jobs("bulk-1", status=JobStatus.FAILED, page=1, page_size=10)
    assert (total, [job.job_id for job in jobs]) == (1, ["job-1"])
    assert await database.bulks.tally.count() == []


async def test_every_way_in_which_a_job_changes_is_counted(database: Database, bulk: Bulk) -> None:
    await register(database, 4)
    await database.bulks.carrying.queue("bulk-1", 4)
    expired, cancelled, running = await database.jobs.lease(owner="a test", limit=3, lease_for=timedelta(0))
    (waiting,) = {f"job-{number}" for number in range(4)} - {lease.job_id for lease in (expired, cancelled, running)}
    await database.jobs.finish(cancelled, status=JobStatus.CANCELLED)
    await database.jobs.reclaim(1)
    await database.jobs.retry(cancelled.job_id)
    await database.jobs.request_cancel(waiting)
    assert (await database.jobs.get(EVERYWHERE, expired.job_id)).status is JobStatus.FAILED
    by_status: dict[JobStatus, int] = {}
    for number in range(4):
        status = (await database.jobs.get(EVERYWHERE, f"job-{number}")).status
        by_status[status] = by_status.get(status, 0) + 1
    assert await statuses(database) == by_status


async def test_reasons_are_many_but_not_without_end(database: Database, bulk: Bulk) -> None:
    await register(database, MOST_REASONS + 5)
    await database.bulks.carrying.queue("bulk-1", 100)
    numbers = count()
    for lease in await database.jobs.lease(owner="a test", limit=100, lease_for=MINUTE):
        await database.jobs.finish(lease, status=JobStatus.FAILED, error_message=f"reason {next(numbers)}")
    await count_all(database)
    errors = (await database.bulks.counts("bulk-1")).error
    assert len(errors) == MOST_REASONS + 1
    assert errors[OTHER_REASONS] == 5


async def test_cancelling_ends_what_waits_and_asks_what_runs(database: Database, bulk: Bulk) -> None:
    await register(database, 5)
    await database.bulks.carrying.queue("bulk-1", 2)
    (running,) = await database.jobs.lease(owner="a test", limit=1, lease_for=MINUTE)
    await database.bulks.request_cancel("bulk-1", events=[LOG])
    assert await database.bulks.request_cancel("bulk-1", events=[LOG]) == []
    told = Announcement((NewEvent(EventKind.ERROR, "{}"),))
    assert await database.bulks.carrying.cancel_waiting("bulk-1", 3, announce=lambda _job: told) == 3
    assert await database.bulks.carrying.cancel_waiting("bulk-1", 3, announce=lambda _job: told) == 1
    assert await database.bulks.carrying.cancel_running("bulk-1") == [running.job_id]
    assert await database.bulks.carrying.cancel_running("bulk-1") == []
    assert await statuses(database) == {JobStatus.PROCESSING: 1, JobStatus.CANCELLED: 4}
    assert (await database.jobs.renew(running, MINUTE)).job.cancel_requested
    assert [event.kind for event in await database.events.read("job-4")] == [EventKind.ERROR]


async def test_a_cancelled_bulk_registers_no_further(database: Database, bulk: Bulk) -> None:
    seen, claim = await database.bulks.registration.claim("bulk-1")
    await database.bulks.request_cancel("bulk-1")
    with pytest.raises(BulkClaimLostError):
        await database.bulks.registration.add_page(seen, claim, members(0, 1), "one")
    assert await database.bulks.registration.waiting() == []


async def test_what_failed_is_retried_once(database: Database, bulk: Bulk) -> None:
    await register(database, 3)
    await database.bulks.carrying.queue("bulk-1", 3)
    await finish(database, JobStatus.FAILED, limit=2, error="no")
    await finish(database, JobStatus.COMPLETED)
    with pytest.raises(BulkNotRetryableError):
        await database.bulks.request_retry("bulk-1")
    running = await database.bulks.get(EVERYWHERE, "bulk-1")
    await database.bulks.carrying.advance(running, state=BulkState.FAILED, progress=100, events=[LOG])
    with pytest.raises(BulkEndedError):
        await database.bulks.request_cancel("bulk-1")
    await database.bulks.request_retry("bulk-1")
    asked = await database.bulks.get(EVERYWHERE, "bulk-1")
    assert asked.state is BulkState.RUNNING
    assert asked.completed_at is None
    assert asked.retry_before is not None
    assert await database.bulks.carrying.retry("bulk-1", asked.retry_before, 9, announce=silent) == 2
    assert await statuses(database) == {JobStatus.PENDING: 2, JobStatus.COMPLETED: 1}
    assert (await database.bulks.counts("bulk-1")).error == {}
    await database.bulks.carrying.queue("bulk-1", 9)
    await finish(database, JobStatus.FAILED, error="no again")
    assert await database.bulks.carrying.retry("bulk-1", asked.retry_before, 9, announce=silent) == 0
    await database.bulks.carrying.retried(asked)
    assert (await database.bulks.get(EVERYWHERE, "bulk-1")).retry_before is None


async def test_a_state_that_has_passed_is_not_brought_back(database: Database, bulk: Bulk) -> None:
    await register(database, 1)
    assert await database.bulks.carrying.advance(bulk, state=BulkState.COMPLETED, progress=100) is None
    running = await database.bulks.get(EVERYWHERE, "bulk-1")
    await database.bulks.request_cancel("bulk-1")
    assert await database.bulks.carrying.advance(running, state=BulkState.COMPLETED, progress=100) is None


async def test_a_cleaned_bulk_has_no_plan_and_no_way_back(database: Database, bulk: Bulk) -> None:
    await register(database, 1)
    await database.bulks.carrying.advance(await database.bulks.get(EVERYWHERE, "bulk-1"), state=BulkState.FAILED, progress=100)
    ended = await database.bulks.get(EVERYWHERE, "bulk-1")
    assert ended.completed_at is not None
    assert [due.bulk_id for due in await database.bulks.ended_before(ended.completed_at + MINUTE, 9)] == ["bulk-1"]
    await database.bulks.mark_cleaned("bulk-1")
    assert await database.bulks.order("bulk-1") is None
    with pytest.raises(BulkNotRetryableError):
        await database.bulks.request_retry("bulk-1")


async def test_watching_a_large_bulk_reads_few_rows(database: Database, bulk: Bulk) -> None:
    await register(database, 10_000)
    assert await database.bulks.carrying.queue("bulk-1", 500) == 500
    assert await count_all(database) == 500
    statements: list[str] = []
    engine = database.bulks._transactions._engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    counts = await database.bulks.counts("bulk-1")
    assert counts.status == {JobStatus.PENDING: 9_500, JobStatus.QUEUED: 500}
    assert not any("jobs.status" in statement or "bulk_members" in statement for statement in statements)
