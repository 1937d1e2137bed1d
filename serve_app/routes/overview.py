"""``GET /api/v1/overview``: what has become of all jobs that the caller sees, in numbers."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from jobs_store.jobs import JobStatus
from jobs_store.jobs.overview import Overview
from serve_app.access.auth import ReaderDep, WiringDep, key_required
from serve_app.schemas.jobs import ApiAnswer

router = APIRouter(prefix="/api/v1/overview", tags=["jobs"], dependencies=key_required)


class ImportedAnswer(ApiAnswer):
    """Of the completed jobs that ended in one hour or day and read one format."""

    start: str
    """Of the hour or day, in UTC."""
    scanner: str
    jobs: int
    findings: int
    size_bytes: int
    severities: dict[str, int]
    """Findings read: critical, high, medium, low, info. What nothing rates is in none."""


class PaceAnswer(ApiAnswer):
    """Seconds from upload to end."""

    tenant: str
    jobs: int
    mean_seconds: float
    longest_seconds: float


class OverviewAnswer(ApiAnswer):
    by_status: dict[JobStatus, int]
    """All jobs that there are."""
    oldest_waiting: datetime | None
    by_hour: bool
    """Whether `imported` counts by hours; else by days."""
    imported: list[ImportedAnswer]
    slowest_tenants: list[PaceAnswer]
    """For who operates the service; else empty."""

    @classmethod
    def of(cls, overview: Overview) -> "OverviewAnswer":
        return cls(
            by_status=dict(overview.by_status),
            oldest_waiting=overview.oldest_waiting,
            by_hour=overview.by_hour,
            imported=[
                ImportedAnswer(
                    start=each.start,
                    scanner=each.scanner,
                    jobs=each.jobs,
                    findings=each.findings,
                    size_bytes=each.size_bytes,
                    severities=dict(each.severities),
                )
                for each in overview.imported
            ],
            slowest_tenants=[
                PaceAnswer(
                    tenant=each.tenant, jobs=each.jobs, mean_seconds=each.mean_seconds, longest_seconds=each.longest_seconds
                )
                for each in overview.slowest
            ],
        )


@router.get("", summary="What has become of all jobs, in numbers")
async def show_overview(
    wiring: WiringDep,
    caller: ReaderDep,
    days: Annotated[int, Query(ge=1, le=90, description="How far back; up to 2 days are told by hours.")] = 14,
) -> OverviewAnswer:
    return OverviewAnswer.of(await wiring.database.overview.ask(caller.reach, timedelta(days=days)))
