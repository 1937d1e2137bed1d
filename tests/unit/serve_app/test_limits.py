"""Limits of tenants and keys, as who meets them sees them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from types import SimpleNamespace

import httpx
import pytest
from limits.aio.storage import MemoryStorage
from limits.aio.storage import memory as limits_memory
from limits.aio.storage.redis import redispy as limits_redis
from redis.exceptions import ConnectionError as RedisAway
from tenant_making import make_key, make_tenant

from jobs_store.jobs import NewJob
from jobs_store.tenants import Limits
from serve_app.edge_settings import EdgeSettings
from serve_app.limiting.errors import LimitReachedError
from serve_app.limiting.limiter import Limiter
from serve_app.limiting.storage import RedisCounters
from serve_app.wiring import Wiring

Connect = Callable[..., httpx.AsyncClient]
REPORT = b'{"SchemaVersion": 2, "ArtifactName": "a", "Results": []}'


@pytest.fixture
async def limited(wiring: Wiring, connect: Connect) -> AsyncIterator[Callable[..., httpx.AsyncClient]]:
    """A client of a tenant with these limits."""
    opened: list[httpx.AsyncClient] = []

    async def make(**limits: int) -> httpx.AsyncClient:
        await make_tenant(wiring.database, "red", limits=Limits(**limits))
        client = connect(wiring, key=await make_key(wiring.database, "red"))
        opened.append(client)
        return client

    yield make
    for client in opened:
        await client.aclose()


async def send(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/api/v1/upload", files={"file": ("a.json", REPORT)})


async def test_uploads_per_minute(limited: Callable[..., httpx.AsyncClient], client: httpx.AsyncClient) -> None:
    red = await limited(uploads_per_minute=2)
    assert [(await send(red)).status_code for _ in range(3)] == [202, 202, 429]
    refused = await send(red)
    assert refused.json()["error"] == "limit_reached"
    assert refused.json()["details"]["limit"] == "uploads_per_minute"
    seconds = int(refused.headers["retry-after"])
    assert 1 <= seconds <= 120
    assert refused.headers["ratelimit"] == f'"uploads_per_minute";r=0;t={seconds}'
    assert refused.headers["ratelimit-policy"] == '"uploads_per_minute";q=2;w=60'
    assert (await red.post("/api/v1/bulks", json={"uploads": ["upload-1"]})).status_code == 429
    assert (await red.post("/api/v1/uploads", json={"filename": "a", "size_bytes": 5})).status_code == 429
    assert (await red.get("/api/v1/jobs")).status_code == 200
    assert (await send(client)).status_code == 202, "another tenant goes on"


async def test_bytes_per_day_are_refused_before_they_are_sent_and_as_they_arrive(
    limited: Callable[..., httpx.AsyncClient], storage_root
) -> None:
    red = await limited(bytes_per_day=100)
    assert (await red.post("/api/v1/uploads", json={"filename": "a", "size_bytes": 101})).json()["details"]["most"] == 100
    announced = await red.post("/api/v1/upload", files={"file": ("a.json", REPORT * 20)})
    assert announced.status_code == 429

    async def unannounced() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.json"\r\n\r\n' + REPORT * 2 + b"\r\n--x--\r\n"

    arrived = await red.post(
        "/api/v1/upload", content=unannounced(), headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert arrived.status_code == 429
    assert not [path for path in storage_root.rglob("*") if path.is_file()], "nothing stays of what was refused"


async def test_stored_bytes_and_waiting_jobs(limited: Callable[..., httpx.AsyncClient], wiring: Wiring) -> None:
    red = await limited(stored_bytes=1000, jobs_waiting=1)
    await wiring.database.jobs.create(NewJob(job_id="j", filename="r", file_path="x", file_size_bytes=600, tenant="red"))
    assert (await send(red)).json()["details"]["limit"] == "jobs_waiting"
    await wiring.database.jobs.request_cancel("j")
    report = {"filename": "a", "size_bytes": 500}
    refused = await red.post("/api/v1/uploads", json=report)
    assert refused.json()["details"] == {"limit": "stored_bytes", "most": 1000, "retry_after_seconds": None}
    assert "retry-after" not in refused.headers, "no waiting helps"
    assert refused.headers["ratelimit"] == '"stored_bytes";r=0'
    assert "retention" in refused.json()["message"]
    await wiring.database.jobs.mark_cleaned("j")
    assert (await red.post("/api/v1/uploads", json=report)).status_code == 201


async def test_one_key_leaves_something_to_the_others(wiring: Wiring, connect: Connect) -> None:
    own = replace(wiring, edge=EdgeSettings(_env_file=None, limit_key_uploads_per_minute=1))
    keys = [await make_key(wiring.database, "red") for _ in range(2)]
    async with connect(own, key=keys[0]) as first, connect(own, key=keys[1]) as second:
        assert [(await send(each)).status_code for each in (first, first, second)] == [202, 429, 202]


async def test_usage_tells_what_is_left(limited: Callable[..., httpx.AsyncClient], client: httpx.AsyncClient) -> None:
    red = await limited(uploads_per_minute=5, jobs_waiting=9)
    await send(red)
    usage = (await red.get("/api/v1/usage")).json()
    assert usage["tenant"] == "red"
    uploads = usage["limits"]["uploads_per_minute"]
    assert (uploads["limit"], uploads["used"], uploads["remaining"]) == (5, 1, 4)
    assert uploads["renewed_at"].endswith("Z")
    assert usage["limits"]["jobs_waiting"] == {"limit": 9, "used": 1, "remaining": 8, "renewed_at": None}
    assert usage["limits"]["stored_bytes"] == {"limit": None, "used": len(REPORT), "remaining": None, "renewed_at": None}
    assert (await client.get("/api/v1/usage?tenant=red")).json()["tenant"] == "red"
    assert (await red.get("/api/v1/usage?tenant=default")).status_code == 404


async def test_watchers(limited: Callable[..., httpx.AsyncClient], wiring: Wiring) -> None:
    red = await limited(watchers=1)
    job_id = (await send(red)).json()["job_id"]
    tenant = await wiring.database.tenants.get("red")
    async with wiring.limiter.watching(tenant):
        refused = await red.get(f"/api/v1/jobs/{job_id}/logs?follow=true")
        assert (refused.status_code, refused.json()["details"]["limit"]) == (429, "watchers")
        assert (await red.get(f"/api/v1/jobs/{job_id}/logs")).status_code == 200


async def test_wrong_keys_are_slowed_down_and_right_ones_are_not(wiring: Wiring, connect: Connect) -> None:
    async with connect(wiring, key="wrong") as wrong, connect(wiring) as right:
        assert [(await wrong.get("/api/v1/jobs")).status_code for _ in range(11)] == [403] * 10 + [429]
        slowed = await wrong.get("/api/v1/jobs")
        assert 1 <= int(slowed.headers["retry-after"]) <= 61
        assert (await right.get("/api/v1/jobs")).status_code == 200


async def test_replicas_count_together(wiring: Wiring, valkey_url: str) -> None:
    """In Redis, whichever replica is asked, however many ask at once."""
    await make_tenant(wiring.database, "red", limits=Limits(uploads_per_minute=10))
    tenant = await wiring.database.tenants.get("red")
    async with AsyncExitStack() as stack:
        counters = [RedisCounters(valkey_url) for _ in range(3)]
        for each in counters:
            stack.push_async_callback(each.close)
        replicas = [Limiter(each, wiring.edge, wiring.database.tenants.usage) for each in counters]
        admitting = (replicas[number % 3].admit(tenant, "key:1") for number in range(30))
        answers = await asyncio.gather(*admitting, return_exceptions=True)
        assert sum(isinstance(answer, LimitReachedError) for answer in answers) == 20
        assert (await replicas[0].usage(tenant))["uploads_per_minute"].used == 10


async def test_nobody_is_refused_while_the_counters_are_away(wiring: Wiring) -> None:
    class Away(MemoryStorage):
        async def incr(self, *_: object, **__: object) -> int:
            raise RedisAway

        async def acquire_entry(self, *_: object, **__: object) -> bool:
            raise RedisAway

    await make_tenant(wiring.database, "red", limits=Limits(uploads_per_minute=0, bytes_per_day=100))
    tenant = await wiring.database.tenants.get("red")
    limiter = Limiter(Away(), wiring.edge, wiring.database.tenants.usage)
    await limiter.count_bytes(tenant, 50)
    with pytest.raises(LimitReachedError):
        await limiter.admit(tenant, "key:1")  # nothing to count: none is allowed


@pytest.fixture
async def closing() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@pytest.mark.parametrize("kind", ["memory", "redis"])
async def test_no_minute_has_more_than_its_uploads_wherever_it_begins(
    wiring: Wiring, valkey_url: str, kind: str, monkeypatch: pytest.MonkeyPatch, closing: AsyncExitStack
) -> None:
    """The counts of two fixed minutes let one more through where one ends."""
    counters = RedisCounters(valkey_url) if kind == "redis" else MemoryStorage()
    if isinstance(counters, RedisCounters):
        closing.push_async_callback(counters.close)
    await make_tenant(wiring.database, "red", limits=Limits(uploads_per_minute=5))
    tenant = await wiring.database.tenants.get("red")
    limiter = Limiter(counters, wiring.edge, wiring.database.tenants.usage)
    began = time.time()
    clock = SimpleNamespace(time=lambda: began + elapsed)
    for module in (limits_redis, limits_memory):
        monkeypatch.setattr(module, "time", clock)
    admitted: list[float] = []
    for elapsed in (second / 2 for second in range(240)):  # by Redis' own clock, hardly any time goes by
        with suppress(LimitReachedError):
            await limiter.admit(tenant, "key:1")
            admitted.append(elapsed)
    for first in admitted:
        assert sum(first <= each < first + 60 for each in admitted) <= 5
    assert len(admitted) >= 9, "who waits gets on"
