"""Any process may die at any moment: every finding is imported exactly once, and the job ends."""

import asyncio
import signal
from contextlib import suppress

import psutil
import pytest
import ray
from large_reports import generic, giant, plain
from ray_service import Service, accepted

from cluster import names
from cluster.actors import find_actor
from jobs_store.jobs import JobStatus
from scanner.options import ImportOptions
from scanner.phoenix.sandbox.faults import Faults
from scanner.phoenix.sandbox.server import SandboxServer

OPTIONS = ImportOptions(assessment_name="nightly", max_batch_size=10)
REPORT = generic(200, 12)
PRIOR = generic(30, 20)


async def prepare(service: Service, sandbox: SandboxServer) -> None:
    """The assessment has content: what a wrong order of requests would close or leave open shows."""
    job = await service.ended(await service.submit(PRIOR, sandbox, options=OPTIONS))
    assert (job.status, job.error_message) == (JobStatus.COMPLETED, None)


def kill(name: str) -> None:
    ray.kill(find_actor(name), no_restart=False)


def expected() -> object:
    return plain(giant([(PRIOR, OPTIONS), (REPORT, OPTIONS)]))


@pytest.mark.parametrize(
    "victims",
    [
        [names.DISPATCHER],
        [names.PROGRESS_BUS],
        [names.PHOENIX_TENANTS],
        ["coordinator-0", "coordinator-1", "importer-0", "importer-1", names.DISPATCHER, names.PHOENIX_TENANTS],
    ],
    ids="+".join,
)
async def test_an_actor_dies_while_batches_are_imported(service: Service, sandbox: SandboxServer, victims: list[str]) -> None:
    await prepare(service, sandbox)
    before = len(sandbox.requests())
    sandbox.faults = Faults(import_seconds=0.4, latency_seconds=0.05)
    job_id = await service.submit(REPORT, sandbox, options=OPTIONS)
    await accepted(sandbox, 4, after=before)

    for victim in victims:
        kill(victim)

    job = await service.ended(job_id)
    assert (job.status, job.error_message) == (JobStatus.COMPLETED, None)
    assert plain(sandbox.snapshot()) == expected()
    assert (job.vulnerabilities_imported, job.assets_imported) == (200 * 12, 200)


@pytest.mark.parametrize("victims", [["importer-0", "importer-1"], ["coordinator-0", "coordinator-1"]], ids="+".join)
async def test_the_first_request_is_under_way_when_its_sender_dies(
    service: Service, sandbox: SandboxServer, victims: list[str]
) -> None:
    """It goes as ``new``: were it imported a second time after the others, it would close what they brought."""
    await prepare(service, sandbox)
    before = len(sandbox.requests())
    sandbox.faults = Faults(import_seconds=0.8)
    job_id = await service.submit(REPORT, sandbox, options=OPTIONS)
    await accepted(sandbox, 1, after=before)

    for victim in victims:
        kill(victim)

    assert (await service.ended(job_id)).status is JobStatus.COMPLETED
    await asyncio.sleep(1.5)  # the sandbox may still be importing a request whose sender died
    assert plain(sandbox.snapshot()) == expected()


async def test_workers_die_while_they_translate(service: Service, sandbox: SandboxServer) -> None:
    report = generic(400, 12, padding=3000)  # three hundred shards
    job_id = await service.submit(report, sandbox, options=OPTIONS)
    async with asyncio.timeout(60):
        while not kill_workers():
            await asyncio.sleep(0.01)  # Ray tells nobody when a task begins

    job = await service.ended(job_id)
    assert (job.status, job.error_message) == (JobStatus.COMPLETED, None)
    assert plain(sandbox.snapshot()) == plain(giant([(report, OPTIONS)]))


async def test_a_coordinator_dies_before_the_plan_is_stored(service: Service, sandbox: SandboxServer) -> None:
    await prepare(service, sandbox)
    sandbox.faults = Faults(stalled=True)  # however late we kill, the job has not ended by then
    job_id = await service.submit(REPORT, sandbox, options=OPTIONS)
    await service.heard(job_id, "cut into")

    for number in range(2):
        kill(names.coordinator(number))

    sandbox.faults = Faults()
    job = await service.ended(job_id)
    assert job.status is JobStatus.COMPLETED
    assert job.attempt > 1
    assert plain(sandbox.snapshot()) == expected()


def kill_workers() -> int:
    """How many worker processes were killed: those of tasks, which Ray names by what they do, not those of actors."""
    killed = 0
    for process in psutil.process_iter():
        with suppress(psutil.Error, IndexError):
            title = process.cmdline()[0]
            if title.startswith(("ray::translate", "ray::_translate")) and psutil.Process() in process.parents():
                process.send_signal(signal.SIGKILL)
                killed += 1
    return killed
