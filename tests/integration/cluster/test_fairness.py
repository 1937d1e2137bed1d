"""Who waits for whom: small jobs not for a large one, a tenant not for another's slow Phoenix."""

import asyncio
from collections.abc import Iterator

import pytest
from large_reports import generic, giant, plain
from ray_service import Service

from cluster.resources import IMPORTER_BATCHES
from jobs_store.jobs import JobStatus
from jobs_store.reach import EVERYWHERE
from scanner.model import ImportType
from scanner.options import ImportOptions
from scanner.phoenix.sandbox.faults import Faults
from scanner.phoenix.sandbox.server import SandboxServer


@pytest.fixture
def slow_phoenix() -> Iterator[SandboxServer]:
    with SandboxServer() as sandbox:
        sandbox.faults = Faults(latency_seconds=600.0)
        yield sandbox


async def test_small_jobs_behind_a_large_one_end_before_it(service: Service, sandbox: SandboxServer) -> None:
    large = await service.submit(generic(1000, 12, padding=2000), sandbox, options=ImportOptions(assessment_name="large"))
    await service.heard(large, "cut into")
    small = [
        await service.submit(generic(2, 3), sandbox, options=ImportOptions(assessment_name=f"small {n}"), wake=False)
        for n in range(25)
    ]
    await service.handle.wake()

    ended = [await service.ended(job_id, within=90) for job_id in [*small, large]]

    assert {job.status for job in ended} == {JobStatus.COMPLETED}
    *first, last = [job.completed_at for job in ended if job.completed_at]
    assert max(first) < last


async def test_a_small_job_does_not_wait_for_all_batches_of_jobs_before_it(service: Service, sandbox: SandboxServer) -> None:
    """Nothing is answered until its batch waits behind theirs, so that no machine is too slow for this."""
    sandbox.faults = Faults(stalled=True)
    one_by_one = ImportOptions(assessment_name="long", import_type=ImportType.DELTA, max_batch_size=1)
    long = [await service.submit(generic(60, 1), sandbox, options=one_by_one) for _ in range(5)]
    held = IMPORTER_BATCHES * service.settings.importers
    assert 60 * len(long) > 2 * held
    for job_id in long:
        await service.heard(job_id, "importing")

    short = await service.submit(generic(2, 3), sandbox, options=ImportOptions(assessment_name="short"))
    await service.heard(short, "importing")
    sandbox.faults = Faults(latency_seconds=0.5)

    ended = [await service.ended(job_id) for job_id in (short, *long)]
    assert {job.status for job in ended} == {JobStatus.COMPLETED}
    imported = [record.assessment for record in sandbox.requests() if record.assessment]
    assert imported.index("short") < 2 * held  # those that were there before it, and some while it came to an importer


async def test_a_tenant_does_not_wait_for_the_slow_phoenix_of_another(
    service: Service, sandbox: SandboxServer, slow_phoenix: SandboxServer
) -> None:
    """Which has as many jobs and batches under way as one tenant may have, and more that wait."""
    report = generic(9, 3)
    options = ImportOptions(assessment_name="nightly", import_type=ImportType.DELTA, max_batch_size=1)
    stuck = [await service.submit(report, slow_phoenix, options=options, tenant="slow") for _ in range(20)]
    most = service.settings.max_jobs_per_tenant
    for job_id in stuck[:most]:
        await service.heard(job_id, "importing")
    assert most * 9 > IMPORTER_BATCHES * service.settings.importers

    free = await service.submit(report, sandbox, options=options, tenant="quick")
    job = await service.ended(free)

    assert job.status is JobStatus.COMPLETED
    assert plain(sandbox.snapshot()) == plain(giant([(report, options)]))
    assert not [job_id for job_id in stuck if (await service.database.jobs.get(EVERYWHERE, job_id)).status.ended]
    for job_id in stuck:
        await service.cancel(job_id)
    await asyncio.gather(*(service.ended(job_id) for job_id in stuck))
