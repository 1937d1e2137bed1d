"""The actor that carries jobs from their lease to their end."""

import asyncio
import logging
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import ray
from ray.exceptions import RayActorError, RayError
from structlog.contextvars import bound_contextvars

from cluster import names, notices, tasks
from cluster.accounts import Accounts, database_of
from cluster.actors import answering, ended_together, find_actor
from cluster.batches import BatchToImport
from cluster.gateway import TaskGateway
from cluster.journal import Announcer, JobJournal
from cluster.machine import Stopped
from cluster.metering import process_meter
from cluster.priority import Niceness, give_way
from cluster.progress import open_bus
from cluster.report import Report, TaskLimits, anonymizer_key
from cluster.report_reader import ReportReader
from cluster.resources import CALL_BYTES, COORDINATOR_JOBS, IMPORTER_BATCHES, IN_FLIGHT_PER_CPU
from cluster.running import JobRun
from cluster.settings import Settings
from cluster.telemetry import look_after
from cluster.tracing import Attributes, Kind, Span, span, trace_id_of
from jobs_store.errors import JobNotFoundError, LeaseLostError, ObjectNotFoundError, SecretError, StoreError
from jobs_store.jobs import Credentials, Job, JobStatus, Lease
from jobs_store.storage import layout
from jobs_store.together import Together, Waiting
from scanner.options import ImportOptions
from scanner.phoenix.import_result import ImportResult

_COUNT_SECONDS = 5.0
CANCELLED = Stopped(JobStatus.CANCELLED, "cancelled by a client")

log = logging.getLogger(__name__)


