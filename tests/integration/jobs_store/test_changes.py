"""Changes of several jobs in one transaction: each is fenced and numbered for itself."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from jobs_store.database import Database
from jobs_store.errors import BatchNotFoundError, LeaseLostError
from jobs_store.events import NewEvent
from jobs_store.jobs import Batch, BatchChange, BatchState, JobStatus, Lease
from jobs_store.reach import EVERYWHERE

Log = Callable[[str], NewEvent]
LeaseJob = Callable[..., Awaitable[Lease]]


def batch(number: int) -> Batch:
    return Batch(number, "INFRA", "new", (), 1, 2, 300)


async def test_one_lost_lease_is_no_others_loss(database: Database, leased: LeaseJob, log: Log) -> None:
    leases = [await leased() for _ in range(5)]
    await database.jobs.finish(leases[2], status=JobStatus.FAILED)
    answers = await asyncio.gather(
        *(database.jobs.advance(lease, progress=10.0, events=[log("a"), log("b")]) for lease in leases), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [list, list, LeaseLostError, list, list]
    for lease in leases[:2] + leases[3:]:
        assert [event.seq for event in await database.events.read(lease.job_id)] == [1, 2]
        assert (await database.jobs.get(EVERYWHERE, lease.job_id)).progress == 10.0
    assert await database.events.read(leases[2].job_id) == []


async def test_changes_of_one_job_keep_their_order(database: Database, leased: LeaseJob, log: Log) -> None:
    lease, other = await leased(), await leased()
    written = await asyncio.gather(
        database.jobs.advance(lease, current_step="first", events=[log("1")]),
        database.jobs.advance(other, current_step="other", events=[log("x")]),
        database.jobs.advance(lease, current_step="second", progress=5.0, events=[log("2"), log("3")]),
        database.jobs.finish(lease, status=JobStatus.COMPLETED, events=[log("4")]),
        database.jobs.advance(lease, current_step="too late", events=[log("5")]),
        return_exceptions=True,
    )
    assert isinstance(written[4], LeaseLostError)
    events = await database.events.read(lease.job_id)
    assert [(event.seq, event.payload[-3]) for event in events] == [(1, "1"), (2, "2"), (3, "3"), (4, "4")]
    job = await database.jobs.get(EVERYWHERE, lease.job_id)
    assert (job.current_step, job.status, job.progress) == ("completed", JobStatus.COMPLETED, 100.0)
    assert job.completed_at is not None


async def test_what_cannot_be_written_fails_alone(database: Database, leased: LeaseJob) -> None:
    good, bad = await leased(), await leased()
    answers = await asyncio.gather(
        database.batches.plan(good, [batch(1), batch(2)]),
        database.batches.plan(bad, [batch(1), batch(1)]),  # numbers are unique
        return_exceptions=True,
    )
    assert answers[0] == []
    assert isinstance(answers[1], Exception)
    assert [row.number for row in await database.batches.list(good.job_id)] == [1, 2]
    assert (await database.jobs.get(EVERYWHERE, good.job_id)).planned
    assert not (await database.jobs.get(EVERYWHERE, bad.job_id)).planned


async def test_batches_of_many_jobs_settle_together(database: Database, leased: LeaseJob, log: Log) -> None:
    leases = [await leased() for _ in range(3)]
    await asyncio.gather(*(database.batches.plan(lease, [batch(1)]) for lease in leases))
    await database.batches.settle(leases[0], BatchChange(1, BatchState.IMPORTED))
    answers = await asyncio.gather(
        *(
            database.batches.settle(lease, BatchChange(1, BatchState.FAILED, error="no", events=[log("no")]))
            for lease in leases[:2]
        ),
        database.batches.settle(leases[2], BatchChange(9, BatchState.IMPORTED)),
        return_exceptions=True,
    )
    assert answers[0] == []  # settled before: left alone
    assert [event.seq for event in answers[1]] == [1]
    assert isinstance(answers[2], BatchNotFoundError)
    states = [(await database.batches.list(lease.job_id))[0].state for lease in leases]
    assert states == [BatchState.IMPORTED, BatchState.FAILED, BatchState.PENDING]


async def test_leases_are_renewed_together(database: Database, leased: LeaseJob) -> None:
    leases = [await leased(lease_for=timedelta(minutes=1)) for _ in range(3)]
    await database.jobs.finish(leases[0], status=JobStatus.COMPLETED)
    await database.jobs.request_cancel(leases[1].job_id)
    renewed = await database.jobs.renew_all(leases, timedelta(hours=1))
    assert renewed.keys() == {leases[1].token, leases[2].token}
    assert renewed[leases[1].token].job.cancel_requested
    assert renewed[leases[2].token].expires_at > leases[2].expires_at


@pytest.mark.parametrize("count", [1, 50])
async def test_transactions_do_not_grow_with_the_jobs(
    database: Database, leased: LeaseJob, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    leases = [await leased() for _ in range(count)]
    run, begun = database._transactions.run, []
    monkeypatch.setattr(database._transactions, "run", lambda work: begun.append(1) or run(work))
    await asyncio.gather(*(database.jobs.advance(lease, progress=1.0) for lease in leases))
    assert len(begun) == 1
