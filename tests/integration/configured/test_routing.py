"""Large reports are worked on where there is room for them, and wait where there is none; small ones do not wait for them."""

from pathlib import Path
from shutil import copy

import pytest
from large_reports import generic
from ray_service import running_service

from jobs_store.jobs import JobStatus
from jobs_store.reach import EVERYWHERE
from scanner.phoenix.sandbox.server import SandboxServer

SMALL, LARGE = generic(1, 1), generic(40, 10)
LARGE_MB = len(LARGE) / 1_000_000


@pytest.mark.parametrize(
    ("label", "is_there"), [("phoenix-scanner/reports=large", True), ("phoenix-scanner/reports=none", False)]
)
async def test_a_large_report_goes_to_nodes_of_its_label(
    ray_cluster: None, sqlite_template: Path, tmp_path: Path, sandbox: SandboxServer, label: str, is_there: bool
) -> None:
    copy(sqlite_template, tmp_path / "jobs.db")
    assert len(SMALL) < len(LARGE)
    async with running_service(
        database_url=f"sqlite:///{tmp_path}/jobs.db",
        storage_url=f"file://{tmp_path}/objects",
        large_report_mb=LARGE_MB,
        large_report_label=label,
    ) as service:
        large = await service.submit(LARGE, sandbox)
        small = await service.submit(SMALL, sandbox, wake=True)
        assert (await service.ended(small)).status is JobStatus.COMPLETED
        if is_there:
            assert (await service.ended(large)).status is JobStatus.COMPLETED
        else:
            assert (await service.database.jobs.get(EVERYWHERE, large)).status is JobStatus.PROCESSING
            await service.cancel(large)
            assert (await service.ended(large)).status is JobStatus.CANCELLED
