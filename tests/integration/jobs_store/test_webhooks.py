"""Deliveries come due, are taken by one process at a time, and every attempt is on record."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlalchemy import select, update
from tenant_making import attempts_of

from jobs_store.database import Database, open_database
from jobs_store.engine import database_address, sync_engine
from jobs_store.jobs import Job, JobStatus, Lease
from jobs_store.tables import webhook_deliveries

SubmitJob = Callable[..., Awaitable[Job]]
LeaseJob = Callable[..., Awaitable[Lease]]
NOW = timedelta(0)


async def test_a_job_ends_together_with_its_webhook(database: Database, leased: LeaseJob) -> None:
    lease = await leased(webhook_url="https://hook.example")
    await database.jobs.finish(lease, status=JobStatus.COMPLETED, webhook_body='{"success": true}')
    (delivery,) = await database.webhooks.due(10)
    assert (delivery.job_id, delivery.body) == (lease.job_id, '{"success": true}')
    assert database.webhooks.url(delivery) == "https://hook.example"


async def test_a_url_is_encrypted_and_forgotten_when_it_is_over(
    database: Database, database_url: str, leased: LeaseJob
) -> None:
    url = "https://hook.example/" + "t" * 1003
    lease = await leased(webhook_url=url)
    await database.jobs.finish(lease, status=JobStatus.COMPLETED, webhook_body="{}")
    (delivery,) = await database.webhooks.due(10)
    assert "ttt" not in repr(lease) + delivery.sealed_url + (lease.job.webhook_url or "")
    assert database.webhooks.url(delivery) == url
    await database.webhooks.record(delivery, status_code=204, delivered=True)
    assert stored_urls(database_url) == [""]


async def test_a_url_of_before_they_were_encrypted_is_read(database: Database, database_url: str, submit: SubmitJob) -> None:
    job = await submit()
    await database.webhooks.schedule(job.job_id, "https://other.example", "{}")
    assert "other.example" not in stored_urls(database_url)[0]
    engine = sync_engine(database_address(database_url))
    with engine.begin() as connection:
        connection.execute(update(webhook_deliveries).values(url="https://hook.example/old"))
    engine.dispose()
    (delivery,) = await database.webhooks.due(10)
    assert database.webhooks.url(delivery) == "https://hook.example/old"


async def test_what_is_put_off_comes_due_later(database: Database, submit: SubmitJob) -> None:
    job = await submit()
    await database.webhooks.schedule(job.job_id, "https://hook.example", "{}")
    (delivery,) = await database.webhooks.due(10)
    await database.webhooks.put_off([delivery], NOW)
    assert await database.webhooks.due(10) == [delivery]
    await database.webhooks.record(delivery, status_code=200, delivered=True)
    await database.webhooks.put_off([delivery], NOW)
    assert await database.webhooks.due(10) == []


def stored_urls(database_url: str) -> list[str]:
    engine = sync_engine(database_address(database_url))
    with engine.begin() as connection:
        urls = list(connection.execute(select(webhook_deliveries.c.url)).scalars())
    engine.dispose()
    return urls


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
    attempts = await attempts_of(database, job.job_id)
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
