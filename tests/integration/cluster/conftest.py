"""The service on SQLite, a directory and the actor bus, shared by the tests here: each brings its own sandbox."""

from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copy

import pytest
from ray_service import Service, running_service


@pytest.fixture(scope="session")
async def service(ray_cluster: None, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """Cuts reports above 100 kB into shards of 50 kB, so that small ones take the long way."""
    folder = tmp_path_factory.mktemp("service")
    copy(sqlite_template, folder / "jobs.db")
    async with running_service(
        database_url=f"sqlite:///{folder}/jobs.db",
        storage_url=f"file://{folder}/objects",
        short_report_mb=0.1,
        shard_mb=0.05,
        lease_seconds=3,
        bulk_allowed_prefixes=f"file://{folder}/imports/{{tenant}}",
    ) as service:
        yield service
