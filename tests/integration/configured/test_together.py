"""The service with its small actors in one process, as on one machine: found by the same names, and as safe to kill."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copy

import pytest
import ray
from large_reports import generic, giant, plain
from ray.util import list_named_actors
from ray_service import Service, accepted, running_service

from cluster import names
from cluster.actors import find_actor
from cluster.service import start_service, warm_up
from jobs_store.jobs import JobStatus
from scanner.options import ImportOptions
from scanner.phoenix.sandbox.faults import Faults
from scanner.phoenix.sandbox.server import SandboxServer

OPTIONS = ImportOptions(assessment_name="nightly", max_batch_size=10)
REPORT = generic(200, 12)


@pytest.fixture
async def together(ray_cluster: None, sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Service]:
    copy(sqlite_template, tmp_path / "jobs.db")
    async with running_service(
        database_url=f"sqlite:///{tmp_path}/jobs.db",
        storage_url=f"file://{tmp_path}/objects",
        importers=1,
        actors_together=True,
        lease_seconds=3,
    ) as service:
        yield service


async def test_all_of_them_die_at_once_while_batches_are_imported(together: Service, sandbox: SandboxServer) -> None:
    assert {actor["name"] for actor in list_named_actors(all_namespaces=True) if actor["namespace"] == names.NAMESPACE} == {
        names.BACKSTAGE,
        names.importer(0),
    }
    await asyncio.to_thread(warm_up, together.settings)
    assert (await together.handle.health()).coordinators == 1
    sandbox.faults = Faults(import_seconds=0.4, latency_seconds=0.05)
    job_id = await together.submit(REPORT, sandbox, options=OPTIONS)
    await accepted(sandbox, 4)

    ray.kill(find_actor(names.BACKSTAGE), no_restart=False)

    job = await together.ended(job_id)
    assert (job.status, job.error_message) == (JobStatus.COMPLETED, None)
    assert plain(sandbox.snapshot()) == plain(giant([(REPORT, OPTIONS)]))


async def test_they_give_way_to_others_with_another_setting(together: Service, sandbox: SandboxServer) -> None:
    sandbox.faults = Faults(import_seconds=0.4, latency_seconds=0.05)
    job_id = await together.submit(REPORT, sandbox, options=OPTIONS)
    await accepted(sandbox, 4)

    before = actor_ids()
    changed = together.settings.model_copy(update={"job_timeout": 1800})
    await asyncio.to_thread(start_service, changed)
    renewed = actor_ids()

    job = await together.ended(job_id)
    assert (job.status, job.attempt) == (JobStatus.COMPLETED, 1), "it was given back, not lost"
    assert plain(sandbox.snapshot()) == plain(giant([(REPORT, OPTIONS)]))
    assert not renewed & before
    await asyncio.to_thread(start_service, changed)
    assert actor_ids() == renewed


def actor_ids() -> set[str]:
    return {ray.get_actor(name, namespace=names.NAMESPACE)._actor_id.hex() for name in (names.BACKSTAGE, names.importer(0))}
