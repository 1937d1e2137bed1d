"""Cancelling in every phase, going on after a failure, webhooks, priorities."""

import asyncio
import json

from large_reports import generic, giant, plain
from ray_service import Service, accepted
from standardwebhooks.webhooks import Webhook

from cluster import names
from cluster.actors import find_actor
from cluster.webhook_signing import webhook_secret
from jobs_store.events import EventKind
from jobs_store.jobs import BatchState, CancelResult, JobStatus
from scanner.options import ImportOptions
from scanner.phoenix.sandbox.faults import Faults, Route
from scanner.phoenix.sandbox.server import SandboxServer

OPTIONS = ImportOptions(assessment_name="nightly", max_batch_size=10)
REPORT = generic(120, 12)


async def test_cancelled_while_it_is_translated(service: Service, sandbox: SandboxServer) -> None:
    sandbox.faults = Faults(stalled=True)  # nothing is imported before we cancel, however late that is
    job_id = await service.submit(generic(400, 12, padding=1500), sandbox, options=OPTIONS)
    await service.heard(job_id, "cut into")
    assert await service.cancel(job_id) is CancelResult.REQUESTED

    job = await service.ended(job_id)
    sandbox.faults = Faults()
    assert (job.status, job.error_message) == (JobStatus.CANCELLED, "cancelled by a client")
    assert job.progress < 100
    assert job.vulnerabilities_imported == 0
    assert all(record.route is Route.TOKEN for record in sandbox.requests())


async def test_cancelled_while_it_is_imported_then_retried(service: Service, sandbox: SandboxServer) -> None:
    sandbox.faults = Faults(stuck_after=2)  # neither are all imported before we cancel, nor none, however late that is
    job_id = await service.submit(REPORT, sandbox, options=OPTIONS)
    await accepted(sandbox, 3)  # all others waited for the first
    await service.cancel(job_id)
    cancelled = await service.ended(job_id)
    sandbox.faults = Faults()
    assert cancelled.status is JobStatus.CANCELLED
    settled = {batch.number for batch in await service.database.batches.list(job_id) if batch.state is BatchState.IMPORTED}
    assert 0 < len(settled) < 12
    assert cancelled.vulnerabilities_imported == len(settled) * 120

    before = len(sandbox.requests())
    job = await service.ended(job_id, after=await service.retry(job_id))

    assert job.status is JobStatus.COMPLETED
    again = [record for record in sandbox.requests()[before:] if record.import_type is not None]
    assert sum(record.assets for record in again) == 120 - len(settled) * 10
    assert job.vulnerabilities_imported == 120 * 12
    assert plain(sandbox.snapshot()) == plain(giant([(REPORT, OPTIONS)]))
    assert json.loads(job.batch_summary or "{}")["findings_read"] == 120 * 12


async def test_cancelled_while_phoenix_does_not_answer_it_says_what_arrived(service: Service, sandbox: SandboxServer) -> None:
    """The requests under way are answered after the cancel: they count. Nothing else is sent."""
    one_by_one = ImportOptions(assessment_name="nightly", max_batch_size=1)
    sandbox.faults = Faults(stalled_after=2)  # neither all nor none, however late we cancel
    job_id = await service.submit(REPORT, sandbox, options=one_by_one)
    await accepted(sandbox, 2)
    await service.cancel(job_id)
    await service.heard(job_id, "stopping: nothing more is sent")
    sandbox.faults = Faults(latency_seconds=0.2)  # the importers hear of it a moment later
    job = await service.ended(job_id)

    assert (job.status, job.error_message) == (JobStatus.CANCELLED, "cancelled by a client")
    arrived = sum(len(asset.findings) for assets in sandbox.snapshot().values() for asset in assets.values())
    assert 0 < arrived < 120 * 12
    assert job.vulnerabilities_imported == arrived
    states = [batch.state for batch in await service.database.batches.list(job_id)]
    assert states.count(BatchState.IMPORTED) * 12 == arrived
    assert BatchState.FAILED not in states


async def test_a_failed_job_goes_on_from_what_is_missing(service: Service, sandbox: SandboxServer) -> None:
    sandbox.faults = Faults(rate_import_errors=0.3)
    job_id = await service.submit(REPORT, sandbox, options=OPTIONS)
    failed = await service.ended(job_id)
    assert failed.status is JobStatus.FAILED
    assert "batches failed" in (failed.error_message or "")
    left = [batch for batch in await service.database.batches.list(job_id) if batch.state is not BatchState.IMPORTED]
    assert any(batch.error for batch in left)

    sandbox.faults = Faults()
    before = len(sandbox.requests())
    job = await service.ended(job_id, after=await service.retry(job_id))

    assert (job.status, job.error_message) == (JobStatus.COMPLETED, None)
    again = [record for record in sandbox.requests()[before:] if record.import_type is not None]
    assert len(again) == len(left)
    renewed = [(await service.database.batches.list(job_id))[batch.number - 1] for batch in left]
    assert {batch.request_id for batch in renewed} == {record.request_id for record in again}
    assert plain(sandbox.snapshot()) == plain(giant([(REPORT, OPTIONS)]))


