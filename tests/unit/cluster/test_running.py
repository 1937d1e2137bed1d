"""Carrying a job: fakes for its tasks and its sending, a real SQLite journal."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from memory_bus import MemoryBus
from ray.exceptions import RayError

from cluster import machine, notices
from cluster.account import Account
from cluster.batches import BatchToImport
from cluster.journal import JobJournal
from cluster.machine import Stopped
from cluster.report import Report
from cluster.running import JobRun
from jobs_store.database import Database, open_database
from jobs_store.errors import LeaseLostError, StoreUnavailableError
from jobs_store.events import EventKind
from jobs_store.jobs import BatchState, JobStatus, Lease, NewJob
from jobs_store.jobs.fence import number_events
from jobs_store.reach import EVERYWHERE
from scanner.batching import PieceInfo
from scanner.collecting import Counts
from scanner.model import AssetType, ImportType
from scanner.options import ImportOptions
from scanner.phoenix.errors import GivenUpError, ImportRefusedError
from scanner.phoenix.import_result import ImportResult

CANCELLED = Stopped(JobStatus.CANCELLED, "cancelled by a client")
ACCOUNT = Account("digest", "job-1", "default")
Hook = Callable[[machine.Command], Awaitable[None]]


async def at_once(_command: machine.Command) -> None:
    return None


class FakeGateway:
    """A report of two shards and one partition with three pieces; ``before`` runs ahead of every command."""

    def __init__(self, before: Hook = at_once) -> None:
        self._before = before
        self.commands: list[machine.Command] = []
        self.cancelled = False
        self.body: bytes | None = None

    async def execute(self, command: machine.Command) -> machine.Event:
        self.commands.append(command)
        await self._before(command)
        match command:
            case machine.ReadReport():
                return machine.ReportSharded("trivy", 2, 1, skipped=1)
            case machine.TranslateShard(number):
                return machine.ShardTranslated(number, Counts(findings=3, asset=f"host-{number}"))
            case _:
                pieces = tuple(PieceInfo(number, AssetType.INFRA, 1, 2, 10 * number) for number in (1, 2, 3))
                return machine.PartitionPlanned(0, pieces)

    def cancel(self) -> None:
        self.cancelled = True


class FakeSender:
    """Imports at once, unless told otherwise by number of batch."""

    def __init__(self) -> None:
        self.sent: list[BatchToImport] = []
        self.outcomes: dict[int, list[Exception]] = {}
        self.results: dict[int, ImportResult] = {}
        self.hang = False
        self.arrived, self.settle = asyncio.Event(), asyncio.Event()

    async def __call__(self, batch: BatchToImport) -> ImportResult:
        self.sent.append(batch)
        self.arrived.set()
        if self.hang:
            await self.settle.wait()
        if errors := self.outcomes.get(batch.batch.number):
            raise errors.pop(0)
        return self.results.get(batch.batch.number) or ImportResult(1, (f"import-{batch.batch.number}",))


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    async with open_database(sqlite_url) as database:
        yield database


@pytest.fixture
async def lease(database: Database) -> Lease:
    await database.jobs.create(NewJob(job_id="job-1", filename="r.json", file_path="jobs/job-1/upload", file_size_bytes=10))
    return await leased(database)


async def leased(database: Database) -> Lease:
    (lease,) = await database.jobs.lease(owner="test", limit=1, lease_for=timedelta(minutes=1))
    return lease


def run_of(
    database: Database,
    lease: Lease,
    gateway: FakeGateway,
    send: FakeSender,
    options: ImportOptions | None = None,
    **settling: Any,
) -> JobRun:
    options = options or ImportOptions()
    report = Report("job-1", "jobs/job-1/upload", "r.json", 10, options, "unused:", short_bytes=1, shard_bytes=1)
    journal = JobJournal(database, MemoryBus(), lease)
    return JobRun(report, journal, gateway, send, tasks_in_flight=lambda: 2, import_timeout_seconds=9, **settling)


async def test_from_the_lease_to_the_end(database: Database, lease: Lease) -> None:
    send = FakeSender()
    assert await run_of(database, lease, FakeGateway(), send).run(ACCOUNT) is JobStatus.COMPLETED

    job = await database.jobs.get(EVERYWHERE, "job-1")
    assert (job.status, job.vulnerabilities_imported, job.assets_imported, job.skipped) == (JobStatus.COMPLETED, 6, 3, 1)
    assert [(batch.batch.number, batch.batch.import_type, batch.awaited, batch.sent_before) for batch in send.sent] == [
        (1, "new", True, False),
        (2, "merge", False, False),
        (3, "merge", False, False),
    ]
    events = await database.events.read("job-1")
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert events[-1].kind is EventKind.COMPLETE


async def test_the_last_batches_are_written_along_with_the_end(
    database: Database, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone: list[int] = []
    settle = database.batches.settle
    monkeypatch.setattr(
        database.batches,
        "settle",
        lambda lease, *changes: alone.extend(change.number for change in changes) or settle(lease, *changes),
    )
    assert await run_of(database, lease, FakeGateway(), FakeSender()).run(ACCOUNT) is JobStatus.COMPLETED
    assert alone == [1]
    written = await database.batches.list("job-1")
    assert [(batch.number, batch.state, batch.requests, batch.request_id) for batch in written] == [
        (number, BatchState.IMPORTED, 1, f"import-{number}") for number in (1, 2, 3)
    ]


async def test_batches_that_end_together_are_one_change(
    database: Database, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle, together = database.batches.settle, list[list[int]]()
    monkeypatch.setattr(
        database.batches,
        "settle",
        lambda lease, *changes: together.append([change.number for change in changes]) or settle(lease, *changes),
    )
    send = FakeSender()
    send.outcomes = {2: [ImportRefusedError("no severity")]}
    assert await run_of(database, lease, FakeGateway(), send).run(ACCOUNT) is JobStatus.FAILED
    assert [sorted(numbers) for numbers in together] == [[1], [2, 3]]


@pytest.mark.parametrize("kind", [machine.ReadReport, machine.TranslateShard, machine.PlanPartition])
async def test_stopped_while_it_is_scanned(database: Database, lease: Lease, kind: type) -> None:
    async def stop(command: machine.Command) -> None:
        if isinstance(command, kind):
            run.stop(CANCELLED)
            await asyncio.Event().wait()

    gateway, send = FakeGateway(stop), FakeSender()
    run = run_of(database, lease, gateway, send)
    assert await asyncio.wait_for(run.run(ACCOUNT), 10) is JobStatus.CANCELLED
    assert send.sent == []
    assert gateway.cancelled
    last = (await database.events.read("job-1"))[-1]
    assert last.kind is EventKind.ERROR
    assert '"progress":50' not in last.payload


@pytest.mark.parametrize("stopped", [CANCELLED, Stopped(JobStatus.FAILED, "not done after 9 seconds (JOB_TIMEOUT)")])
async def test_stopped_while_what_is_imported_is_not_settled(database: Database, lease: Lease, stopped: Stopped) -> None:
    send = FakeSender()
    send.hang = True
    run = run_of(database, lease, FakeGateway(), send, settling_seconds=0.0)
    running = asyncio.create_task(run.run(ACCOUNT))
    await send.arrived.wait()
    run.stop(stopped)
    assert await asyncio.wait_for(running, 10) is stopped.status
    job = await database.jobs.get(EVERYWHERE, "job-1")
    assert (job.status, job.vulnerabilities_imported) == (stopped.status, 0)
    unknown = "Phoenix has not said what became of batch 1: it may have been imported, or may still be"
    assert job.error_message == f"{stopped.error}; {unknown}"


async def test_stopped_while_a_request_is_under_way_says_what_has_arrived(database: Database, lease: Lease) -> None:
    """The first batch is settled after the job was cancelled; of the others, which wait for it, nothing is sent."""
    send = FakeSender()
    send.hang = True
    run = run_of(database, lease, FakeGateway(), send, wind_down=send.settle.set)
    running = asyncio.create_task(run.run(ACCOUNT))
    await send.arrived.wait()
    run.stop(CANCELLED)
    assert await asyncio.wait_for(running, 10) is JobStatus.CANCELLED
    job = await database.jobs.get(EVERYWHERE, "job-1")
    assert (job.error_message, job.assets_imported, job.vulnerabilities_imported) == ("cancelled by a client", 1, 2)
    assert [sent.batch.number for sent in send.sent] == [1]
    states = [batch.state for batch in await database.batches.list("job-1")]
    assert states == [BatchState.IMPORTED, BatchState.PENDING, BatchState.PENDING]
    texts = [event.payload for event in await database.events.read("job-1")]
    assert any("1 of 3 batches have been imported: 2 findings on 1 assets" in text for text in texts)


async def test_stopped_before_a_request_has_left_leaves_its_batch_to_a_retry(database: Database, lease: Lease) -> None:
    send = FakeSender()
    send.hang = True
    send.outcomes[1] = [GivenUpError("nobody waits for it")]
    run = run_of(database, lease, FakeGateway(), send, wind_down=send.settle.set)
    running = asyncio.create_task(run.run(ACCOUNT))
    await send.arrived.wait()
    run.stop(CANCELLED)
    assert await asyncio.wait_for(running, 10) is JobStatus.CANCELLED
    assert (await database.jobs.get(EVERYWHERE, "job-1")).error_message == "cancelled by a client"
    assert {batch.state for batch in await database.batches.list("job-1")} == {BatchState.PENDING}


async def test_a_body_in_parts_is_in_the_log(database: Database, lease: Lease) -> None:
    send = FakeSender()
    send.results[2] = ImportResult(2, ("a", "b"), too_large=(24_800_000,))
    assert await run_of(database, lease, FakeGateway(), send).run(ACCOUNT) is JobStatus.COMPLETED
    texts = [event.payload for event in await database.events.read("job-1")]
    told = "batch 2 was sent in 2 parts: Phoenix found bodies of 24.80 MB too large (413)"
    assert sum(told in text for text in texts) == 1


async def test_stopped_before_it_began(database: Database, lease: Lease) -> None:
    run = run_of(database, lease, FakeGateway(), FakeSender())
    run.stop(CANCELLED)
    assert await asyncio.wait_for(run.run(ACCOUNT), 10) is JobStatus.CANCELLED


async def test_a_lost_lease_ends_it_without_another_word(database: Database, lease: Lease) -> None:
    send = FakeSender()
    send.hang = True
    run = run_of(database, lease, FakeGateway(), send)
    running = asyncio.create_task(run.run(ACCOUNT))
    await send.arrived.wait()
    before = await database.events.read("job-1")
    run.abandon(LeaseLostError("job-1"))
    with pytest.raises(LeaseLostError):
        await asyncio.wait_for(running, 10)
    assert await database.events.read("job-1") == before
    assert (await database.jobs.get(EVERYWHERE, "job-1")).status is JobStatus.PROCESSING


async def test_a_refused_batch_fails_the_job_and_a_lost_one_is_sent_again(database: Database, lease: Lease) -> None:
    send = FakeSender()
    send.outcomes = {2: [ImportRefusedError("no severity")], 3: [RayError("died"), RayError("died")]}
    assert await run_of(database, lease, FakeGateway(), send).run(ACCOUNT) is JobStatus.FAILED

    assert [(s.batch.number, s.sent_before) for s in send.sent if s.batch.number == 3] == [(3, False), (3, True), (3, True)]
    states = {batch.number: (batch.state, batch.error) for batch in await database.batches.list("job-1")}
    assert states[2] == (BatchState.FAILED, "Phoenix refused the import: no severity")
    assert states[3] == (BatchState.IMPORTED, None)
    assert "batch 2: Phoenix refused the import: no severity" in (
        (await database.jobs.get(EVERYWHERE, "job-1")).error_message or ""
    )
    logged = [event.payload for event in await database.events.read("job-1") if event.kind is EventKind.LOG]
    assert sum("no severity" in line for line in logged) == 1


async def test_a_retry_sends_only_what_is_missing(database: Database, lease: Lease) -> None:
    first = FakeSender()
    first.outcomes = {2: [ImportRefusedError("no severity")]}
    await run_of(database, lease, FakeGateway(), first).run(ACCOUNT)
    await database.jobs.retry("job-1")

    gateway, second = FakeGateway(), FakeSender()
    assert await run_of(database, await leased(database), gateway, second).run(ACCOUNT) is JobStatus.COMPLETED

    assert gateway.commands == []
    assert [(sent.batch.number, sent.sent_before) for sent in second.sent] == [(2, True)]
    job = await database.jobs.get(EVERYWHERE, "job-1")
    assert (job.vulnerabilities_imported, job.skipped, job.error_message) == (6, 1, None)


async def test_what_has_a_plan_is_not_gone_on_with_under_a_lease_that_is_lost(database: Database, lease: Lease) -> None:
    first = FakeSender()
    first.outcomes = {2: [ImportRefusedError("no severity")]}
    await run_of(database, lease, FakeGateway(), first).run(ACCOUNT)
    await database.jobs.retry("job-1")
    lost = await leased(database)
    await database.jobs.renew(lost, timedelta(0))
    await database.jobs.reclaim(9)

    late = FakeSender()
    with pytest.raises(LeaseLostError):
        await run_of(database, lost, FakeGateway(), late).run(ACCOUNT)
    assert late.sent == []


async def test_with_debug_the_process_logs_what_a_job_tells(
    database: Database, lease: Lease, caplog: pytest.LogCaptureFixture
) -> None:
    journal = JobJournal(database, MemoryBus(), lease)
    caplog.set_level("INFO", "cluster")
    await journal.progressed(machine.Phase.READ, machine.Progress(), notices.log("not logged"))
    caplog.set_level("DEBUG", "cluster")
    await journal.progressed(machine.Phase.READ, machine.Progress(), notices.log("this is"))
    assert [record.message for record in caplog.records if record.message.startswith("event 3 of the job, log: ")]
    assert "this is" in caplog.text
    assert "not logged" not in caplog.text


async def test_watchers_are_told_what_was_written_as_the_job_was_taken(database: Database, lease: Lease) -> None:
    told = number_events(notices.started(lease.job), "job-1", datetime.now(UTC), after=0)
    bus = MemoryBus()
    watched = bus.watch("job-1")
    await anext(watched)
    await JobJournal(database, bus, replace(lease, told=tuple(told))).started()
    assert [await anext(watched) for _ in told] == told


async def test_a_database_that_is_away_for_a_moment_is_waited_for(
    database: Database, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle, away = database.batches.settle, iter([True, True])

    async def sometimes(*arguments: Any) -> object:
        if next(away, False):
            raise StoreUnavailableError("restarting")
        return await settle(*arguments)

    monkeypatch.setattr(database.batches, "settle", sometimes)
    send = FakeSender()
    assert await run_of(database, lease, FakeGateway(), send).run(ACCOUNT) is JobStatus.COMPLETED
    assert [sent.batch.number for sent in send.sent] == [1, 2, 3]


# Names of assessments -----------------------------------------------------------------------------------------------------


async def test_a_name_is_made_of_the_first_asset_and_kept_by_a_retry(database: Database, lease: Lease) -> None:
    first, options = FakeSender(), ImportOptions(assessment_name="{asset} by {scanner}")
    first.outcomes = {2: [ImportRefusedError("no severity")]}
    await run_of(database, lease, FakeGateway(), first, options).run(ACCOUNT)
    await database.jobs.retry("job-1")

    second = FakeSender()
    await run_of(database, await leased(database), FakeGateway(), second, ImportOptions(assessment_name="other")).run(ACCOUNT)
    assert {batch.assessment_name for batch in [*first.sent, *second.sent]} == {"host-0 by TRIVY"}
    assert (await database.jobs.get(EVERYWHERE, "job-1")).assessment_name == "host-0 by TRIVY"


async def warnings_of(database: Database, lease: Lease, options: ImportOptions) -> list[str]:
    await run_of(database, lease, FakeGateway(), FakeSender(), options).run(ACCOUNT)
    return [
        event.payload for event in await database.events.read("job-1") if event.level == "WARNING" and "job-2" in event.payload
    ]


async def rival(database: Database, **given: Any) -> None:
    plain = {"job_id": "job-2", "filename": "r.json", "file_path": "jobs/job-2/upload", "file_size_bytes": 9}
    await database.jobs.create(NewJob(**{**plain, "assessment_name": "nightly", **given}))


async def test_another_report_under_the_same_name_is_warned_of(database: Database, lease: Lease) -> None:
    await rival(database)
    (said,) = await warnings_of(database, lease, ImportOptions(assessment_name="nightly"))
    assert "job-2 imports another report as assessment 'nightly'" in said


@pytest.mark.parametrize(
    "given",
    [
        {"assessment_name": "weekly"},
        {"tenant": "other"},
        {"import_type": "merge"},
        {"asset_type": "WEB"},
    ],
)
async def test_what_closes_nothing_of_ours_is_not(database: Database, lease: Lease, given: dict[str, str]) -> None:
    await rival(database, **given)
    assert await warnings_of(database, lease, ImportOptions(assessment_name="nightly")) == []


@pytest.mark.parametrize("given", [{"import_type": ImportType.DELTA}, {"just_tags": True}])
async def test_nor_is_what_closes_nothing_itself(database: Database, lease: Lease, given: dict[str, Any]) -> None:
    await rival(database)
    assert await warnings_of(database, lease, ImportOptions(assessment_name="nightly", **given)) == []
