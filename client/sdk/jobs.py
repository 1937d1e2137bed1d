"""What the service says about jobs. Fields that it adds later are ignored; times are aware, in UTC."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec


class JobStatus(StrEnum):
    PENDING = "pending"
    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job as it was when the service answered. The answer to an upload knows only its first fields."""

    job_id: str
    status: JobStatus
    progress: float = 0.0
    """0 to 100."""
    current_step: str | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    filename: str | None = None
    file_size_bytes: int | None = None
    scanner_type: str | None = None
    """What was asked for; what was detected, once that is known."""
    asset_type: str | None = None
    import_type: str | None = None
    assessment_name: str | None = None
    assets_imported: int | None = None
    vulnerabilities_imported: int | None = None
    skipped: int | None = None
    merged: int | None = None
    """Findings that another one of the report stands for."""
    dismissed: dict[str, int] | None = None
    """By reason, what the tool or a team has put aside."""
    error_message: str | None = None
    batch_summary: Any = None
    recent_logs: list[str] | None = None
    """The last 50 lines; only in a single job's answer."""


class JobPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of jobs, newest first; ``total`` counts all pages."""

    total: int
    jobs: list[Job]
    page: int = 1
    page_size: int = 50


class SkippedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A record of the report that did not become a finding: where it is, and why."""

    place: str = ""
    reason: str = ""


class SkippedRecords(msgspec.Struct, frozen=True, kw_only=True):
    """``total`` may be larger than the number of records kept."""

    skipped: list[SkippedRecord]
    total: int | None = None


class DismissedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A finding of the report that the tool or a team has put aside: where it is, why, and what was said of it."""

    place: str = ""
    reason: str = ""
    name: str = ""
    asset: str = ""
    note: str = ""


class DismissedRecords(msgspec.Struct, frozen=True, kw_only=True):
    """``total`` may be larger than the number of records kept."""

    dismissed: list[DismissedRecord]
    total: int | None = None


class MergedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that another one of the same asset, name and location stands for, and what it says differently."""

    asset: str = ""
    name: str = ""
    location: str = ""
    reason: str = ""
    differs: dict[str, str] = {}


class MergedRecords(msgspec.Struct, frozen=True, kw_only=True):
    """``total`` may be larger than the number of records kept."""

    merged: list[MergedRecord]
    total: int | None = None


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """One request body of the job, and how far its import is."""

    number: int
    state: str
    import_type: str | None = None
    needs: list[int] = []
    """Numbers of the batches that must be settled before."""
    assets: int | None = None
    findings: int | None = None
    size_bytes: int | None = None
    attempts: int | None = None
    request_id: str | None = None
    error: str | None = None


class Batches(msgspec.Struct, frozen=True, kw_only=True):
    batches: list[Batch]
    total: int | None = None
