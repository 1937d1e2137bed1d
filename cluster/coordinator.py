"""The actor that carries jobs from their lease to their end."""

import asyncio
import hashlib
import hmac
import logging
from contextlib import suppress
from datetime import timedelta
from typing import Any

import ray
from ray.exceptions import RayActorError, RayError, RayTaskError

from cluster import names, tasks
from cluster.actors import answering, find_actor
from cluster.errors import JobFailedError
from cluster.gateway import TaskGateway
from cluster.importing import BatchToImport
from cluster.journal import JobJournal
from cluster.machine import Phase, Progress, Stopped
from cluster.progress import open_bus
from cluster.report import Report
from cluster.resources import IN_FLIGHT_PER_CPU
from cluster.running import JobRun
from cluster.settings import Settings
from jobs_store.database import open_database
from jobs_store.errors import LeaseLostError, ObjectNotFoundError, SecretError, StoreError
from jobs_store.records import Job, JobStatus, Lease
from jobs_store.secrets import SecretBox
from scanner.errors import ScannerError
from scanner.options import ImportOptions
from scanner.phoenix.credentials import PhoenixCredentials

_COUNT_SECONDS = 5.0

log = logging.getLogger(__name__)


class JobCoordinator:
    """Carries several jobs to their end, and survives its own restart: a job whose coordinator died is leased again.

    Holds a few kilobytes per job, and the one request body of a short report.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._database = open_database(
            settings.database_url, secrets=SecretBox.from_setting(settings.secret_key.get_secret_value())
        )
        self._bus = open_bus(settings.redis_url)
        self._runs: dict[str, JobRun] = {}
        self._importers: list[Any] = []
        self._next_importer = 0
        self._cpus = 0.0
        self._counting = asyncio.create_task(self._count_cpus_forever())

    async def run(self, lease: Lease) -> JobStatus | None:
        """How the job ended; None where it was taken from us, or the store stayed away: then its lease runs out."""
        job = lease.job
        journal = JobJournal(self._database, self._bus, lease)
        try:
            run = await self._prepare(job, journal)
        except SecretError as error:
            await journal.finished(JobStatus.FAILED, str(error), Progress(), "", Phase.READ)
            return JobStatus.FAILED
        except StoreError as error:
            log.warning("job %s cannot start: %s", job.job_id, error)
            return None
        self._runs[job.job_id] = run
        keeper = asyncio.create_task(self._keep_lease(run, journal))
        try:
            status = await run.run()
        except StoreError as error:
            log.warning("job %s is left to its lease: %s", job.job_id, error)
            return None
        finally:
            self._runs.pop(job.job_id, None)
            keeper.cancel()
        await asyncio.to_thread(self._clean_up, job, status)
        self._wake_courier(job)
        return status

    async def cancel(self, job_id: str) -> None:
        run = self._runs.get(job_id)
        if run is not None:
            run.stop(Stopped(JobStatus.CANCELLED, "cancelled by a client"))

    async def ping(self) -> int:
        """How many jobs it carries."""
        return len(self._runs)

    async def warm_up(self) -> None:
        """Starts a worker process per CPU of this cluster, at most eight; none where nodes come with the first job."""
        count = min(8, int(await asyncio.to_thread(_cpus)))
        await asyncio.gather(*(tasks.warm_up.options(name="warm up", num_cpus=1).remote() for _ in range(count)))

    async def _prepare(self, job: Job, journal: JobJournal) -> JobRun:
        settings = self._settings
        own = await self._database.jobs.credentials(job.job_id)
        credentials = PhoenixCredentials(
            own.api_url or settings.phoenix_api_url,
            own.client_id or settings.phoenix_client_id,
            own.client_secret or settings.phoenix_client_secret.get_secret_value(),
        )
        options = ImportOptions.decode(job.processing_options)
        await self._take_over(job)
        report = Report(
            job_id=job.job_id,
            key=job.file_path,
            filename=job.filename,
            size_bytes=job.file_size_bytes,
            options=options,
            storage_url=settings.storage_url,
            short_bytes=settings.short_report_bytes,
            shard_bytes=settings.shard_bytes,
            tags=settings.tags,
            anonymizer_key=self._anonymizer_key(job, options) if options.anonymize else b"",
        )
        return JobRun(
            report,
            journal,
            TaskGateway(report),
            self._import,
            credentials,
            tasks_in_flight=self._tasks_in_flight,
            import_timeout_seconds=settings.phoenix_import_timeout,
        )

    def _tasks_in_flight(self) -> int:
        return max(2, int(self._cpus * IN_FLIGHT_PER_CPU))

    async def _count_cpus_forever(self) -> None:
        """Nodes come while a job runs: as many tasks again wait for more of them, and the autoscaler sees those that wait."""
        while True:
            with suppress(RayError):
                self._cpus = await asyncio.to_thread(_cpus)
            await asyncio.sleep(_COUNT_SECONDS)

    async def _keep_lease(self, run: JobRun, journal: JobJournal) -> None:
        """Renews the lease three times in its life, and learns on the way that a client cancelled. Also the job's clock."""
        ends_at = asyncio.get_running_loop().time() + self._settings.job_timeout
        pause = self._settings.lease_seconds / 3
        while True:
            left = ends_at - asyncio.get_running_loop().time()
            if left <= 0:
                run.stop(Stopped(JobStatus.FAILED, f"not done after {self._settings.job_timeout} seconds (JOB_TIMEOUT)"))
                ends_at += timedelta(days=365).total_seconds()
            try:
                lease = await journal.renew(self._settings.lease_for)
            except LeaseLostError as error:
                run.abandon(error)
                return
            except StoreError as error:
                log.warning("lease of %s not renewed: %s", journal.lease.job_id, error)
            else:
                if lease.job.cancel_requested:
                    run.stop(Stopped(JobStatus.CANCELLED, "cancelled by a client"))
            await asyncio.sleep(min(pause, max(left, 0.05)))

    async def _import(self, batch: BatchToImport) -> int:
        """On the next importer in turn."""
        importers = self._all_importers()
        self._next_importer = (self._next_importer + 1) % len(importers)
        importer = importers[self._next_importer]
        name = f"import {batch.job_id} batch {batch.number}/{batch.of}"
        reference = importer.import_batch.options(name=name).remote(batch)
        try:
            requests: int = await reference
        except asyncio.CancelledError:
            with suppress(RayError):
                ray.cancel(reference, recursive=False)  # it gives its place back by a call, which shall not be cancelled too
            raise
        except RayTaskError as error:
            raise _cause(error) from error
        except RayActorError:
            await answering(importer)  # Ray restarts it; only then is it worth sending the batch again
            raise
        return requests

    async def _take_over(self, job: Job) -> None:
        """Ends what an earlier carrier of the job has left with the importers; those that do not answer have lost it anyway."""
        if job.attempt > 1 or job.planned:
            calls = [importer.give_up.remote(job.job_id) for importer in self._all_importers()]
            await asyncio.gather(*calls, return_exceptions=True)

    def _all_importers(self) -> list[Any]:
        if not self._importers:
            self._importers = [find_actor(names.importer(number)) for number in range(self._settings.importers)]
        return self._importers

    def _anonymizer_key(self, job: Job, options: ImportOptions) -> bytes:
        """The same for every scan of an assessment, so that a rescan finds its assets; useless without ``SECRET_KEY``.

        By what the sender chose, not by the name that the job gets: an attempt after that must not find other assets.
        """
        secret = self._settings.secret_key.get_secret_value().split(",")[-1]
        subject = f"anonymize\0{job.tenant}\0{options.assessment_name or job.filename}"
        return hmac.digest(secret.encode(), subject.encode(), hashlib.sha256)

    def _clean_up(self, job: Job, status: JobStatus) -> None:
        """A complete job keeps its upload and skipped records until retention takes them; its bodies are in Phoenix."""
        if status is not JobStatus.COMPLETED:
            return
        try:
            storage = tasks.storage_at(self._settings.storage_url)
            for name in ("batches", "documents"):
                storage.delete_prefix(f"jobs/{job.job_id}/{name}")
        except (StoreError, ObjectNotFoundError) as error:
            log.warning("bodies of %s are left to retention: %s", job.job_id, error)

    def _wake_courier(self, job: Job) -> None:
        if job.webhook_url:
            with suppress(RayError, ValueError):
                find_actor(names.COURIER).wake.remote()


def _cpus() -> float:
    cpus: float = ray.cluster_resources().get("CPU", 0.0)  # type: ignore[no-untyped-call]
    return cpus


def _cause(error: RayTaskError) -> Exception:
    """What was raised in the importer, without Ray's traceback in its text."""
    cause = error.cause
    if isinstance(cause, ScannerError | StoreError | RayError):
        return cause
    log.error("an importer failed", exc_info=error)
    return JobFailedError(f"internal error ({type(cause).__name__}); the importer's log has more")
