"""Whatever the way a job takes through the cluster, Phoenix ends as after one giant request, and the job says what is true."""

import json
from collections.abc import Callable

import pytest
from large_reports import generic, generic_csv, giant, nessus, open_findings, plain, trivy
from ray_service import Service

from jobs_store.events import EventKind
from jobs_store.jobs import BatchState, JobStatus
from jobs_store.reach import EVERYWHERE
from scanner.model import ImportType
from scanner.options import ImportOptions
from scanner.phoenix.sandbox.faults import Faults
from scanner.phoenix.sandbox.server import SandboxServer

LARGE: dict[str, Callable[[], bytes]] = {
    "report.json": lambda: generic(120, 12),
    "report.csv": lambda: generic_csv(90, 20),
    "report.nessus": lambda: nessus(60, 12),
    "trivy.json": lambda: trivy(900),
}
SMALL: dict[str, Callable[[], bytes]] = {
    "report.json": lambda: generic(3, 2),
    "report.csv": lambda: generic_csv(2, 3),
    "report.nessus": lambda: nessus(2, 2),
    "trivy.json": lambda: trivy(4),
}


def options(import_type: ImportType = ImportType.NEW, **given: object) -> ImportOptions:
    return ImportOptions(assessment_name="nightly", import_type=import_type, **given)


@pytest.mark.parametrize("filename", LARGE)
@pytest.mark.parametrize("made", [SMALL, LARGE], ids=["small", "large"])
async def test_a_report_of_any_format_and_size(
    service: Service, sandbox: SandboxServer, filename: str, made: dict[str, Callable[[], bytes]]
) -> None:
    report, chosen = made[filename](), options(max_batch_size=25)
    job_id = await service.submit(report, sandbox, filename=filename, options=chosen)

    job = await service.ended(job_id)

    assert (job.status, job.error_message) == (JobStatus.COMPLETED, None)
    assert plain(sandbox.snapshot()) == plain(giant([(report, chosen)], filename=filename))
    assert job.vulnerabilities_imported == open_findings(sandbox.snapshot())
    assert job.assets_imported == sum(entry.assets for entry in sandbox.summary())
    assert job.progress == 100.0


@pytest.mark.parametrize("import_type", ImportType)
async def test_an_assessment_with_prior_content(service: Service, sandbox: SandboxServer, import_type: ImportType) -> None:
    prior = (generic(40, 6), options())
    scan = (generic(130, 12, first=3), options(import_type, max_batch_size=20))
    for report, chosen in (prior, scan):
        job = await service.ended(await service.submit(report, sandbox, options=chosen))
        assert job.status is JobStatus.COMPLETED

    assert plain(sandbox.snapshot()) == plain(giant([prior, scan]))
    assert not any(request.overlaps_new for request in sandbox.requests())


async def test_events_and_batches_tell_what_happened(service: Service, sandbox: SandboxServer) -> None:
    job_id = await service.submit(generic(130, 12), sandbox, options=options(max_batch_size=20))
    live = await service.events(job_id)
    job = await service.database.jobs.get(EVERYWHERE, job_id)
    batches = await service.database.batches.list(job_id)

    assert [event.seq for event in live] == list(range(1, len(live) + 1))
    assert live == await service.database.events.read(job_id)
    assert [event.kind for event in live if event.kind in (EventKind.COMPLETE, EventKind.ERROR)] == [EventKind.COMPLETE]
    percents = [json.loads(event.payload)["progress"] for event in live if event.kind is EventKind.PROGRESS]
    assert percents == sorted(percents)
    assert {batch.state for batch in batches} == {BatchState.IMPORTED}
    assert sum(batch.findings for batch in batches) == job.vulnerabilities_imported == 130 * 12
    summary = json.loads(job.batch_summary or "{}")
    assert summary["total_batches"] == summary["successful_batches"] == len(batches) == 7


async def test_a_broken_report_fails_with_its_reason(service: Service, sandbox: SandboxServer) -> None:
    job = await service.ended(await service.submit(b'{"no": "report"}', sandbox))

    assert job.status is JobStatus.FAILED
    assert "unknown format" in (job.error_message or "")
    assert "Traceback" not in (job.error_message or "")
    assert sandbox.requests() == []


async def test_what_phoenix_refuses_is_told_in_its_words(service: Service, sandbox: SandboxServer) -> None:
    sandbox.faults = Faults(rate_import_errors=1.0)
    job = await service.ended(await service.submit(generic(3, 2), sandbox, options=options()))

    assert job.status is JobStatus.FAILED
    assert "the sandbox was told to fail this import" in (job.error_message or "")
    assert "Traceback" not in (job.error_message or "")
