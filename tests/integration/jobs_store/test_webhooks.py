"""Deliveries come due, are taken by one process at a time, and every attempt is on record."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from jobs_store.database import Database, open_database
from jobs_store.records import Job, JobStatus, Lease

SubmitJob = Callable[..., Awaitable[Job]]
LeaseJob = Callable[..., Awaitable[Lease]]
NOW = timedelta(0)


async def test_a_job_ends_together_with_its_webhook(database: Database, leased: LeaseJob) -> None:
    lease = await leased(webhook_url="https://hook.example")
    await database.jobs.finish(lease, status=JobStatus.COMPLETED, webhook_body='{"success": true}')
    (delivery,) = await database.webhooks.due(10)
    assert (delivery.job_id, delivery.url, delivery.body) == (lease.job_id, "https://hook.example", '{"success": true}')
    assert "hook.example" not in repr(delivery)


async def test_a_job_without_a_webhook_has_none(database: Database, leased: LeaseJob) -> None:
    await database.jobs.finish(await leased(), status=JobStatus.COMPLETED, webhook_body="{}")
    assert await database.webhooks.due(10) == []


async def test_attempts_are_recorded_until_one_is_answered(database: Database, submit: SubmitJob) -> None:
    job = await submit()
    delivery_id = await database.webhooks.schedule(job.job_id, "https://hook.example", "{}")
    (first,) = await database.webhooks.due(10, lease_for=timedelta(minutes=1))
    assert first.delivery_id == delivery_id
    assert await database.webhooks.due(10) == []
    assert await database.webhooks.record(first, error="connection refused", retry_in=NOW)
    assert not await database.webhooks.record(first, error="a late twin", retry_in=NOW)
    (second,) = await database.webhooks.due(10)
    assert second.attempts == 1
    assert await database.webhooks.record(second, status_code=200, delivered=True)
    assert await database.webhooks.due(10) == []
    attempts = await database.webhooks.attempts(job.job_id)
    assert [(a.number, a.status_code, a.error) for a in attempts] == [(1, None, "connection refused"), (2, 200, None)]


async def test_a_delivery_may_be_given_up_or_wait(database: Database, submit: SubmitJob) -> None:
    job = await submit()
    for retry_in in (None, timedelta(hours=1)):
        await database.webhooks.schedule(job.job_id, "https://hook.example", "{}")
        (delivery,) = await database.webhooks.due(10)
        await database.webhooks.record(delivery, status_code=500, retry_in=retry_in)
        assert await database.webhooks.due(10) == []


async def test_a_sender_that_died_leaves_it_due(database: Database, submit: SubmitJob) -> None:
    job = await submit()
    await database.webhooks.schedule(job.job_id, "https://hook.example", "{}")
    assert await database.webhooks.due(10, lease_for=NOW) == await database.webhooks.due(10, lease_for=NOW) != []


async def test_two_senders_never_get_the_same(database: Database, database_url: str, submit: SubmitJob) -> None:
    job = await submit()
    scheduled = {await database.webhooks.schedule(job.job_id, "https://hook.example", "{}") for _ in range(12)}

    async def drain(own: Database) -> list[str]:
        mine: list[str] = []
        while due := await own.webhooks.due(2):
            mine += [delivery.delivery_id for delivery in due]
        return mine

    async with open_database(database_url) as other:
        first, second = await asyncio.gather(drain(database), drain(other))
    taken = first + second
    taken += [delivery.delivery_id for delivery in await database.webhooks.due(20)]
    assert sorted(taken) == sorted(scheduled)
