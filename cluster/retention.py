"""Removes from object storage what nobody needs: what ended jobs left, and uploads that never became a job."""

import asyncio
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta

from cluster.bulks.order import SourceKind, StoredOrder
from cluster.settings import Settings
from cluster.tasks import storage_at
from jobs_store.bulks import Bulk
from jobs_store.database import Database
from jobs_store.errors import UploadGoneError, UploadNotFoundError
from jobs_store.reach import EVERYWHERE
from jobs_store.storage import ObjectStorage, layout

_AT_ONCE = 100
_DAYS_TO_BECOME_A_JOB = 3
"""Counted from the day on which an upload begins; it becomes a job as soon as it is here."""


async def remove_expired(database: Database, settings: Settings) -> int:
    """Deletes the objects of jobs that ended ``CLEANUP_AFTER_DAYS`` or their tenant's own time ago; gives back of how many.

    The rows stay; the job can no longer be retried. Idempotent: objects go first, then the row is marked.
    Direct uploads that nobody has used in time go too, rows and all, and the archives and orders of bulks as old as the jobs.
    The audit log is cut off where it is older than ``AUDIT_KEEP_DAYS``.
    """
    storage = storage_at(settings.storage_url)
    await _remove_uploads(database, storage)
    own_days = await database.tenants.retentions()
    removed = await _remove_ended(database, storage, _cutoff(settings.cleanup_after_days), others=tuple(own_days))
    for tenant, days in own_days.items():
        removed += await _remove_ended(database, storage, _cutoff(days), tenant=tenant)
    await database.sessions.remove_expired()
    while await database.audit.cut(timedelta(days=settings.audit_keep_days)):
        pass
    for tenant in await database.tenants.removed():
        await database.tenants.forget(tenant)
    return removed


def _cutoff(days: float) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


async def _remove_ended(
    database: Database, storage: ObjectStorage, cutoff: datetime, *, tenant: str | None = None, others: Collection[str] = ()
) -> int:
    """Of one tenant where it is given, else of all but ``others``, which have their own time."""
    removed = 0
    while bulks := await database.bulks.ended_before(cutoff, _AT_ONCE, tenant=tenant, others=others):
        await _remove_archives(database, storage, bulks)
    while jobs := await database.jobs.ended_before(cutoff, _AT_ONCE, tenant=tenant, others=others):
        for job in jobs:
            await asyncio.to_thread(storage.delete_prefix, layout.job_folder(job.job_id))
            await asyncio.to_thread(storage.delete, job.file_path)  # a direct upload has a place of its own
            await database.jobs.mark_cleaned(job.job_id)
        removed += len(jobs)
    return removed


async def _remove_archives(database: Database, storage: ObjectStorage, bulks: Iterable[Bulk]) -> None:
    """With what their orders keep secret."""
    for bulk in bulks:
        order = await database.bulks.order(bulk.bulk_id)
        for source in StoredOrder.decode(order).sources if order is not None else ():
            if source.kind is SourceKind.ARCHIVE:
                with suppress(UploadNotFoundError):  # it was never there
                    upload = await database.uploads.get(EVERYWHERE, source.reference)
                    await asyncio.to_thread(storage.delete, upload.storage_key)
        await database.bulks.mark_cleaned(bulk.bulk_id)


async def _remove_uploads(database: Database, storage: ObjectStorage) -> None:
    while upload_ids := await database.uploads.expired(_AT_ONCE):
        for upload_id in upload_ids:
            with suppress(UploadNotFoundError, UploadGoneError):  # used or removed at this moment
                upload = await database.uploads.remove(EVERYWHERE, upload_id)
                await asyncio.to_thread(storage.abort_parts, upload.storage_key, upload.parts_id)
                await asyncio.to_thread(storage.delete, upload.storage_key)
                await database.uploads.forget(upload_id)


async def remove_orphans(database: Database, storage: ObjectStorage, today: date, *, upload_hours: float) -> int:
    """Deletes uploads that no job has, days after they came; gives back how many. Lists all that are kept: not often.

    They are left by a process that died, or lost the database, while it stored an upload or before it wrote its job; the job
    may have been written since, with the same upload stored anew on another day. Direct uploads may take ``upload_hours``.
    """
    first_day = today - timedelta(days=_DAYS_TO_BECOME_A_JOB)
    begun_before = datetime.combine(first_day, time.min, UTC) - timedelta(hours=upload_hours)
    removed = await asyncio.to_thread(storage.remove_unfinished, begun_before)
    oldest = layout.received_on(first_day)
    keys = await asyncio.to_thread(lambda: [key for key in storage.list(layout.RECEIVED) if key < oldest])
    for start in range(0, len(keys), _AT_ONCE):
        for key in await database.jobs.orphans({key: layout.job_of_received(key) for key in keys[start : start + _AT_ONCE]}):
            await asyncio.to_thread(storage.delete, key)
            removed += 1
    return removed
