"""``HEAD``: the head of what ``GET`` would answer, to whom it would, and nothing made that is not sent."""

import asyncio
import re
from collections.abc import Callable, Iterator

import httpx
import pytest

from cluster import notices
from jobs_store.jobs import NewJob
from serve_app.app import create_app
from serve_app.wiring import Wiring

Connect = Callable[..., httpx.AsyncClient]
REPORT = b"x" * (5 << 18)
JOB = "/api/v1/jobs/job-1"
_OF_THE_MOMENT = ("date", "x-request-id")
_NEVER_TWICE_THE_SAME = ("/metrics", "/health", "/overview", "/audit", "/usage")
"""They tell the time, or of the request before."""


@pytest.fixture
async def job(wiring: Wiring) -> None:
    wiring.storage.put("received/1", REPORT)
    new = NewJob(job_id="job-1", filename="a", file_path="received/1", file_size_bytes=len(REPORT))
    await wiring.database.jobs.create(new, events=[notices.log("first")])


def paths_of(wiring: Wiring) -> list[str]:
    told = create_app(wiring).openapi()["paths"]
    readable = [path.replace("{job_id}", "job-1") for path, methods in told.items() if "get" in methods]
    return [re.sub(r"\{[^}]*\}", "none", path) for path in readable]


async def test_it_is_answered_as_get_is_on_every_route(client: httpx.AsyncClient, wiring: Wiring, job: None) -> None:
    paths = paths_of(wiring)
    assert len(paths) > 40
    for path in (*paths, "/", "/docs", "/openapi.json", "/nothing/here"):
        got, asked = await client.get(path), await client.head(path)
        assert (asked.status_code, asked.content) == (got.status_code, b""), path
        passing = (*_OF_THE_MOMENT, *(("content-length", "etag") if path.endswith(_NEVER_TWICE_THE_SAME) else ()))
        told, expected = (
            {name: value for name, value in answer.headers.items() if name not in passing} for answer in (asked, got)
        )
        assert told == expected, path


async def test_it_needs_what_get_needs(wiring: Wiring, connect: Connect, job: None) -> None:
    async with connect(wiring, key="") as client:
        statuses = {path: (await client.head(path)).status_code for path in (JOB, f"{JOB}/report", "/metrics", "/api/v2/keys")}
    assert set(statuses.values()) == {401}
    assert (await wiring.database.audit.list()) == []


async def test_a_report_is_not_read_for_its_head(
    client: httpx.AsyncClient, wiring: Wiring, job: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    iterate, blocks = type(wiring.storage).iterate, []

    def noted(storage: object, key: str, chunk_bytes: int) -> Iterator[bytes]:
        for block in iterate(storage, key, chunk_bytes):
            blocks.append(block)
            yield block

    monkeypatch.setattr(type(wiring.storage), "iterate", noted)
    answer = await client.head(f"{JOB}/report")
    assert answer.headers["content-length"] == str(len(REPORT))
    assert len(blocks) < 5


async def test_what_goes_on_for_long_is_not_followed(client: httpx.AsyncClient, job: None) -> None:
    async with asyncio.timeout(10):
        assert (await client.head(f"{JOB}/logs?follow=true")).status_code == 200


async def test_the_length_arrives_over_a_connection_that_goes_on(server: str, job: None) -> None:
    async with httpx.AsyncClient(base_url=f"http://{server}", headers={"X-API-Key": "key-of-the-tests"}) as client:
        for path in (JOB, f"{JOB}/report", f"{JOB}/logs", "/api/v1/ping"):
            asked, got = await client.head(path), await client.get(path)
            assert asked.status_code == 200
            assert asked.headers.get("content-length") == got.headers.get("content-length"), path


async def test_it_is_counted_under_its_own_name(client: httpx.AsyncClient) -> None:
    await client.head("/api/v1/formats/trivy")
    counted = (await client.get("/metrics")).text
    assert re.search(r'method="HEAD",route="/api/v1/formats/\{[^"]*",status="200"', counted)
