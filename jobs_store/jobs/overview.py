"""What has become of all jobs that somebody sees, in numbers. No statement reads a job's events or batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, cast, func, select

from jobs_store.dialects import from_now, json_number, seconds_between, start_of_day, start_of_hour
from jobs_store.engine import Transactions
from jobs_store.jobs.records import JobStatus
from jobs_store.reach import Reach
from jobs_store.tables import jobs

SEVERITIES = ("critical", "high", "medium", "low", "info")
_MOST_TENANTS = 10
_BY_HOUR = timedelta(days=2)
"""Up to so long a time is told by hours."""


@dataclass(frozen=True, slots=True)
class Imported:
    """Of the jobs that ended in one hour or day (``start``: as ISO 8601, in UTC) and read one format."""

    start: str
    scanner: str
    jobs: int
    findings: int
    size_bytes: int
    severities: Mapping[str, int]
    """Findings imported, by severity; those that nothing rates, and those of jobs from before this was counted, are in none."""


@dataclass(frozen=True, slots=True)
class TenantPace:
    """From upload to end, of the jobs of one tenant."""

    tenant: str
    jobs: int
    mean_seconds: float
    longest_seconds: float


@dataclass(frozen=True, slots=True)
class Overview:
    by_status: Mapping[JobStatus, int]
    oldest_waiting: datetime | None
    """When the job that waits longest was submitted."""
    by_hour: bool
    imported: Sequence[Imported]
    slowest: Sequence[TenantPace]
    """Empty but for who sees all tenants."""


class OverviewRepository:
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def ask(self, reach: Reach, span: timedelta) -> Overview:
        """Jobs by state as they are; what was imported within ``span``. Three statements, four for who sees all tenants."""
        by_hour = span <= _BY_HOUR
        mine, since = reach.over(jobs), jobs.c.completed_at >= from_now(-span)
        is_done = jobs.c.status == JobStatus.COMPLETED
        async with self._transactions.read() as connection:
            states = await connection.execute(select(jobs.c.status, func.count()).where(mine).group_by(jobs.c.status))
            waiting = select(func.min(jobs.c.created_at)).where(mine, jobs.c.status == JobStatus.QUEUED)
            oldest = (await connection.execute(waiting)).scalar_one()
            imported = (await connection.execute(_imported(by_hour, mine, is_done, since))).all()
            slowest = (await connection.execute(_paces(is_done, since))).all() if reach.tenant is None else []
            return Overview(
                by_status={JobStatus(status): number for status, number in states},
                oldest_waiting=oldest,
                by_hour=by_hour,
                imported=[_counted(row) for row in imported],
                slowest=[TenantPace(tenant, number, float(mean), float(longest)) for tenant, number, mean, longest in slowest],
            )


def _imported(by_hour: bool, *conditions: ColumnElement[bool]) -> Any:
    start = (start_of_hour if by_hour else start_of_day)(jobs.c.completed_at).label("start")
    scanner = func.coalesce(jobs.c.detected_format, jobs.c.scanner_type).label("scanner")
    sums = [_sum(jobs.c.vulnerabilities_imported), _sum(jobs.c.file_size_bytes)]
    severities = [_sum(json_number(jobs.c.batch_summary, "severities", name)) for name in SEVERITIES]
    counted = select(start, scanner, func.count(), *sums, *severities).where(*conditions)
    return counted.group_by("start", "scanner").order_by("start", "scanner")


def _sum(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(func.coalesce(func.sum(column), 0), BigInteger)


def _paces(*conditions: ColumnElement[bool]) -> Any:
    took = seconds_between(jobs.c.created_at, jobs.c.completed_at)
    mean = func.avg(took).label("mean")
    paces = select(jobs.c.tenant, func.count(), mean, func.max(took)).where(*conditions).group_by(jobs.c.tenant)
    return paces.order_by(mean.desc()).limit(_MOST_TENANTS)


def _counted(row: Row[*tuple[Any, ...]]) -> Imported:
    start, scanner, number, findings, size_bytes, *severities = row
    return Imported(start, scanner, number, findings, size_bytes, dict(zip(SEVERITIES, severities, strict=True)))
