"""Bulks on a real cluster, ordered over HTTP: every report arrives once, whatever dies on the way."""

import asyncio
import io
import json
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import ray
import zstandard
from large_reports import generic
from limits.aio.storage import MemoryStorage
from ray_service import Service

from cluster import names
from cluster.actors import find_actor
from jobs_store.jobs import JobStatus
from jobs_store.reach import EVERYWHERE
from scanner.phoenix.sandbox.faults import Faults
from scanner.phoenix.sandbox.server import SandboxServer
from serve_app.app import create_app
from serve_app.edge_settings import EdgeSettings
from serve_app.wiring import Wiring

REPORT = generic(2, 3)


@pytest.fixture
async def api(service: Service, sandbox: SandboxServer) -> AsyncIterator[httpx.AsyncClient]:
    """The edge before the running service; the sandbox is allowed."""
    settings = service.settings.model_copy(update={"phoenix_allowed_urls": (sandbox.url,)})
    wiring = Wiring(
        settings=settings,
        edge=EdgeSettings(_env_file=None),  # type: ignore[call-arg]
        database=service.database,
        storage=service.storage,
        bus=service.bus,
        cluster=service.handle,
        counters=MemoryStorage(),
    )
    transport = httpx.ASGITransport(create_app(wiring))
    async with httpx.AsyncClient(transport=transport, base_url="http://scan.test", headers={"X-API-Key": "test"}) as client:
        yield client


def options(sandbox: SandboxServer) -> dict[str, str]:
    return {
        "phoenix_api_url": sandbox.url,
        "phoenix_client_id": sandbox.client_id,
        "phoenix_client_secret": sandbox.client_secret,
    }


def archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as packed:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            packed.addfile(info, io.BytesIO(data))
    return zstandard.compress(buffer.getvalue())


async def upload(api: httpx.AsyncClient, data: bytes) -> str:
    answer = (await api.post("/api/v1/uploads", json={"filename": "reports.tar.zst", "size_bytes": len(data)})).json()
    for part in answer["parts"]:
        start = (part["number"] - 1) * answer["part_size_bytes"]
        sent = await api.put(part["url"], content=data[start : start + part["size_bytes"]])
        assert sent.status_code == 204, sent.text
    upload_id: str = answer["upload_id"]
    return upload_id


async def order(api: httpx.AsyncClient, **given: Any) -> str:
    response = await api.post("/api/v1/bulks", json=given)
    assert response.status_code == 202, response.text
    bulk_id: str = response.json()["bulk_id"]
    return bulk_id


async def ended(api: httpx.AsyncClient, bulk_id: str, *, after: int = 0, within: float = 90) -> list[dict[str, Any]]:
    """The frames of the bulk up to its last."""
    url = f"/api/v1/bulks/{bulk_id}/logs?follow=true&after={after}"
    async with asyncio.timeout(within):
        lines = (await api.get(url, timeout=within)).text.splitlines()
    return [frame for frame in map(json.loads, lines) if frame["type"] != "heartbeat"]


async def until(api: httpx.AsyncClient, bulk_id: str, condition: Any) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while not condition(bulk := (await api.get(f"/api/v1/bulks/{bulk_id}")).json()):
            await asyncio.sleep(0.05)  # the clerk is another process: there is nothing to wait for
    document: dict[str, Any] = bulk
    return document


async def test_an_archive_becomes_jobs(api: httpx.AsyncClient, sandbox: SandboxServer) -> None:
    files = {f"2024/{number}.json": REPORT for number in range(20)}
    data = archive(files | {"README.md": b"# ours", "empty.json": b"", ".hidden": b"x"})
    rules = [{"pattern": "*.md", "skip": True}, {"pattern": "2024/1?.json", "options": {"import_type": "delta"}}]
    archive_id = await upload(api, data)
    bulk_id = await order(api, name="old ones", archives=[archive_id], options=options(sandbox), rules=rules)

    frames = await ended(api, bulk_id)

    assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))
    assert frames[-1]["type"] == "complete", frames[-1]
    assert all(frame["bulk_id"] == bulk_id for frame in frames)
    bulk = (await api.get(f"/api/v1/bulks/{bulk_id}")).json()
    assert (bulk["status"], bulk["progress"], bulk["registered"], bulk["jobs"]) == ("completed", 100.0, 23, 20)
    assert bulk["by_status"] == {"completed": 20}
    assert bulk["by_scanner"] == {"generic": 20}
    skipped = (await api.get(f"/api/v1/bulks/{bulk_id}/skipped")).json()["skipped"]
    assert {member["name"] for member in skipped} == {"README.md", "empty.json", ".hidden"}
    jobs = (await api.get(f"/api/v1/bulks/{bulk_id}/jobs?status=completed")).json()
    assert [job["filename"] for job in jobs["jobs"]] == [f"{number}.json" for number in range(20)]
    assert [job["import_type"] for job in jobs["jobs"]] == ["new"] * 10 + ["delta"] * 10
    assert len(sandbox.snapshot()) == 20
    assert (await api.delete(f"/api/v1/uploads/{archive_id}")).status_code == 409


