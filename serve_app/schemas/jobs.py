"""Answers of the API, as pydantic writes them and OpenAPI describes them."""

import json
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_serializer

from jobs_store.events import Event
from jobs_store.jobs import Batch, Job, JobStatus
from serve_app.moments import zulu

JOB_ID = "job-5f0c1b2e9d8a47c6b3e1f2a4d5c6b7a8"
_TIME = "2026-03-01T12:00:00.000000Z"


class ApiAnswer(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    # a type of what it returns would be that of all fields in the OpenAPI document
    @field_serializer("*", when_used="json-unless-none")
    def _times_in_zulu(self, value: Any):  # type: ignore[no-untyped-def]
        return zulu(value) if isinstance(value, datetime) else value


class JobAnswer(ApiAnswer):
    """A job as it is now."""

    job_id: str = Field(examples=[JOB_ID])
    status: JobStatus
    progress: float = Field(ge=0, le=100, examples=[62.5])
    current_step: str | None = Field(examples=["importing: 5 of 8 batches"])
    created_at: datetime = Field(examples=[_TIME])
    started_at: datetime | None = Field(examples=[_TIME])
    completed_at: datetime | None = None
    filename: str = Field(examples=["image.json"])
    file_size_bytes: int = Field(examples=[103_000_000])
    scanner_type: str = Field(examples=["trivy"])
    """What was asked for; what was detected, once known."""
    asset_type: str | None = None
    import_type: str = Field(examples=["new"])
    assessment_name: str | None = Field(examples=["TRIVY-image-20260301_1200"])
    assets_imported: int | None = None
    vulnerabilities_imported: int | None = None
    skipped: int | None = None
    """Records that did not become findings; see `/skipped`."""
    merged: int | None = None
    """Findings that Phoenix would take for another one of the report, which has in `details.merged` what they say."""
    dismissed: dict[str, int] | None = Field(None, examples=[{"suppressed": 3, "fixed": 1}])
    """By reason, what the tool or a team has put aside; imported only with `include_dismissed`."""
    error_message: str | None = None
    error_traceback: None = None
    """Always null: tracebacks stay in the server's log."""
    batch_summary: dict[str, Any] | None = None
    recent_logs: list[str] = []
    """The last 50 lines; only where one job is asked for."""

    @classmethod
    def of(cls, job: Job, logs: list[Event] | None = None) -> "JobAnswer":
        summary = json.loads(job.batch_summary) if job.batch_summary else None
        return cls(
            job_id=job.job_id,
            status=job.status,
            progress=job.progress,
            current_step=job.current_step,
            created_at=job.created_at,
            started_at=job.started_at,
            completed_at=job.completed_at,
            filename=job.filename,
            file_size_bytes=job.file_size_bytes,
            scanner_type=job.detected_format or job.scanner_type,
            asset_type=job.asset_type,
            import_type=job.import_type,
            assessment_name=job.assessment_name,
            assets_imported=job.assets_imported,
            vulnerabilities_imported=job.vulnerabilities_imported,
            skipped=job.skipped,
            merged=(summary or {}).get("merged"),
            dismissed=(summary or {}).get("dismissed"),
            error_message=job.error_message,
            batch_summary=summary,
            recent_logs=[log_line(event) for event in logs or ()],
        )


class JobPage(ApiAnswer):
    """One page of jobs, newest first."""

    total: int
    """Of all pages."""
    jobs: list[JobAnswer]
    page: int
    page_size: int


class UploadAnswer(ApiAnswer):
    """The upload is durable and the job waits."""

    job_id: str = Field(examples=[JOB_ID])
    status: JobStatus
    message: str = Field(examples=["image.json is queued"])
    created_at: datetime = Field(examples=[_TIME])
    websocket_url: str = Field(examples=[f"ws://127.0.0.1:8000/ws/{JOB_ID}?token=eyJ…"])
    """Carries a token that is short-lived and opens this job only."""


class RetryAnswer(JobAnswer):
    """The job waits again."""


class BatchAnswer(ApiAnswer):
    """One request body of a job, and how far its import is."""

    number: int
    state: str = Field(examples=["imported"])
    asset_type: str = Field(examples=["CONTAINER"])
    import_type: str = Field(examples=["merge"])
    needs: list[int]
    """Numbers of the batches that must be settled before it."""
    assets: int
    findings: int
    size_bytes: int
    attempts: int
    requests: int
    request_id: str | None
    """Phoenix's name for the import; several, with commas between them, where it took the batch in parts."""
    error: str | None
    updated_at: datetime

    @classmethod
    def of(cls, batch: Batch) -> "BatchAnswer":
        assert batch.updated_at is not None, "the store has written it"
        return cls(
            number=batch.number,
            state=batch.state,
            asset_type=batch.asset_type,
            import_type=batch.import_type,
            needs=list(batch.needs),
            assets=batch.assets,
            findings=batch.findings,
            size_bytes=batch.size_bytes,
            attempts=batch.attempts,
            requests=batch.requests,
            request_id=batch.request_id,
            error=batch.error,
            updated_at=batch.updated_at,
        )


class Batches(ApiAnswer):
    total: int
    batches: list[BatchAnswer]


class FormatAnswer(ApiAnswer):
    slug: str = Field(examples=["trivy"])
    titles: list[str] = Field(examples=[["Trivy Scan"]])
    aliases: list[str] = []
    scanner: str = Field(examples=["Trivy"])
    kinds: list[str] = Field(examples=[["json"]])
    asset_type: str = Field(examples=["CONTAINER"])


class FormatDetailAnswer(FormatAnswer):
    produce: str = Field(examples=["trivy image --format json app:1.0 > report.json"])
    """The command, or the way through the product's menus, that writes such a report."""
    sources: list[str]
    """Addresses of the documentation or source that it was made from."""


class Formats(ApiAnswer):
    total: int
    formats: list[FormatAnswer]


class Ping(ApiAnswer):
    status: str = "ok"
    timestamp: datetime


def log_line(event: Event) -> str:
    return f"{zulu(event.time)} {event.level} {json.loads(event.payload).get('message', '')}"
