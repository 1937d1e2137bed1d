"""What is asked of tasks, as far as it needs no Ray."""

from pathlib import Path

import pytest
from task_reports import OPTIONS

from cluster import machine
from cluster.errors import JobFailedError
from cluster.gateway import TaskGateway
from cluster.report import Report
from jobs_store.storage import layout, open_storage


class Reader:
    async def read(self, report: Report, *, uncut: bool) -> None:
        raise JobFailedError(f"uncut: {uncut}")


@pytest.mark.parametrize(("uncut", "kept"), [(False, 4), (True, 1)])
async def test_what_wrong_shards_told_of_records_is_forgotten(tmp_path: Path, uncut: bool, kept: int) -> None:
    """A report that is read again uncut has fewer shards, which overwrite only some of what the others told."""
    storage = open_storage(tmp_path.as_uri())
    for fate in layout.Fate:
        storage.put(layout.records_part("job-1", fate, "shard-000007"), b"{}\n")
    storage.put(layout.document("job-1", 0), b"read next")
    gateway = TaskGateway(Report("job-1", "x", "r.json", 1, OPTIONS, tmp_path.as_uri(), short_bytes=1, shard_bytes=1), Reader())

    assert await gateway.execute(machine.ReadReport(uncut=uncut)) == machine.StepFailed(f"uncut: {uncut}")

    assert len(list(storage.list())) == kept
