"""Jobs of the service under measurement, and how long they took by the service's own clock, which is this machine's."""

import time
from datetime import datetime

from benchmarks.errors import JobNotCompletedError
from client.sdk.jobs import Job, JobStatus
from client.sdk.scanner import PhoenixScanner

_POLL_SECONDS = 0.25
_PATIENCE_SECONDS = 900.0
_PAGE = 100


def ended(client: PhoenixScanner, job_id: str) -> Job:
    """The job once it is completed. Raises `JobNotCompletedError` where it ends otherwise or does not end."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while not (job := client.job(job_id)).status.ended and time.monotonic() < until:
        time.sleep(_POLL_SECONDS)
    if job.status is not JobStatus.COMPLETED:
        raise JobNotCompletedError(job.filename or job_id, job.status, job.error_message or "it took too long")
    return job


def completion(job: Job) -> datetime:
    assert job.completed_at is not None, "a completed job knows when"
    return job.completed_at


def completed_since(client: PhoenixScanner, known: set[str], count: int) -> list[Job]:
    """So many completed jobs that are not among the known ones, once they are there. Raises `JobNotCompletedError`.

    What is asked for while they run is cheap: listing all again and again took 2 of 30 ms per job.
    """
    until = time.monotonic() + _PATIENCE_SECONDS
    while any(client.jobs(page_size=1, status=status).total for status in JobStatus if not status.ended):
        if time.monotonic() > until:
            raise JobNotCompletedError(f"{count} reports", "not all completed", "it took too long")
        time.sleep(_POLL_SECONDS)
    jobs = [job for job in all_jobs(client) if job.job_id not in known]
    if len(jobs) != count:
        raise JobNotCompletedError(f"{count} reports", f"{len(jobs)} jobs", "")
    for job in jobs:
        if job.status is not JobStatus.COMPLETED:
            raise JobNotCompletedError(job.filename or job.job_id, job.status, job.error_message or "")
    return jobs


def all_jobs(client: PhoenixScanner) -> list[Job]:
    jobs: list[Job] = []
    for page in range(1, 1000):
        answer = client.jobs(page=page, page_size=_PAGE)
        jobs += answer.jobs
        if len(jobs) >= answer.total or not answer.jobs:
            break
    return jobs