async def test_the_clerk_dies_while_it_registers(api: httpx.AsyncClient, sandbox: SandboxServer) -> None:
    files = {f"{number}.json": REPORT for number in range(450)}
    bulk_id = await order(
        api, archives=[await upload(api, archive(files))], options=options(sandbox) | {"import_type": "delta"}
    )
    await until(api, bulk_id, lambda bulk: bulk["registered"] > 0)  # few of them, where we are not slow to look
    ray.kill(find_actor(names.BULK_CLERK), no_restart=False)

    await until(api, bulk_id, lambda bulk: bulk["registered"] == 450)

    pages = [(await api.get(f"/api/v1/bulks/{bulk_id}/jobs?page={page}&page_size=100")).json() for page in range(1, 6)]
    assert [job["filename"] for page in pages for job in page["jobs"]] == list(files)
    assert (await api.delete(f"/api/v1/bulks/{bulk_id}")).status_code == 204
    frames = await ended(api, bulk_id)
    assert frames[-1]["data"]["status"] == "cancelled"
    bulk = (await api.get(f"/api/v1/bulks/{bulk_id}")).json()
    assert sum(bulk["by_status"].values()) == 450
    assert bulk["by_status"].keys() <= {"completed", "cancelled"}


async def test_what_failed_is_retried(api: httpx.AsyncClient, service: Service, sandbox: SandboxServer) -> None:
    sandbox.faults = Faults(rate_import_errors=1.0)
    files = {f"{number}.json": REPORT for number in range(6)} | {"nonsense.json": b"no report at all"}
    bulk_id = await order(api, archives=[await upload(api, archive(files))], options=options(sandbox))
    first = await ended(api, bulk_id)
    assert (first[-1]["type"], first[-1]["data"]["jobs"]) == ("error", {"failed": 7})
    bulk = (await api.get(f"/api/v1/bulks/{bulk_id}")).json()
    assert sum(bulk["by_error"].values()) == 7
    assert len([frame for frame in first if frame["type"] == "log" and frame["data"].get("job_id")]) == 7

    sandbox.faults = Faults()
    assert (await api.post(f"/api/v1/bulks/{bulk_id}/retry")).status_code == 202
    again = await ended(api, bulk_id, after=first[-1]["seq"])

    assert again[-1]["data"]["jobs"] == {"completed": 6, "failed": 1}
    assert again[-1]["data"]["error_message"] == "1 of 7 jobs failed"
    assert len(sandbox.snapshot()) == 6
    (nonsense,) = (await api.get(f"/api/v1/bulks/{bulk_id}/jobs?status=failed")).json()["jobs"]
    assert nonsense["filename"] == "nonsense.json"
    assert (await service.database.jobs.get(EVERYWHERE, nonsense["job_id"])).status is JobStatus.FAILED


async def test_a_folder_is_imported_in_place(api: httpx.AsyncClient, service: Service, sandbox: SandboxServer) -> None:
    folder = Path(service.settings.bulk_allowed_prefixes[0].removeprefix("file://").replace("{tenant}", "default"))
    (folder / "2025").mkdir(parents=True)
    for number in range(3):
        (folder / "2025" / f"{number}.json").write_bytes(REPORT)
    (folder / "single.json").write_bytes(REPORT)
    prefix = f"file://{folder}"
    bulk_id = await order(
        api, prefixes=[f"{prefix}/2025"], objects=[f"{prefix}/single.json", f"{prefix}/gone.json"], options=options(sandbox)
    )
    frames = await ended(api, bulk_id)
    assert frames[-1]["data"]["jobs"] == {"completed": 4}
    assert frames[-1]["type"] == "error"  # one that was named is not there
    assert "gone.json" in (await api.get(f"/api/v1/bulks/{bulk_id}")).json()["error_message"]
    assert len(sandbox.snapshot()) == 4


async def test_an_archive_that_is_none_fails_the_bulk(api: httpx.AsyncClient, sandbox: SandboxServer) -> None:
    bulk_id = await order(api, archives=[await upload(api, b"no archive" * 1000)], options=options(sandbox))
    frames = await ended(api, bulk_id)
    assert frames[-1]["type"] == "error"
    assert (await api.get(f"/api/v1/bulks/{bulk_id}")).json()["error_message"]
