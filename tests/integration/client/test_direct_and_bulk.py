"""The SDK and the command against the real edge: parts over both storages, resuming, bulks. Jobs end without a cluster."""

import asyncio
import base64
import json
import os
import socket
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from limits.aio.storage import MemoryStorage
from typer.testing import CliRunner, Result

from client.cli.commands import app
from client.errors import RefusedError
from client.sdk import AsyncPhoenixScanner, BulkOrder, BulkRule, BulkStatus, PhoenixScanner, SubmitOptions
from cluster.bulks.carrier import BulkCarrier
from cluster.bulks.registrar import Registrar
from cluster.handle import ClusterHealth
from cluster.retention import remove_expired
from cluster.settings import Settings
from jobs_store.database import Database, open_database
from jobs_store.events import Event
from jobs_store.jobs import JobStatus
from jobs_store.reach import EVERYWHERE
from jobs_store.secrets import SecretBox
from jobs_store.storage import open_storage
from serve_app.app import create_app
from serve_app.edge_settings import EdgeSettings
from serve_app.wiring import Wiring

KEY, SECRET = "key-of-the-tests", "secret-of-the-tests"
PART = 5 << 20


class SilentBus:
    """Watchers find everything in the store."""

    async def publish(self, events: Any) -> None:
        return None

    async def watch(self, job_id: str) -> AsyncIterator[Event | None]:
        yield None
        await asyncio.Event().wait()

    async def ping(self) -> None:
        return None

    async def close(self) -> None:
        return None


class WokenCluster:
    """Says when there is work."""

    def __init__(self) -> None:
        self.work = asyncio.Event()

    async def wake(self) -> None:
        self.work.set()

    async def wake_bulks(self) -> None:
        self.work.set()

    async def wake_courier(self) -> None:
        return None

    async def cancel(self, job_id: str) -> None:
        return None

    async def health(self) -> ClusterHealth:
        return ClusterHealth(nodes=1, cpus=1.0, coordinators=1, running_jobs=0)


@pytest.fixture(params=["laptop", "production"])
async def wiring(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Wiring]:
    """SQLite and a directory; PostgreSQL and S3, to which parts go by signed URLs."""
    if request.param == "laptop":
        database_url, storage_url = request.getfixturevalue("sqlite_url"), (tmp_path / "objects").as_uri()
    else:
        s3_url, endpoint = request.getfixturevalue("s3_url"), request.getfixturevalue("s3_endpoint")
        database_url, storage_url = request.getfixturevalue("postgres_url"), f"{s3_url}&public_endpoint={endpoint}"
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        api_key=KEY,
        secret_key=SECRET,
        database_url=database_url,
        storage_url=storage_url,
        phoenix_client_id="id",
        phoenix_client_secret="secret",
    )
    opened = Wiring(
        settings=settings,
        edge=EdgeSettings(_env_file=None),  # type: ignore[call-arg]
        database=open_database(database_url, secrets=SecretBox.from_setting(SECRET)),
        storage=open_storage(storage_url),
        bus=SilentBus(),
        cluster=WokenCluster(),
        counters=MemoryStorage(),
        heartbeat_seconds=0.2,
    )
    yield opened
    await opened.close()


