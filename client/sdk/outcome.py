"""What an ended job means to a caller who wanted it completed."""

from client.errors import JobFailedError
from client.sdk.jobs import Job, JobStatus


def require_completed(job: Job) -> Job:
    if job.status is not JobStatus.COMPLETED:
        raise JobFailedError(job.job_id, job.status, job.error_message or "")
    return job
