"""Who gets which job: one owner at a time, by priority, fairly, and back again when the owner is gone."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from tenant_making import make_tenant

from jobs_store.database import Database, open_database
from jobs_store.errors import LeaseLostError
from jobs_store.events import EventKind, NewEvent
from jobs_store.jobs import Announcement, CancelResult, Job, JobStatus, Lease, Priority
from jobs_store.reach import EVERYWHERE

SubmitJob = Callable[..., Awaitable[Job]]
LeaseJob = Callable[..., Awaitable[Lease]]
MINUTE = timedelta(minutes=1)
NOTHING = timedelta(0)


async def test_a_lease_starts_the_job(database: Database, submit: SubmitJob) -> None:
    job = await submit()
    (lease,) = await database.jobs.lease(owner="worker-7", limit=5, lease_for=MINUTE, time_limit=timedelta(hours=1))
    assert lease.job_id == job.job_id
    assert (lease.job.status, lease.job.attempt, lease.job.worker_name) == (JobStatus.PROCESSING, 1, "worker-7")
    assert lease.job.started_at is not None
    assert lease.job.deadline is not None
    assert lease.job.deadline - lease.job.started_at == timedelta(hours=1)
    assert lease.expires_at - lease.job.started_at == MINUTE
    assert abs(datetime.now(UTC) - lease.job.started_at) < timedelta(seconds=30)
    assert await database.jobs.lease(owner="worker-8", limit=5, lease_for=MINUTE) == []


async def test_what_is_told_of_a_start_is_written_with_it(
    database: Database, submit: SubmitJob, log: Callable[[str], NewEvent]
) -> None:
    first, second = await submit(), await submit()
    await database.events.append(first.job_id, [log("waiting")])
    leases = await database.jobs.lease(
        owner="x", limit=5, lease_for=MINUTE, step="reading", tell=lambda job: (log(f"attempt {job.attempt}"), log(job.job_id))
    )
    for lease, job, earlier in zip(leases, (first, second), (1, 0), strict=True):
        written = await database.events.read(job.job_id, after=earlier)
        assert [event.seq for event in written] == [earlier + 1, earlier + 2]
        assert [event.payload for event in written] == ['{"message": "attempt 1"}', f'{{"message": "{job.job_id}"}}']
        assert list(lease.told) == written
        assert (await database.jobs.get(EVERYWHERE, job.job_id)).current_step == "reading"
        (later,) = await database.events.append(job.job_id, [log("later")], lease=lease)
        assert later.seq == earlier + 3


async def test_several_at_once_have_their_own_tokens(database: Database, submit: SubmitJob) -> None:
    for _ in range(5):
        await submit()
    leases = await database.jobs.lease(owner="x", limit=3, lease_for=MINUTE)
    assert len({lease.token for lease in leases}) == 3
    assert (await database.jobs.counts()).pending == 2


async def test_higher_priority_then_older_goes_first(database: Database, submit: SubmitJob) -> None:
    low, first, second, high = [(await submit(priority=priority)).job_id for priority in (-1, 0, 0, 9)]
    order = []
    for _ in range(4):
        (lease,) = await database.jobs.lease(owner="x", limit=1, lease_for=MINUTE)
        order.append(lease.job_id)
    assert order == [high, first, second, low]


@pytest.mark.parametrize("at_once", [1, 4])
async def test_tenants_get_equal_shares(database: Database, submit: SubmitJob, at_once: int) -> None:
    for _ in range(10):
        await submit(tenant="greedy")
    for _ in range(2):
        await submit(tenant="modest")
    taken: list[Lease] = []
    while len(taken) < 4:
        taken += await database.jobs.lease(owner="x", limit=at_once, lease_for=MINUTE)
    assert Counter(lease.job.tenant for lease in taken) == {"greedy": 2, "modest": 2}


async def test_a_tenant_has_as_much_as_its_share(database: Database, submit: SubmitJob) -> None:
    await make_tenant(database, "large", share=3)
    for tenant in ("large", "small"):
        for _ in range(8):
            await submit(tenant=tenant)
    taken = await database.jobs.lease(owner="x", limit=8, lease_for=MINUTE)
    assert Counter(lease.job.tenant for lease in taken) == {"large": 6, "small": 2}


async def test_urgent_jobs_go_before_the_tenants_own_alone(database: Database, submit: SubmitJob) -> None:
    usual = await submit(tenant="greedy")
    for _ in range(4):
        await submit(tenant="greedy", priority=Priority.HIGH)
    modest = await submit(tenant="modest")
    low = await submit(tenant="lowly", priority=Priority.LOW)
    taken = [lease.job_id for lease in await database.jobs.lease(owner="x", limit=4, lease_for=MINUTE)]
    assert modest.job_id in taken
    assert usual.job_id not in taken
    assert low.job_id not in taken


async def test_a_tenant_may_be_limited(database: Database, submit: SubmitJob) -> None:
    for _ in range(4):
        await submit(tenant="blue")
    await submit(tenant="red")
    taken = await database.jobs.lease(owner="x", limit=10, lease_for=MINUTE, per_tenant=2)
    assert Counter(lease.job.tenant for lease in taken) == {"blue": 2, "red": 1}
    assert await database.jobs.lease(owner="x", limit=10, lease_for=MINUTE, per_tenant=2) == []
    await database.jobs.finish(next(lease for lease in taken if lease.job.tenant == "blue"), status=JobStatus.COMPLETED)
    assert len(await database.jobs.lease(owner="x", limit=10, lease_for=MINUTE, per_tenant=2)) == 1


@pytest.mark.parametrize("per_tenant", [None, 100])
async def test_concurrent_leasers_never_share_a_job(
    database: Database, database_url: str, submit: SubmitJob, per_tenant: int | None
) -> None:
    jobs = {(await submit(tenant=f"tenant-{n % 3}")).job_id for n in range(40)}

    async def drain(owner: str) -> list[str]:
        mine: list[str] = []
        async with open_database(database_url) as own:
            while leases := await own.jobs.lease(owner=owner, limit=3, lease_for=MINUTE, per_tenant=per_tenant):
                mine += [lease.job_id for lease in leases]
        return mine

    taken = [job_id for mine in await asyncio.gather(*(drain(f"leaser-{n}") for n in range(4))) for job_id in mine]
    taken += [lease.job_id for lease in await database.jobs.lease(owner="last", limit=99, lease_for=MINUTE)]
    assert len(taken) == len(set(taken))
    assert set(taken) == jobs


async def test_concurrent_leasers_keep_a_tenants_limit(database: Database, database_url: str, submit: SubmitJob) -> None:
    for _ in range(20):
        await submit()

    async def one(owner: str) -> int:
        async with open_database(database_url) as own:
            return len(await own.jobs.lease(owner=owner, limit=3, lease_for=MINUTE, per_tenant=4))

    assert sum(await asyncio.gather(*(one(f"leaser-{n}") for n in range(4)))) == 4


async def test_renewal_keeps_the_job(database: Database, leased: LeaseJob) -> None:
    lease = await leased(lease_for=NOTHING)
    renewed = await database.jobs.renew(lease, MINUTE)
    assert renewed.token == lease.token
    assert renewed.expires_at - lease.expires_at >= MINUTE
    assert await database.jobs.reclaim(3) == []


async def test_an_expired_job_is_queued_again_and_its_old_owner_shut_out(database: Database, leased: LeaseJob) -> None:
    lease = await leased(lease_for=-MINUTE)
    (job,) = await database.jobs.reclaim(3)
    assert (job.job_id, job.status, job.attempt) == (lease.job_id, JobStatus.QUEUED, 1)
    with pytest.raises(LeaseLostError):
        await database.jobs.advance(lease, progress=50)
    (second,) = await database.jobs.lease(owner="y", limit=1, lease_for=MINUTE)
    assert second.job.attempt == 2
    assert second.job.started_at == lease.job.started_at
    with pytest.raises(LeaseLostError):
        await database.jobs.finish(lease, status=JobStatus.COMPLETED)
    await database.jobs.finish(second, status=JobStatus.COMPLETED)


async def test_a_job_that_is_given_back_waits_as_if_it_had_not_been_taken(
    database: Database, leased: LeaseJob, log: Callable[[str], NewEvent]
) -> None:
    lease = await leased()
    (job,) = await database.jobs.give_back([lease], announce=lambda job: Announcement((log(job.job_id),)))
    assert (job.status, job.attempt) == (JobStatus.QUEUED, 0)
    assert [event.payload for event in await database.events.read(job.job_id)] == [f'{{"message": "{job.job_id}"}}']
    with pytest.raises(LeaseLostError):
        await database.jobs.advance(lease, progress=50)
    assert await database.jobs.give_back([lease]) == []
    (again,) = await database.jobs.lease(owner="y", limit=1, lease_for=MINUTE)
    assert again.job.attempt == 1
    assert await database.jobs.give_back([lease]) == []


async def test_what_is_to_be_cancelled_is_not_queued_again(database: Database, leased: LeaseJob) -> None:
    lease = await leased()
    await database.jobs.request_cancel(lease.job_id)
    assert await database.jobs.give_back([lease]) == []
    assert (await database.jobs.get(EVERYWHERE, lease.job_id)).status is JobStatus.PROCESSING


async def test_a_job_that_is_lost_too_often_fails_and_says_so(database: Database, leased: LeaseJob) -> None:
    lease = await leased(lease_for=-MINUTE, webhook_url="https://hook.example")

    def announce(job: Job) -> Announcement:
        return Announcement((NewEvent(EventKind.ERROR, f'"{job.status}"'),), webhook_body="{}")

    (job,) = await database.jobs.reclaim(1, announce=announce)
    assert (job.status, job.completed_at is not None) == (JobStatus.FAILED, True)
    assert "1 times" in (job.error_message or "")
    assert [event.payload for event in await database.events.read(lease.job_id)] == ['"failed"']
    assert [delivery.job_id for delivery in await database.webhooks.due(9)] == [lease.job_id]
    assert await database.jobs.reclaim(1) == []


async def test_a_lost_job_that_was_to_be_cancelled_is(database: Database, leased: LeaseJob) -> None:
    lease = await leased(lease_for=-MINUTE)
    assert await database.jobs.request_cancel(lease.job_id) is CancelResult.REQUESTED
    (job,) = await database.jobs.reclaim(3)
    assert job.status is JobStatus.CANCELLED


async def test_two_that_reclaim_at_once_take_each_job_once(database: Database, database_url: str, submit: SubmitJob) -> None:
    for _ in range(10):
        await submit()
    await database.jobs.lease(owner="x", limit=10, lease_for=-MINUTE)
    async with open_database(database_url) as other:
        halves = await asyncio.gather(database.jobs.reclaim(3), other.jobs.reclaim(3))
    ids = [job.job_id for half in halves for job in half]
    assert len(ids) == len(set(ids)) == 10
