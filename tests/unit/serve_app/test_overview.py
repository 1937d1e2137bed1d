"""Jobs in numbers, and found among others."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from tenant_making import make_key

from jobs_store.dialects import now
from jobs_store.jobs import JobStatus, NewJob
from jobs_store.keys import Scope
from jobs_store.tables import jobs
from serve_app.wiring import Wiring

Connect = Callable[..., httpx.AsyncClient]
SEVERITIES = {"critical": 1, "high": 2, "info": 4}


async def make_job(wiring: Wiring, job_id: str, tenant: str = "red", **values: Any) -> None:
    new = NewJob(job_id=job_id, filename=f"{job_id}.json", file_path="x", file_size_bytes=10, tenant=tenant)
    await wiring.database.jobs.create(new)
    async with wiring.database._transactions.write() as connection:
        await connection.execute(update(jobs).where(jobs.c.job_id == job_id).values(**values))


async def make_completed(wiring: Wiring, job_id: str, tenant: str = "red", format: str = "trivy", findings: int = 7) -> None:
    summary = json.dumps({"severities": SEVERITIES, "skipped": 0})
    await make_job(
        wiring, job_id, tenant, status=JobStatus.COMPLETED, completed_at=now(), detected_format=format,
        vulnerabilities_imported=findings, batch_summary=summary,
    )  # fmt: skip


@pytest.fixture
async def red(wiring: Wiring, connect: Connect) -> httpx.AsyncClient:
    return connect(wiring, key=await make_key(wiring.database, "red"))


async def test_jobs_are_counted_by_state_time_scanner_and_severity(wiring: Wiring, red: httpx.AsyncClient) -> None:
    await make_completed(wiring, "job-1")
    await make_completed(wiring, "job-2")
    await make_completed(wiring, "job-3", format="zap")
    await make_job(wiring, "job-4", status=JobStatus.COMPLETED, completed_at=now())  # of before severities were counted
    await make_job(wiring, "job-5", status=JobStatus.QUEUED)
    await make_completed(wiring, "job-6", tenant="blue")
    told = (await red.get("/api/v1/overview", params={"days": 1})).json()
    assert told["by_status"] == {"completed": 4, "queued": 1}
    assert told["oldest_waiting"] is not None
    assert told["by_hour"] is True
    of_trivy = next(each for each in told["imported"] if each["scanner"] == "trivy")
    assert (of_trivy["jobs"], of_trivy["findings"], of_trivy["size_bytes"]) == (2, 14, 20)
    assert of_trivy["severities"] == {"critical": 2, "high": 4, "medium": 0, "low": 0, "info": 8}
    assert {each["scanner"] for each in told["imported"]} == {"trivy", "zap", "auto"}
    assert told["slowest_tenants"] == [], "nobody learns of other tenants"
    by_day = (await red.get("/api/v1/overview")).json()
    assert by_day["by_hour"] is False
    assert by_day["imported"][0]["start"].endswith("T00:00:00Z")


async def test_who_operates_the_service_sees_the_slowest_tenants(wiring: Wiring, client: httpx.AsyncClient) -> None:
    await make_completed(wiring, "job-1")
    await make_completed(wiring, "job-2", tenant="blue")
    told = (await client.get("/api/v1/overview")).json()
    assert {each["tenant"]: each["jobs"] for each in told["slowest_tenants"]} == {"red": 1, "blue": 1}
    assert told["by_status"] == {"completed": 2}


async def test_who_only_submits_sees_what_it_has_submitted(wiring: Wiring, connect: Connect) -> None:
    await make_completed(wiring, "job-1")
    async with connect(wiring, key=await make_key(wiring.database, "red", Scope.SUBMIT)) as submitter:
        assert (await submitter.get("/api/v1/overview")).json()["by_status"] == {}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "JOB-2"}, ["job-2"]),
        ({"q": "job_2"}, []),
        ({"q": "%"}, []),
        ({"scanner": "zap"}, ["job-3"]),
        ({"scanner": "trivy", "status": "completed", "order": "oldest"}, ["job-1", "job-2"]),
        ({"order": "findings"}, ["job-2", "job-3", "job-1"]),
        ({"order": "name"}, ["job-1", "job-2", "job-3"]),
        ({"order": "largest"}, ["job-3", "job-2", "job-1"]),
    ],
)
async def test_jobs_are_found_and_ordered(
    wiring: Wiring, red: httpx.AsyncClient, asked: dict[str, str], found: list[str]
) -> None:
    await make_completed(wiring, "job-1", findings=1)
    await make_completed(wiring, "job-2", findings=9)
    await make_completed(wiring, "job-3", format="zap")
    answer = (await red.get("/api/v1/jobs", params=asked)).json()
    assert [job["job_id"] for job in answer["jobs"]] == found
    assert answer["total"] == len(found)
