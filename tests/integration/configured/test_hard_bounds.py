"""A report that goes beyond the limits of memory or time fails its own job, at once and with the reason; others complete."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copy

import psutil
import pytest
from large_reports import generic
from ray_service import Service, running_service

from jobs_store.jobs import JobStatus
from scanner.options import ImportOptions
from scanner.phoenix.sandbox.server import SandboxServer

OPTIONS = ImportOptions(scanner_type="generic", assessment_name="nightly")
MEMORY_MB = 192


@pytest.fixture
async def bounded(ray_cluster: None, sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Service]:
    copy(sqlite_template, tmp_path / "jobs.db")
    async with running_service(
        database_url=f"sqlite:///{tmp_path}/jobs.db",
        storage_url=f"file://{tmp_path}/objects",
        short_report_mb=400,
        task_memory_mb=MEMORY_MB,
    ) as service:
        yield service


async def test_a_memory_eater_fails_alone_and_once(bounded: Service, sandbox: SandboxServer) -> None:
    one_finding = generic(1, 1, padding=MEMORY_MB * 700_000)  # held more than once on its way
    odd = await bounded.submit(one_finding, sandbox, options=OPTIONS)
    good = [await bounded.submit(generic(3, 2), sandbox, options=OPTIONS) for _ in range(4)]
    jobs = await asyncio.gather(*(bounded.ended(job_id) for job_id in (odd, *good)))
    assert [job.status for job in jobs] == [JobStatus.FAILED, *[JobStatus.COMPLETED] * 4]
    assert f"more than {MEMORY_MB} MB" in (jobs[0].error_message or "")
    assert jobs[0].attempt == 1
    retried = await bounded.retry(odd)
    assert (await bounded.ended(odd, after=retried)).status is JobStatus.FAILED
    assert [process for process in psutil.process_iter() if _memory(process) > MEMORY_MB << 20 and _is_runner(process)] == []


def _is_runner(process: psutil.Process) -> bool:
    try:
        return "cluster.sealed.nursery" in " ".join(process.cmdline())
    except psutil.Error:
        return False


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
