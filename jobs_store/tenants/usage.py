"""What a tenant has in the store at this moment."""

from dataclasses import dataclass

from sqlalchemy import case, func, select

from jobs_store.engine import Transactions
from jobs_store.jobs.records import JobStatus
from jobs_store.jobs.transitions import WAITING
from jobs_store.tables import jobs, uploads
from jobs_store.uploads.records import UploadState

_NOT_YET_JOBS = (UploadState.OPEN, UploadState.COMPLETE)


@dataclass(frozen=True, slots=True)
class TenantUsage:
    stored_bytes: int
    """Of reports as they were sent, until they are cleaned up; unused direct uploads count with what they announce."""
    jobs_waiting: int
    jobs_running: int


async def usage_of(transactions: Transactions, tenant: str) -> TenantUsage:
    """Two statements over the tenant's jobs and uploads that are kept."""
    of_jobs = select(
        func.coalesce(func.sum(case((jobs.c.cleaned_at.is_(None), jobs.c.file_size_bytes), else_=0)), 0),
        func.count(case((jobs.c.status.in_(WAITING), 1))),
        func.count(case((jobs.c.status == JobStatus.PROCESSING, 1))),
    ).where(jobs.c.tenant == tenant)
    of_uploads = select(func.coalesce(func.sum(uploads.c.size_bytes), 0)).where(
        uploads.c.tenant == tenant, uploads.c.state.in_(_NOT_YET_JOBS)
    )
    async with transactions.read() as connection:
        stored, waiting, running = (await connection.execute(of_jobs)).one()
        announced = (await connection.execute(of_uploads)).scalar_one()
    return TenantUsage(int(stored) + int(announced), waiting, running)