@pytest.fixture
async def url(wiring: Wiring, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[str]:
    monkeypatch.setattr("serve_app.routes.direct_uploads.part_size", lambda _size: PART)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    serving = uvicorn.Server(uvicorn.Config(create_app(wiring), log_config=None, lifespan="off", timeout_graceful_shutdown=1))
    serving.config.load()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        task = asyncio.create_task(serving._serve([listening]))
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        monkeypatch.setenv("PHOENIX_SCANNER_API_URL", address)
        monkeypatch.setenv("PHOENIX_SCANNER_API_KEY", KEY)
        async with asyncio.timeout(10), httpx.AsyncClient() as client:
            await client.get(f"{address}/api/v1/ping")
        yield address
        serving.should_exit = serving.force_exit = True
        await task


@pytest.fixture
async def cluster(wiring: Wiring) -> AsyncIterator[None]:
    """Registers bulks and ends their jobs: failed where the name says so."""
    task = asyncio.create_task(_carry(wiring))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _carry(wiring: Wiring) -> None:
    assert isinstance(wiring.cluster, WokenCluster)
    carrier = BulkCarrier(wiring.database, wiring.bus, cancel=wiring.cluster.cancel, wake=wiring.cluster.wake)
    while True:
        for bulk in await wiring.database.bulks.registration.waiting():
            await Registrar(wiring.settings, wiring.database, wiring.storage, wiring.bus, bulk.bulk_id).run()
        await carrier.round()
        await _end_jobs(wiring.database)
        await asyncio.sleep(0.05)  # what a poll is


async def _end_jobs(database: Database) -> None:
    for lease in await database.jobs.lease(owner="a test", limit=100, lease_for=timedelta(minutes=1)):
        bad = "bad" in lease.job.filename
        status = JobStatus.FAILED if bad else JobStatus.COMPLETED
        await database.jobs.finish(lease, status=status, error_message="it is bad" if bad else None)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def of_text(size: int) -> bytes:
    """No two parts of it are alike, and nothing compresses it: what is binary is refused."""
    return base64.b64encode(os.urandom(size))[:size]


async def test_a_large_report_goes_in_parts(url: str, wiring: Wiring, tmp_path: Path) -> None:
    report = tmp_path / "large.json"
    report.write_bytes(of_text(2 * PART + 99))
    seen: list[tuple[int, int | None]] = []
    async with AsyncPhoenixScanner(url, api_key=KEY) as scanner:
        job = await scanner.submit_direct(
            report, SubmitOptions(scanner_type="trivy"), on_progress=lambda sent, total: seen.append((sent, total))
        )
    stored = await wiring.database.jobs.get(EVERYWHERE, job.job_id)
    assert b"".join(wiring.storage.iterate(stored.file_path)) == report.read_bytes()
    assert stored.scanner_type == "trivy"
    assert seen[0] == (0, report.stat().st_size)
    assert max(sent for sent, _ in seen) == report.stat().st_size
    assert list((tmp_path / "cache").rglob("*/uploads/*")) == []


async def test_a_broken_upload_is_taken_up_again(
    url: str, wiring: Wiring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "large.json"
    report.write_bytes(of_text(3 * PART + 1))

    def breaks_at_three(path: Path, upload: Any, number: int) -> bytes:
        if number == 3:
            raise OSError(5, "the disk went away", str(path))
        return read_part(path, upload, number)

    from client.sdk.direct import read_part

    sender = "client.sdk.part_sending"
    monkeypatch.setattr(f"{sender}.PARTS_AT_ONCE", 1)
    monkeypatch.setattr(f"{sender}.read_part", breaks_at_three)
    async with AsyncPhoenixScanner(url, api_key=KEY) as scanner:
        with pytest.raises(OSError, match="went away"):
            await scanner.submit_direct(report)
        sent: list[int] = []
        monkeypatch.setattr(f"{sender}.read_part", lambda *given: sent.append(given[2]) or read_part(*given))
        job = await scanner.submit_direct(report)
    assert sent == [3, 4]
    stored = await wiring.database.jobs.get(EVERYWHERE, job.job_id)
    assert b"".join(wiring.storage.iterate(stored.file_path)) == report.read_bytes()


async def test_submit_sends_in_parts_when_told(url: str, cluster: None, tmp_path: Path) -> None:
    report = tmp_path / "small.json"
    report.write_text("{}")
    result = await asyncio.to_thread(run, "submit", str(report), "--direct", "--json")
    assert result.exit_code == 0, result.output
    (job,) = json.loads(result.stdout)["jobs"]
    with PhoenixScanner(url, api_key=KEY) as scanner:
        shown = await asyncio.to_thread(scanner.job, job["job_id"])
        logs = await asyncio.to_thread(lambda: list(scanner.logs(job["job_id"])))
    assert shown.filename == "small.json"
    assert any("in 1 parts" in (event.data.message or "") for event in logs)


async def test_a_folder_becomes_a_bulk(url: str, cluster: None, tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    (folder / "deep").mkdir(parents=True)
    for name in ("a.json", "deep/b.json", "deep/bad.json", "deep/notes.json", "README.md", ".hidden.json"):
        (folder / name).write_text("{}")
    arguments = ("bulk", str(folder), "--wait", "--json", "--rule", "notes.* skip", "--option", "import_type=delta")
    result = await asyncio.to_thread(run, *arguments)
    assert result.exit_code == 1, result.output
    bulk = json.loads(result.stdout)
    assert (bulk["status"], bulk["by_status"], bulk["skipped"]) == ("failed", {"completed": 2, "failed": 1}, 1)
    assert bulk["by_error"] == {"it is bad": 1}
    listed = await asyncio.to_thread(run, "bulks")
    assert bulk["bulk_id"] in listed.stdout
    retried = await asyncio.to_thread(run, "bulks", bulk["bulk_id"], "--retry", "--follow")
    assert retried.exit_code == 1
    assert "it is bad" in retried.stderr


async def test_an_archive_and_a_report_become_a_bulk(url: str, wiring: Wiring, cluster: None, tmp_path: Path) -> None:
    archive, report = tmp_path / "old.zip", tmp_path / "new.json"
    with zipfile.ZipFile(archive, "w") as packed:
        for number in range(30):
            packed.writestr(f"{number}.json", "{}")
    report.write_text("{}")
    async with AsyncPhoenixScanner(url, api_key=KEY) as scanner:
        sent = [await scanner.upload_in_parts(path) for path in (archive, report)]
        order = BulkOrder(
            archives=[sent[0].upload_id], uploads=[sent[1].upload_id], rules=[BulkRule(pattern="1?.json", skip=True)]
        )
        ordered = await scanner.order_bulk(order, idempotency_key="once")
        assert (await scanner.order_bulk(order, idempotency_key="once")).bulk_id == ordered.bulk_id
        events = [event async for event in scanner.follow_bulk(ordered.bulk_id)]
        assert events[-1].final
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        bulk = await scanner.bulk(ordered.bulk_id)
        assert (bulk.status, bulk.jobs, bulk.skipped) == (BulkStatus.COMPLETED, 21, 10)
        assert (await scanner.bulk_jobs(bulk.bulk_id, page_size=100)).jobs[0].filename == "new.json"
        assert list(wiring.storage.list("uploads")) != []
        await remove_expired(wiring.database, wiring.settings.model_copy(update={"cleanup_after_days": 0.0}))
        assert list(wiring.storage.list()) == []
        assert await wiring.database.bulks.order(bulk.bulk_id) is None
        with pytest.raises(RefusedError) as refused:
            await scanner.retry_bulk(bulk.bulk_id)
        assert refused.value.code == "bulk_not_retryable"
        with pytest.raises(RefusedError) as foreign:
            await scanner.order_bulk(BulkOrder(prefixes=["s3://somebody-elses"]))
        assert foreign.value.code == "invalid_parameters"
