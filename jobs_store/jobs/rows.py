"""Rows of ``jobs`` to records. The secret columns are not among those that are read."""

from dataclasses import fields
from typing import Any

from sqlalchemy import Row

from jobs_store.jobs.records import Job, JobStatus, Lease
from jobs_store.tables import jobs

_NAMES = tuple(field.name for field in fields(Job))
JOB_COLUMNS = tuple(jobs.c[name] for name in _NAMES)
LEASE_COLUMNS = (*JOB_COLUMNS, jobs.c.lease_token, jobs.c.lease_expires_at)


def job_of(row: Row[*tuple[Any, ...]]) -> Job:
    """Of a row that begins with `JOB_COLUMNS`."""
    values = dict(zip(_NAMES, row, strict=False))  # a lease has more
    return Job(**values | {"status": JobStatus(row.status), "progress": float(row.progress)})  # RETURNING of SQLite gives 0


def lease_of(row: Row[*tuple[Any, ...]]) -> Lease:
    return Lease(job_of(row), row.lease_token, row.lease_expires_at)