class JobCoordinator:
    """Carries jobs to their end, and survives its own restart: a job whose coordinator died is leased again.

    Each job has a machine and a run of its own; what several of them need at the same time they need together: one write of the
    journal, one task for short reports, one call of an importer. A lone job is a group of one.
    Holds a few kilobytes per job, and the one request body of a short report.
    """

    def __init__(self, settings: Settings) -> None:
        give_way(Niceness.CARRYING)
        look_after(settings)
        self._settings = settings
        self._database = database_of(settings)
        self._accounts = Accounts(settings, self._database)
        self._announcer = Announcer(open_bus(settings.redis_url))
        self._cpus = 0.0
        self._reader = ReportReader(tasks_at_once=lambda: max(2, int(self._cpus)))
        self._sending: Together[BatchToImport, ImportResult] = Together(
            self._import, groups=sys.maxsize, most=IMPORTER_BATCHES, room=CALL_BYTES, weigh=lambda sent: sent.batch.size_bytes
        )
        self._credentials: Together[str, Credentials] = Together(self._fetch_credentials, groups=1, most=COORDINATOR_JOBS)
        self._runs: dict[str, JobRun] = {}
        """By the token of their lease: a job that was lost may come back while its earlier run has not noticed."""
        self._carried: set[asyncio.Task[None]] = set()
        self._importers: list[Any] = []
        self._next_importer = 0
        self._counting = asyncio.create_task(self._count_cpus_forever())
        self._keeper = asyncio.create_task(self._keep_leases())

    async def run(self, leases: list[Lease]) -> AsyncGenerator[list[str], None]:
        """Tells the ids of jobs as they end, or are left to their leases: those together that ended together.

        The jobs go on, whoever listens or leaves.
        """
        carrying = {asyncio.create_task(self._carry(lease)): lease.job_id for lease in leases}
        for task in carrying:
            self._carried.add(task)
            task.add_done_callback(self._carried.discard)
        while carrying:
            yield [carrying.pop(task) for task in await ended_together(carrying)]

    async def cancel(self, job_id: str) -> None:
        for run in self._runs.values():
            if run.lease.job_id == job_id:
                run.stop(CANCELLED)

    async def give_back(self) -> None:
        """Its jobs wait in the queue again, for another coordinator to go on with them: this one's process is about to end."""
        self._keeper.cancel()
        leases = [run.lease for run in self._runs.values()]
        await self._database.jobs.give_back(leases, announce=notices.given_back)

    async def ping(self) -> int:
        """How many jobs it carries."""
        return len(self._runs)

    async def warm_up(self) -> None:
        """Starts a worker process per CPU of this cluster, at most eight; none where nodes come with the first job."""
        count = min(8, int(await asyncio.to_thread(_cpus)))
        await asyncio.gather(*(tasks.warm_up.options(name="warm up", num_cpus=1).remote() for _ in range(count)))

    async def _carry(self, lease: Lease) -> None:
        """Whatever happens to one job is no other's business. Its lines in the log, and its spans, say whose they are."""
        job = lease.job
        about = {"job_id": job.job_id, "tenant": job.tenant, "request_id": job.request_id}
        told = {name: text for name, text in (about | {"trace_id": trace_id_of(job.traceparent)}).items() if text}
        marks: Attributes = {"phoenix.job_id": job.job_id, "phoenix.tenant": job.tenant, "phoenix.attempt": job.attempt}
        with bound_contextvars(**told), span("job", marks, parent=job.traceparent, kind=Kind.CONSUMER) as traced:
            await self._carry_traced(lease, traced)

    async def _carry_traced(self, lease: Lease, traced: Span) -> None:
        job = lease.job
        try:
            report = self._report(job)
            run = self._runs[lease.token] = self._prepare(lease, report)
            if report.options.anonymize:
                await asyncio.to_thread(self._store_anonymizer_key, job, report)
            log.log(logging.DEBUG if job.attempt == 1 else logging.WARNING, "attempt %d begins", job.attempt)
            status = await self._run(run)
            log.info("the job is %s", status.value)
            traced.note("phoenix.status", status.value)
            if status is JobStatus.FAILED:
                traced.fail(status.value)
            if status is JobStatus.COMPLETED and run.has_stored:
                await asyncio.to_thread(self._clean_up, job)
            self._wake_courier(job)
        except StoreError as error:
            log.warning("job %s is left to its lease: %s", job.job_id, error)
        except Exception:  # the edge of a job: others go on, and its lease brings it back
            history = self._runs[lease.token].history if lease.token in self._runs else ()
            log.exception("job %s is left to its lease, after %s", job.job_id, ", ".join(history) or "nothing")
        finally:
            self._runs.pop(lease.token, None)

    async def _run(self, run: JobRun) -> JobStatus:
        job = run.lease.job
        try:
            credentials = self._accounts.of_job(await self._credentials(job.job_id))
        except SecretError as error:
            return await run.refuse(str(error))
        await self._take_over(job)
        account = self._accounts.account(credentials, job.job_id, job.tenant)
        seconds = self._settings.job_timeout
        late = Stopped(JobStatus.FAILED, f"not done after {seconds} seconds (JOB_TIMEOUT)")
        clock = asyncio.get_running_loop().call_later(seconds, run.stop, late)
        try:
            return await run.run(account)
        finally:
            clock.cancel()

    async def _fetch_credentials(self, group: Sequence[Waiting[str, Credentials]]) -> None:
        found = await self._database.jobs.credentials_of([waiting.item for waiting in group])
        for waiting in group:
            waiting.answered(found.get(waiting.item) or JobNotFoundError(waiting.item))

    def _report(self, job: Job) -> Report:
        settings = self._settings
        return Report(
            job_id=job.job_id,
            key=job.file_path,
            filename=job.filename,
            size_bytes=job.file_size_bytes,
            options=ImportOptions.decode(job.processing_options),
            storage_url=settings.storage_url,
            short_bytes=settings.short_report_bytes,
            shard_bytes=settings.shard_bytes,
            tags=settings.tags,
            limits=TaskLimits(settings.task_memory_mb << 20, settings.task_seconds, settings.max_unpacked_mb * 1_000_000),
            node_labels=settings.labels_for(job.file_size_bytes),
            tenant=job.tenant,
        )

    def _prepare(self, lease: Lease, report: Report) -> JobRun:
        return JobRun(
            report,
            JobJournal(self._database, self._announcer, lease),
            TaskGateway(report, self._reader),
            self._sending,
            tasks_in_flight=self._tasks_in_flight,
            import_timeout_seconds=self._settings.phoenix_import_timeout,
            wind_down=partial(self._wind_down, lease),
            meter=process_meter(),
        )

    def _tasks_in_flight(self) -> int:
        return max(2, int(self._cpus * IN_FLIGHT_PER_CPU))

    async def _count_cpus_forever(self) -> None:
        """Nodes come while a job runs: as many tasks again wait for more of them, and the autoscaler sees those that wait."""
        while True:
            with suppress(RayError):
                self._cpus = await asyncio.to_thread(_cpus)
            await asyncio.sleep(_COUNT_SECONDS)

    async def _keep_leases(self) -> None:
        """Renews all of them three times in their life, and learns on the way what clients cancelled."""
        while True:
            await asyncio.sleep(self._settings.lease_seconds / 3)
            runs = dict(self._runs)
            if not runs:
                continue
            try:
                renewed = await self._database.jobs.renew_all([run.lease for run in runs.values()], self._settings.lease_for)
            except StoreError as error:
                log.warning("%d leases not renewed: %s", len(runs), error)
                continue
            for token, run in runs.items():
                if token not in renewed:
                    run.abandon(LeaseLostError(run.lease.job_id))
                elif renewed[token].job.cancel_requested:
                    run.stop(CANCELLED)

    async def _import(self, group: Sequence[Waiting[BatchToImport, ImportResult]]) -> None:
        """On the next importer in turn."""
        importers = self._all_importers()
        self._next_importer = (self._next_importer + 1) % len(importers)
        importer = importers[self._next_importer]
        batches = [waiting.item for waiting in group]
        name = names.group("import", [batch.job_id for batch in batches])
        ended = importer.import_batches.options(num_returns="streaming", name=name).remote(batches)
        for waiting in group:
            waiting.answer.add_done_callback(partial(_give_up, importer, waiting.item))
        try:
            async for outcomes in ended:
                for place, outcome in await outcomes:
                    group[place].answered(outcome)
        except RayActorError:
            await answering(importer)  # Ray restarts it; only then is it worth sending the batches again
            raise

    def _wind_down(self, lease: Lease) -> None:
        for importer in self._all_importers():
            importer.wind_down.remote(lease.job_id, lease.token)

    async def _take_over(self, job: Job) -> None:
        """Ends what an earlier carrier of the job has left with the importers; those that do not answer have lost it anyway."""
        if job.attempt > 1 or job.planned:
            calls = [importer.give_up.remote(job.job_id) for importer in self._all_importers()]
            await asyncio.gather(*calls, return_exceptions=True)

    def _all_importers(self) -> list[Any]:
        if not self._importers:
            self._importers = [find_actor(names.importer(number)) for number in range(self._settings.importers)]
        return self._importers

    def _store_anonymizer_key(self, job: Job, report: Report) -> None:
        """For the job's tasks, of which nothing that is secret may be an argument."""
        key = anonymizer_key(self._settings.secret_key.get_secret_value(), job.tenant)
        tasks.storage_at(self._settings.storage_url).put(layout.anonymizer_key(report.job_id), key)

    def _clean_up(self, job: Job) -> None:
        """A complete job keeps its upload and what it tells of records until retention takes them; bodies are in Phoenix."""
        try:
            storage = tasks.storage_at(self._settings.storage_url)
            for folder in (layout.bodies(job.job_id), layout.documents(job.job_id)):
                storage.delete_prefix(folder)
            storage.delete(layout.anonymizer_key(job.job_id))
        except (StoreError, ObjectNotFoundError) as error:
            log.warning("bodies of %s are left to retention: %s", job.job_id, error)

    def _wake_courier(self, job: Job) -> None:
        if job.webhook_url:
            with suppress(RayError, ValueError):
                find_actor(names.COURIER).wake.remote()


def _cpus() -> float:
    cpus: float = ray.cluster_resources().get("CPU", 0.0)  # type: ignore[no-untyped-call]
    return cpus


def _give_up(importer: Any, batch: BatchToImport, answer: "asyncio.Future[int]") -> None:
    """Nobody waits for the batch any more, because its job was stopped: nor for any other that it has there."""
    if answer.cancelled():
        importer.give_up.remote(batch.job_id, batch.lease_token)
