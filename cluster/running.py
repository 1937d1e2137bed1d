"""One job from its lease to its end: executes what the machine commands, and tells it what became of that."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from ray.exceptions import RayError

from cluster import machine, notices, tracing
from cluster.account import Account
from cluster.batches import BatchToImport
from cluster.errors import JobFailedError
from cluster.gateway import TaskGateway
from cluster.journal import JobJournal
from cluster.machine import JobMachine
from cluster.metering import Meter
from cluster.metering.jobs import JobMeter
from cluster.planning import plan
from cluster.report import Report
from cluster.resources import IMPORTS_IN_FLIGHT
from cluster.tracing import Attributes, span
from jobs_store.errors import LeaseLostError, StoreError
from jobs_store.events import NewEvent
from jobs_store.jobs import Batch, JobStatus, Lease
from scanner.assessments import Upload, assessment_name
from scanner.batching import PieceInfo
from scanner.errors import ScannerError
from scanner.model import ImportType
from scanner.phoenix.errors import GivenUpError
from scanner.phoenix.import_result import ImportResult

Import = Callable[[BatchToImport], Awaitable[ImportResult]]
"""Imports a batch somewhere; gives back its number of requests.

Raises `ScannerError`, `StoreError` and `JobFailedError` where that failed, `RayError` where nobody knows.
"""

_PROGRESS_SECONDS = 0.25
"""Progress is told at most this often: watchers see it move, and the store is not written for every batch."""

log = logging.getLogger(__name__)


class JobRun:
    """A shell without decisions: `JobMachine` says what is due, `JobJournal` writes, `TaskGateway` and ``send`` do the work.

    Safe to run again after a crash: imported batches are not sent again; all other work is idempotent.
    """

    def __init__(
        self,
        report: Report,
        journal: JobJournal,
        gateway: TaskGateway,
        send: Import,
        *,
        tasks_in_flight: Callable[[], int],
        import_timeout_seconds: int,
        wind_down: Callable[[], None] = lambda: None,
        settling_seconds: float = 30.0,
        meter: Meter | None = None,
    ) -> None:
        """``wind_down`` asks of whoever sends to send nothing more, and to tell what becomes of what is under way; that is
        awaited for ``settling_seconds``."""
        self._report, self._journal, self._gateway, self._send = report, journal, gateway, send
        self._account: Account | None = None
        self._meter = JobMeter(meter or Meter())
        self._wind_down, self._settling_seconds = wind_down, settling_seconds
        self._unsettled: set[int] = set()
        """Batches of which it is not known what has become of them."""
        self._tasks_in_flight = tasks_in_flight
        self._import_timeout_seconds = import_timeout_seconds
        self._machine = JobMachine()
        self._batches: dict[int, Batch] = {}
        self._awaited: set[int] = set()
        self._sent_before: set[int] = set()
        self._assessment = journal.lease.job.assessment_name or ""
        self._interrupt: asyncio.Future[machine.Stopped] = asyncio.get_running_loop().create_future()
        self._lost: LeaseLostError | None = None
        self._told_at = 0.0
        self._news: list[NewEvent] = []
        self._last: Sequence[machine.BatchImported] = ()
        """Imported, and not written yet: that goes along with the job's end."""

    @property
    def lease(self) -> Lease:
        return self._journal.lease

    @property
    def history(self) -> tuple[str, ...]:
        """What the machine was told last."""
        return self._machine.history.lines

    @property
    def has_stored(self) -> bool:
        """Whether this or an earlier attempt may have put bodies or documents into object storage."""
        stored = any(batch.storage_key is not None for batch in self._batches.values())
        return stored or self._machine.progress.shards > 0 or self.lease.job.attempt > 1

    def stop(self, stopped: machine.Stopped) -> None:
        """Ends the job soon: what has not begun does not, requests under way are settled, and what is imported is counted."""
        if not self._interrupt.done():
            self._interrupt.set_result(stopped)

    def abandon(self, error: LeaseLostError) -> None:
        """Somebody else has the job: stop without writing another word."""
        self._lost = error
        self.stop(machine.Stopped(JobStatus.FAILED, str(error)))

    async def run(self, account: Account) -> JobStatus:
        """Returns how the job ended, durable by then. Raises `LeaseLostError` and, after a while, `StoreUnavailableError`."""
        self._account = account
        await self._journal.started()
        self._told_at = time.monotonic()
        await self._resume()
        running: dict[asyncio.Task[machine.Event], machine.Command] = {}
        try:
            while True:
                settle = self._start_due(running)
                if settle is not None:
                    return await self._settle(settle)
                await self._tell()
                interrupt = () if self._machine.stopped else (self._interrupt,)
                await asyncio.wait([*running, *interrupt], return_when=asyncio.FIRST_COMPLETED)
                if self._interrupt.done():
                    await self._give_up(running)
                await self._answered([(running.pop(task), task) for task in [*running] if task.done()])
                if self._machine.stopped:
                    await self._give_up(running)
        finally:
            for task in running:
                task.cancel()
            self._gateway.cancel()

    async def refuse(self, reason: str) -> JobStatus:
        """Fails a job that cannot run, as `run` would."""
        await self._journal.started()
        await self._journal.finished(JobStatus.FAILED, reason, machine.Progress(), "", machine.Phase.READ)
        self._meter.ended(machine.Progress())
        return JobStatus.FAILED

    def _start_due(self, running: "dict[asyncio.Task[machine.Event], machine.Command]") -> machine.Settle | None:
        importing = self._machine.phase is machine.Phase.IMPORT
        room = (IMPORTS_IN_FLIGHT if importing else self._tasks_in_flight()) - len(running)
        for command in self._machine.take_due(room):
            if isinstance(command, machine.Settle):
                return command
            running[asyncio.create_task(self._execute(command))] = command
        return None

    async def _resume(self) -> None:
        batches = await self._journal.stored_plan()
        if batches is not None:
            job = self.lease.job
            self._know(batches)
            self._sent_before = set(self._batches)
            done = notices.known_of(job)
            done.requests = sum(batch.requests for batch in batches)
            self._machine = JobMachine.resume(batches, done)

    def _know(self, batches: Sequence[Batch]) -> None:
        self._batches = {batch.number: batch for batch in batches}
        self._awaited = {need for batch in batches for need in batch.needs}

    async def _execute(self, command: machine.Command) -> machine.Event:
        name, attributes = _named(command)
        with span(name, attributes) as traced:
            event = await self._executed(command)
            if isinstance(event, machine.StepFailed | machine.BatchFailed | machine.BatchLost):
                traced.fail(type(event).__name__)
            return event

    async def _executed(self, command: machine.Command) -> machine.Event:
        match command:
            case machine.StorePlan(pieces):
                return await self._store_plan(pieces)
            case machine.ImportBatch(number):
                return await self._import(number)
            case machine.Settle():
                raise AssertionError("settling is the loop's own")
            case _:
                return await self._gateway.execute(command)

    async def _store_plan(self, pieces: tuple[PieceInfo, ...]) -> machine.Event:
        done = self._machine.progress
        if not self._assessment:
            job = self.lease.job
            options = self._report.options
            upload = Upload(job.job_id, done.format, job.filename, options.path, done.counts.asset, job.created_at)
            self._assessment = assessment_name(options.assessment_name, upload)
        batches = plan(self._report, pieces, stored=self._gateway.body is None)
        done = replace(done, batches=len(batches))  # a copy: the machine counts for itself
        options, in_bulk = self._report.options, self.lease.job.bulk_id is not None  # which has been warned as a whole
        replaces = options.import_type is ImportType.NEW and not options.just_tags
        may_overwrite = replaces and bool(options.assessment_name) and not in_bulk
        await self._journal.planned(batches, done, self._assessment, may_overwrite=may_overwrite)
        self._told_at = time.monotonic()
        self._know(batches)
        return machine.PlanStored(tuple(batches))

    async def _import(self, number: int) -> machine.Event:
        assert self._account is not None, "a job that imports is running"
        batch, lease = self._batches[number], self.lease
        work = BatchToImport(
            job_id=lease.job_id,
            lease_token=lease.token,
            batch=batch,
            assessment_name=self._assessment,
            account=self._account,
            awaited=number in self._awaited,
            sent_before=number in self._sent_before,
            storage_url=self._report.storage_url,
            body=self._gateway.body if batch.storage_key is None else None,
            import_timeout_seconds=self._import_timeout_seconds,
            traceparent=tracing.current(),
        )
        try:
            result = await self._send(work)
        except GivenUpError as error:
            return machine.Stopped(JobStatus.CANCELLED, str(error))
        except (ScannerError, StoreError) as error:
            return machine.BatchFailed(number, str(error))
        except JobFailedError as error:
            return machine.BatchFailed(number, str(error))
        except RayError:
            self._sent_before.add(number)
            return machine.BatchLost(number)
        return machine.BatchImported(number, result.requests, result.request_ids, result.too_large)

    async def _answered(self, ended: "Sequence[tuple[machine.Command, asyncio.Task[machine.Event]]]") -> None:
        """Durable first, all that ended in one transaction, then memory; watchers when what is due has started."""
        given_up = machine.Stopped(JobStatus.CANCELLED, "given up")
        answers = [(command, given_up if task.cancelled() else task.result()) for command, task in ended]
        imported = [event for _, event in answers if isinstance(event, machine.BatchImported)]
        failed = [event for _, event in answers if isinstance(event, machine.BatchFailed)]
        if len(imported) == len(answers) and self._machine.are_last([command for command, _ in answers]):
            self._last = imported
        elif imported or failed:
            await self._journal.settled([*imported, *failed])
        for command, event in answers:
            self._machine.apply(command, event)
            self._meter.answered(event, self._machine.progress, self._batches)
            self._news += notices.sharded(event) if isinstance(event, machine.ReportSharded) else notices.restarted(event)

    async def _tell(self) -> None:
        """What is due is on its way by now: it does not wait for this. The plan tells of itself and of the job's phase."""
        phase = self._machine.phase
        if self._machine.stopped or phase in (machine.Phase.STORE, machine.Phase.SETTLE):
            return
        if self._news or time.monotonic() - self._told_at > _PROGRESS_SECONDS:
            news, self._news, self._told_at = self._news, [], time.monotonic()
            await self._journal.progressed(phase, self._machine.progress, *news)

    async def _give_up(self, running: "dict[asyncio.Task[machine.Event], machine.Command]") -> None:
        """Ends what is under way; the loop then answers each to the machine."""
        if self._lost is not None:
            raise self._lost
        if self._interrupt.done():
            self._machine.stop(self._interrupt.result())
        self._gateway.cancel()
        imports = {task: command.number for task, command in running.items() if isinstance(command, machine.ImportBatch)}
        for task in running.keys() - imports.keys():
            task.cancel()
        if imports:
            self._wind_down()
            told = notices.log("stopping: nothing more is sent, and what Phoenix may have by now is settled", "WARNING")
            await self._journal.progressed(self._machine.phase, self._machine.progress, told)
            _, left = await asyncio.wait(imports, timeout=self._settling_seconds)
            self._unsettled = {imports[task] for task in left}
            for task in left:
                task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _settle(self, settle: machine.Settle) -> JobStatus:
        await self._journal.finished(
            settle.status,
            settle.error + notices.unsettled(self._unsettled),
            self._machine.progress,
            self._assessment,
            self._machine.ended_in,
            last=self._last,
        )
        self._machine.settled(settle)
        self._meter.ended(self._machine.progress)
        return settle.status


def _named(command: machine.Command) -> tuple[str, Attributes]:
    """What its span is called, which is the same for all of a kind; and which one it is."""
    match command:
        case machine.ReadReport():
            return "read report", {}
        case machine.TranslateShard(number, of):
            return "translate shard", {"phoenix.shard": number + 1, "phoenix.shards": of}
        case machine.PlanPartition(number, of):
            return "plan partition", {"phoenix.partition": number + 1, "phoenix.partitions": of}
        case machine.StorePlan():
            return "store plan", {}
        case machine.ImportBatch(number):
            return "import batch", {"phoenix.batch": number}
        case machine.Settle():
            return "settle", {}
