"""The edge on PostgreSQL, S3 and Valkey, in a process of its own: the same contract, bounded memory."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import psutil
import pytest
from edge_server import API_KEY, edge_server
from websockets.asyncio.client import connect

from cluster.progress.redis_bus import RedisBus
from jobs_store.database import open_database
from jobs_store.events import EventKind, NewEvent
from jobs_store.jobs import JobStatus
from jobs_store.secrets import SecretBox
from jobs_store.storage import open_storage

KEY = {"X-API-Key": API_KEY}
REPORT_BYTES = 500_000_000
BLOCK = b" " * (1 << 20)
HEAD = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="big.json"\r\n\r\n'
TAIL = b"\r\n--cut--\r\n"


@dataclass(frozen=True)
class Edge:
    """A running edge, and where it keeps things."""

    address: str
    process: psutil.Process
    database_url: str
    storage_url: str


@pytest.fixture
def production(postgres_url: str, s3_url: str, valkey_url: str) -> Iterator[Edge]:
    settings = {"DATABASE_URL": postgres_url, "STORAGE_URL": s3_url, "REDIS_URL": valkey_url}
    with edge_server(**settings) as (address, process):
        yield Edge(address, process, postgres_url, s3_url)


@pytest.fixture
def laptop(sqlite_url: str, tmp_path: Path) -> Iterator[Edge]:
    storage_url = (tmp_path / "objects").as_uri()
    with edge_server(DATABASE_URL=sqlite_url, STORAGE_URL=storage_url) as (address, process):
        yield Edge(address, process, sqlite_url, storage_url)


def stored(edge: Edge, job_id: str) -> bytes:
    storage = open_storage(edge.storage_url)
    (key,) = [key for key in storage.list("received") if key.endswith(job_id)]
    return storage.get(key)


async def test_a_job_from_upload_to_its_last_frame(production: Edge, valkey_url: str) -> None:
    async with httpx.AsyncClient(base_url=f"http://{production.address}", headers=KEY) as client:
        health = (await client.get("/api/v1/health")).json()
        assert (health["status"], health["queue"]["redis_status"]) == ("healthy", "connected")
        form = {"scanner_type": "trivy", "webhook_headers": '{"X-Build": "1"}', "webhook_url": "https://8.8.8.8/hook"}
        answer = (await client.post("/api/v1/upload", files={"file": ("a.json", b"{}")}, data=form)).json()
        job_id = answer["job_id"]
        assert stored(production, job_id) == b"{}"
        async with (
            open_database(production.database_url, secrets=SecretBox(["secret-of-the-tests"])) as database,
            connect(answer["websocket_url"]) as socket,
        ):
            bus = RedisBus(valkey_url)
            assert await database.jobs.webhook_headers(job_id) == {"X-Build": "1"}
            frames = [json.loads(await asyncio.wait_for(socket.recv(), 60)) for _ in range(3)]
            assert [frame["type"] for frame in frames] == ["connected", "status", "log"]
            (lease,) = await database.jobs.lease(owner="test", limit=1, lease_for=timedelta(minutes=1))
            last = NewEvent(EventKind.COMPLETE, json.dumps({"status": "completed", "progress": 100.0}))
            await bus.publish(await database.jobs.finish(lease, status=JobStatus.COMPLETED, events=[last]))
            assert json.loads(await asyncio.wait_for(socket.recv(), 60))["seq"] == 3
            await asyncio.wait_for(socket.wait_closed(), 60)
            assert socket.close_code == 1000
            await bus.close()
        shown = (await client.get(f"/api/v1/jobs/{job_id}")).json()
        assert (shown["status"], shown["progress"]) == ("completed", 100.0)


async def big_form() -> AsyncIterator[bytes]:
    yield HEAD
    for _ in range(0, REPORT_BYTES - len(BLOCK), len(BLOCK)):
        yield BLOCK
    yield TAIL


async def grown_by_upload(edge: Edge) -> int:
    """Bytes by which the process's largest resident size grew."""
    headers = KEY | {"Content-Type": "multipart/form-data; boundary=cut"}
    async with httpx.AsyncClient(base_url=f"http://{edge.address}", headers=headers, timeout=120) as client:
        await client.post("/api/v1/upload", content=HEAD + BLOCK + TAIL)  # what is loaded once is loaded
        before = _peak(edge.process)
        answer = await client.post("/api/v1/upload", content=big_form())
        assert answer.status_code == 202, answer.text
        grown = _peak(edge.process) - before
        job = (await client.get(f"/api/v1/jobs/{answer.json()['job_id']}")).json()
        assert job["file_size_bytes"] > REPORT_BYTES - 2 * len(BLOCK)
        await client.delete(f"/api/v1/jobs/{job['job_id']}")
    return grown


def _peak(process: psutil.Process) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


async def test_a_large_upload_leaves_memory_flat(laptop: Edge) -> None:
    assert await grown_by_upload(laptop) < 50_000_000


async def test_many_uploads_at_once_all_arrive(production: Edge) -> None:
    async with httpx.AsyncClient(base_url=f"http://{production.address}", headers=KEY, timeout=60) as client:
        contents = [f"report {number}".encode() * 1000 for number in range(40)]
        answers = await asyncio.gather(
            *(client.post("/api/v1/upload", files={"file": (f"{n}.json", content)}) for n, content in enumerate(contents))
        )
    assert {answer.status_code for answer in answers} == {202}
    found = [stored(production, answer.json()["job_id"]) for answer in answers]
    assert found == contents
