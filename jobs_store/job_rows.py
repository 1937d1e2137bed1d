"""Rows of ``jobs`` to records. The secret columns are not among those that are read."""

from dataclasses import fields
from typing import Any

from sqlalchemy import Row

from jobs_store.records import Job, JobStatus, Lease
from jobs_store.tables import jobs

JOB_COLUMNS = tuple(jobs.c[field.name] for field in fields(Job))
LEASE_COLUMNS = (*JOB_COLUMNS, jobs.c.lease_token, jobs.c.lease_expires_at)


def job_of(row: Row[*tuple[Any, ...]]) -> Job:
    values = {column.name: getattr(row, column.name) for column in JOB_COLUMNS}
    return Job(**values | {"status": JobStatus(row.status), "progress": float(row.progress)})  # RETURNING of SQLite gives 0


def lease_of(row: Row[*tuple[Any, ...]]) -> Lease:
    return Lease(job_of(row), row.lease_token, row.lease_expires_at)
