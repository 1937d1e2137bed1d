"""Plans: written whole, settled one by one, only by who holds the job."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from jobs_store.database import Database
from jobs_store.errors import BatchNotFoundError, LeaseLostError
from jobs_store.events import NewEvent
from jobs_store.jobs import Batch, BatchChange, BatchState, JobStatus, Lease

LeaseJob = Callable[..., Awaitable[Lease]]
Log = Callable[[str], NewEvent]
PLAN = [
    Batch(0, "INFRA", "new", (), assets=500, findings=20_000, size_bytes=9 << 30, storage_key="jobs/job-1/batches/0"),
    Batch(1, "INFRA", "merge", (0,), assets=1, findings=2, size_bytes=3),
    Batch(2, "CONTAINER", "merge", (0, 1), assets=1, findings=2, size_bytes=3),
]


async def test_a_plan_is_kept_as_it_was_made(database: Database, leased: LeaseJob, log: Log) -> None:
    lease = await leased()
    assert await database.batches.list(lease.job_id) == []
    assert len(await database.batches.plan(lease, PLAN, [log("planned")])) == 1
    batches = await database.batches.list(lease.job_id)
    assert [replace(batch, updated_at=None) for batch in batches] == PLAN
    assert all(batch.updated_at is not None for batch in batches)
    assert (await database.jobs.renew(lease, timedelta(minutes=1))).job.planned


async def test_a_new_plan_replaces_the_old(database: Database, leased: LeaseJob) -> None:
    lease = await leased()
    await database.batches.plan(lease, PLAN)
    await database.batches.plan(lease, PLAN[:1])
    assert [batch.number for batch in await database.batches.list(lease.job_id)] == [0]


async def test_a_plan_of_thousands(database: Database, leased: LeaseJob) -> None:
    lease = await leased()
    await database.batches.plan(lease, [Batch(n, "INFRA", "merge", (0,), 1, 1, 1) for n in range(3000)])
    assert len(await database.batches.list(lease.job_id)) == 3000


async def test_a_batch_is_settled(database: Database, leased: LeaseJob, log: Log) -> None:
    lease = await leased()
    await database.batches.plan(lease, PLAN)
    assert await database.batches.settle(
        lease, BatchChange(1, BatchState.IMPORTED, requests=3, request_id="7,8", events=[log("done")])
    )
    done = (await database.batches.list(lease.job_id))[1]
    assert (done.state, done.attempts, done.requests, done.request_id) == (BatchState.IMPORTED, 1, 3, "7,8")


async def test_settling_may_be_repeated_and_is_final(database: Database, leased: LeaseJob, log: Log) -> None:
    lease = await leased()
    await database.batches.plan(lease, PLAN)
    await database.batches.settle(lease, BatchChange(0, BatchState.IMPORTED, requests=1, events=[log("done")]))
    assert await database.batches.settle(lease, BatchChange(0, BatchState.IMPORTED, events=[log("done")])) == []
    assert await database.batches.settle(lease, BatchChange(0, BatchState.FAILED, error="late", events=[log("late")])) == []
    batch = (await database.batches.list(lease.job_id))[0]
    assert (batch.state, batch.error, batch.requests, batch.attempts) == (BatchState.IMPORTED, None, 1, 1)
    assert len(await database.events.read(lease.job_id)) == 1


async def test_many_settle_at_once_and_those_that_are_settled_stay(database: Database, leased: LeaseJob, log: Log) -> None:
    lease = await leased()
    await database.batches.plan(lease, PLAN)
    await database.batches.settle(lease, BatchChange(1, BatchState.IMPORTED, requests=2))
    events = await database.batches.settle(
        lease,
        BatchChange(0, BatchState.FAILED, error="no", requests=1, events=[log("first")]),
        BatchChange(1, BatchState.FAILED, error="late", requests=1, events=[log("late")]),
        BatchChange(2, BatchState.IMPORTED, requests=1, events=[log("last")]),
    )
    assert [(event.seq, event.payload) for event in events] == [(1, log("first").payload), (2, log("last").payload)]
    assert events == await database.events.read(lease.job_id)
    assert [(b.state, b.error, b.requests) for b in await database.batches.list(lease.job_id)] == [
        (BatchState.FAILED, "no", 1),
        (BatchState.IMPORTED, None, 2),
        (BatchState.IMPORTED, None, 1),
    ]


async def test_an_unknown_batch_leaves_those_beside_it_as_they_are(database: Database, leased: LeaseJob) -> None:
    lease = await leased()
    await database.batches.plan(lease, PLAN)
    with pytest.raises(BatchNotFoundError):
        await database.batches.settle(lease, BatchChange(0, BatchState.IMPORTED), BatchChange(9, BatchState.IMPORTED))
    assert {batch.state for batch in await database.batches.list(lease.job_id)} == {BatchState.PENDING}


async def test_a_batch_is_not_settled_as_pending(database: Database, leased: LeaseJob) -> None:
    lease = await leased()
    await database.batches.plan(lease, PLAN)
    with pytest.raises(ValueError, match="pending"):
        await database.batches.settle(lease, BatchChange(0, BatchState.PENDING))


async def test_unknown_batches_and_lost_leases_are_refused(database: Database, leased: LeaseJob, log: Log) -> None:
    lease = await leased()
    await database.batches.plan(lease, PLAN)
    with pytest.raises(BatchNotFoundError):
        await database.batches.settle(lease, BatchChange(9, BatchState.IMPORTED, events=[log("x")]))
    await database.jobs.finish(lease, status=JobStatus.CANCELLED)
    for late in (
        database.batches.plan(lease, PLAN[:1]),
        database.batches.settle(lease, BatchChange(0, BatchState.IMPORTED, events=[log("x")])),
    ):
        with pytest.raises(LeaseLostError):
            await late
    assert {batch.state for batch in await database.batches.list(lease.job_id)} == {BatchState.PENDING}
    assert len(await database.batches.list(lease.job_id)) == 3
    assert await database.events.read(lease.job_id) == []
