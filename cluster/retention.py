"""Removes what ended jobs left in object storage, once nobody needs it."""

import asyncio
from datetime import UTC, datetime, timedelta

from cluster.settings import Settings
from cluster.tasks import storage_at
from jobs_store.database import Database

_AT_ONCE = 100


async def remove_expired(database: Database, settings: Settings) -> int:
    """Deletes the objects of jobs that ended more than ``CLEANUP_AFTER_DAYS`` ago; gives back of how many jobs.

    The rows stay; the job can no longer be retried. Idempotent: objects go first, then the row is marked.
    """
    cutoff = datetime.now(UTC) - timedelta(days=settings.cleanup_after_days)
    storage, removed = storage_at(settings.storage_url), 0
    while jobs := await database.jobs.ended_before(cutoff, _AT_ONCE):
        for job in jobs:
            await asyncio.to_thread(storage.delete_prefix, f"jobs/{job.job_id}")
            await database.jobs.mark_cleaned(job.job_id)
        removed += len(jobs)
    return removed
