"""Where a bulk stands."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cluster.bulks.order import Position, Rule, Source, SourceKind, StoredOrder, Template, job_id_of, job_of
from cluster.bulks.state import failure, standing
from jobs_store.bulks import Bulk, BulkCounts, BulkState
from jobs_store.jobs import JobStatus
from scanner.options import ImportOptions

NOW = datetime(2026, 3, 1, tzinfo=UTC)
C, F, X, Q = JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.QUEUED


def bulk(**given: Any) -> Bulk:
    plain: dict[str, Any] = {
        "bulk_id": "bulk-1",
        "tenant": "default",
        "name": "",
        "state": BulkState.RUNNING,
        "progress": 0.0,
        "priority": -10,
        "seed": "s",
        "created_at": NOW,
        "registered_at": NOW,
        "completed_at": None,
        "members": 4,
        "position": "",
        "cancel_requested": False,
        "retry_before": None,
        "error": None,
        "cleaned_at": None,
        "submitted_by": None,
    }
    return Bulk(**plain | given)


def counts(status: dict[JobStatus, int]) -> BulkCounts:
    return BulkCounts(status, {}, {}, {})


@pytest.mark.parametrize(
    ("given", "status", "state", "progress"),
    [
        ({}, {C: 2, Q: 2}, BulkState.RUNNING, 50.0),
        ({}, {C: 4}, BulkState.COMPLETED, 100.0),
        ({}, {C: 3, F: 1}, BulkState.FAILED, 100.0),
        ({}, {C: 3, X: 1}, BulkState.FAILED, 100.0),
        ({}, {C: 9999, Q: 1}, BulkState.RUNNING, 99.9),
        ({}, {}, BulkState.FAILED, 100.0),
        ({"error": "the archive is cut off"}, {C: 4}, BulkState.FAILED, 100.0),
        ({"registered_at": None}, {C: 4}, BulkState.REGISTERING, 99.9),
        ({"registered_at": None}, {}, BulkState.REGISTERING, 0.0),
        ({"registered_at": None, "cancel_requested": True}, {C: 1, X: 3}, BulkState.CANCELLED, 100.0),
        ({"cancel_requested": True}, {X: 3, Q: 1}, BulkState.RUNNING, 75.0),
        ({"cancel_requested": True, "registered_at": None}, {}, BulkState.CANCELLED, 0.0),
    ],
)
def test_stands_where_its_jobs_are(
    given: dict[str, Any], status: dict[JobStatus, int], state: BulkState, progress: float
) -> None:
    found = standing(bulk(**given), counts(status))
    assert (found.state, found.progress) == (state, progress)
    if state is BulkState.FAILED:
        assert failure(found, counts(status))


def test_the_first_rule_that_fits_decides() -> None:
    def template(name: str) -> Template:
        return Template(scanner_type=name, import_type="new", processing_options="{}")

    rules = (Rule("*.md", None), Rule("2024/*", template("a")), Rule("*.nessus", template("b")))
    plan = StoredOrder((Source(SourceKind.UPLOAD, "u"),), rules, template("rest"))
    assert plan == StoredOrder.decode(plan.encode())
    wanted = {"README.md": None, "2024/x.md": None, "2024/x.nessus": "a", "2025/deep/x.nessus": "b", "x.NESSUS": "rest"}
    chosen = {name: plan.rule_for(name).template for name in wanted}
    assert {name: found.scanner_type if found else None for name, found in chosen.items()} == wanted


def test_a_member_has_one_job_id_that_the_bulks_id_does_not_tell() -> None:
    assert job_id_of(bulk(), 7) == job_id_of(bulk(members=9), 7)
    assert len({job_id_of(bulk(seed=seed), number) for seed in "ab" for number in range(3)}) == 6


def test_a_position_begins_at_the_beginning() -> None:
    assert Position.decode("") == Position()
    later = Position(source=2, members_done=400, after="a/b", errors=("x",))
    assert Position.decode(later.encode()) == later


@pytest.mark.parametrize(("name", "filename", "path"), [("a/b/r.json", "r.json", "a/b/r.json"), ("r.json", "r.json", "")])
def test_a_job_knows_the_path_of_its_report(name: str, filename: str, path: str) -> None:
    template = Template(scanner_type="auto", import_type="new", processing_options='{"assessment_name": "{path}"}')
    job = job_of(bulk(), template, "job-1", name=name, key="k", size_bytes=1)
    options = ImportOptions.decode(job.processing_options)
    assert (job.filename, options.path, options.assessment_name) == (filename, path, "{path}")