async def test_a_cancelled_job_leaves_the_tenant_to_others(service: Service, sandbox: SandboxServer) -> None:
    """Its batches wait for places in the tenant's budget: those who are gone must not be given any."""
    sandbox.faults = Faults(latency_seconds=0.5, max_in_flight=1, retry_after_seconds=0)
    for _ in range(2):
        before = len(sandbox.requests())
        job_id = await service.submit(generic(120, 12), sandbox, options=ImportOptions(assessment_name="one", max_batch_size=2))
        await accepted(sandbox, 2, after=before)
        await service.cancel(job_id)
        assert (await service.ended(job_id)).status is JobStatus.CANCELLED

    tenants, account = find_actor(names.PHOENIX_TENANTS), service.account(sandbox, job_id)
    async with asyncio.timeout(60):
        while (budget := await tenants.snapshot.remote(account)).in_flight or budget.waiting:
            await asyncio.sleep(0.05)


async def test_skipped_records_are_counted_and_kept_over_a_retry(service: Service, sandbox: SandboxServer) -> None:
    content = json.loads(REPORT)
    content["findings"][0]["severity"] = {"not": "a severity"}
    sandbox.faults = Faults(rate_import_errors=1.0)
    job_id = await service.submit(json.dumps(content).encode(), sandbox, options=OPTIONS)
    failed = await service.ended(job_id)
    sandbox.faults = Faults()
    job = await service.ended(job_id, after=await service.retry(job_id))

    assert (failed.skipped, job.skipped) == (1, 1)
    assert job.status is JobStatus.COMPLETED


async def test_the_webhook_of_a_job_is_signed(service: Service, sandbox: SandboxServer) -> None:
    came: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head.splitlines()[1:] if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        await came.put((headers, body))

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        job_id = await service.submit(
            generic(2, 3), sandbox, options=OPTIONS, webhook_url=url, webhook_headers={"X-Team": "blue"}
        )
        headers, body = await asyncio.wait_for(came.get(), 30)

    told = Webhook(webhook_secret(service.settings)).verify(body, headers)
    assert headers["x-team"] == "blue"
    assert told["timestamp"].endswith("Z")
    del told["timestamp"]
    assert told == {
        "job_id": job_id,
        "status": "completed",
        "filename": "report.json",
        "scanner_type": "generic",
        "success": True,
        "assets_imported": 2,
        "vulnerabilities_imported": 6,
        "assessment_name": "nightly",
    }


async def test_a_waiting_job_is_cancelled_at_once(service: Service, sandbox: SandboxServer) -> None:
    job_id = await service.submit(REPORT, sandbox, options=OPTIONS, wake=False)
    result = await service.cancel(job_id)
    job = await service.ended(job_id)
    assert job.status is JobStatus.CANCELLED
    assert result in (CancelResult.CANCELLED, CancelResult.REQUESTED)  # the dispatcher may have looked just now
    assert await service.cancel(job_id) is CancelResult.ALREADY_ENDED


async def test_many_jobs_of_many_tenants_all_end(service: Service, sandbox: SandboxServer) -> None:
    jobs = [
        await service.submit(
            generic(2, 3),
            sandbox,
            options=ImportOptions(assessment_name=f"scan {n}"),
            wake=False,
            tenant=f"tenant-{n % 3}",
            priority=n % 2,
        )
        for n in range(24)
    ]
    await service.handle.wake()
    ended = await asyncio.gather(*(service.ended(job_id) for job_id in jobs))
    assert {job.status for job in ended} == {JobStatus.COMPLETED}
    assert sum(entry.open for entry in sandbox.summary()) == 24 * 6


async def test_a_default_assessment_name_is_made_of_scanner_file_and_time(service: Service, sandbox: SandboxServer) -> None:
    job_id = await service.submit(generic(1, 1), sandbox, filename="weekly.report.json", options=ImportOptions())
    job = await service.ended(job_id)
    assert job.assessment_name == f"GENERIC-weekly.report-{job.created_at:%Y%m%d_%H%M}-{job.job_id[4:16]}"
    (complete,) = [e for e in await service.database.events.read(job_id) if e.kind is EventKind.COMPLETE]
    assert json.loads(complete.payload)["assessment_name"] == job.assessment_name
