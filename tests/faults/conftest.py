"""A service whose processes may be killed: short leases, two coordinators, small shards."""

from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copy

import pytest
from ray_service import Service, running_service


@pytest.fixture(scope="session")
async def service(ray_cluster: None, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    folder = tmp_path_factory.mktemp("faults")
    copy(sqlite_template, folder / "jobs.db")
    async with running_service(
        database_url=f"sqlite:///{folder}/jobs.db",
        storage_url=f"file://{folder}/objects",
        short_report_mb=0.02,
        shard_mb=0.05,
        lease_seconds=2,
        coordinators=2,
    ) as service:
        yield service
