"""Answers and orders of the API's second version, where they are not those of the first."""

import json
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from jobs_store.events import Event, EventKind
from jobs_store.jobs import Job, JobFilter, JobStatus
from serve_app.schemas.bulks import BULK_ID, BulkAnswer, SkippedMemberAnswer
from serve_app.schemas.jobs import JOB_ID, ApiAnswer, BatchAnswer, FormatAnswer
from serve_app.schemas.keys import KeyAnswer, Moment
from serve_app.schemas.outcomes import MOST_AT_ONCE, Outcomes
from serve_app.schemas.tenants import TenantAnswer
from serve_app.schemas.webhooks import WebhookAnswer

_CURSOR = "MjAyNi0wMy0wMVQxMjowMDowMCswMDowMCBqb2ItNWYwYw"


class PageAnswer(ApiAnswer):
    next: str | None = Field(examples=[_CURSOR])
    """Cursor of the next page, for `after`; null after the last."""


class JobV2(ApiAnswer):
    """A job as it is now."""

    id: str = Field(examples=[JOB_ID])
    tenant: str
    state: JobStatus
    progress: float = Field(ge=0, le=100)
    current_step: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    filename: str
    file_size_bytes: int
    scanner: str
    """What was asked for; what was detected, once known."""
    asset_type: str | None
    import_type: str
    assessment: str | None
    bulk_id: str | None
    submitted_by: str | None
    assets_imported: int | None
    findings_imported: int | None
    skipped: int | None
    merged: int | None
    dismissed: dict[str, int] | None
    error_message: str | None
    batch_summary: dict[str, Any] | None

    @classmethod
    def of(cls, job: Job) -> Self:
        summary = json.loads(job.batch_summary) if job.batch_summary else None
        return cls(
            id=job.job_id,
            tenant=job.tenant,
            state=job.status,
            progress=job.progress,
            current_step=job.current_step,
            created_at=job.created_at,
            started_at=job.started_at,
            completed_at=job.completed_at,
            filename=job.filename,
            file_size_bytes=job.file_size_bytes,
            scanner=job.detected_format or job.scanner_type,
            asset_type=job.asset_type,
            import_type=job.import_type,
            assessment=job.assessment_name,
            bulk_id=job.bulk_id,
            submitted_by=job.submitted_by,
            assets_imported=job.assets_imported,
            findings_imported=job.vulnerabilities_imported,
            skipped=job.skipped,
            merged=(summary or {}).get("merged"),
            dismissed=(summary or {}).get("dismissed"),
            error_message=job.error_message,
            batch_summary=summary,
        )


class JobsV2(PageAnswer):
    items: list[JobV2]
    by_state: dict[JobStatus, int] | None = None
    """How many the filter fits, of all pages; only where `counts` asks for it."""


class EventV2(ApiAnswer):
    seq: int
    time: datetime
    type: EventKind
    level: str
    data: dict[str, Any]

    @classmethod
    def of(cls, event: Event) -> Self:
        return cls(seq=event.seq, time=event.time, type=event.kind, level=event.level, data=json.loads(event.payload))


class EventsV2(PageAnswer):
    items: list[EventV2]


class BatchesV2(PageAnswer):
    items: list[BatchAnswer]


class SkippedRecordV2(ApiAnswer):
    number: int
    place: str
    reason: str


class DismissedRecordV2(SkippedRecordV2):
    """A finding that the tool or a team has put aside."""

    name: str
    asset: str
    note: str
    """What was said of it: who, when, why."""


class MergedRecordV2(ApiAnswer):
    """A finding that another one of the same asset, name and location stands for."""

    number: int
    asset: str
    name: str
    location: str
    reason: str
    """`identical`, `less_severe`, `put_aside` while the other is open, or `later`."""
    differs: dict[str, str]
    """What it says differently, by name."""


class RecordsAnswer(PageAnswer):
    total: int | None
    """How many there are, of which fewer may be kept; null while that is not known."""
    kept: int
    """How many the pages hold, all together."""


class SkippedRecordsV2(RecordsAnswer):
    items: list[SkippedRecordV2]


class DismissedRecordsV2(RecordsAnswer):
    items: list[DismissedRecordV2]


class MergedRecordsV2(RecordsAnswer):
    items: list[MergedRecordV2]


class BulkV2(BulkAnswer):
    """A bulk as it is now."""

    tenant: str


class BulksV2(PageAnswer):
    items: list[BulkV2]


class SkippedMembersV2(PageAnswer):
    items: list[SkippedMemberAnswer]


class FormatsV2(PageAnswer):
    items: list[FormatAnswer]


class KeysV2(PageAnswer):
    items: list[KeyAnswer]


class TenantsV2(PageAnswer):
    items: list[TenantAnswer]


class WebhooksV2(PageAnswer):
    items: list[WebhookAnswer]


class AuditEntryV2(ApiAnswer):
    """Who did what to which, from where, and how it ended."""

    seq: int
    at: str
    actor: str
    tenant: str
    action: str
    object: str
    outcome: str
    address: str
    previous_hash: str
    hash: str


class AuditV2(PageAnswer):
    items: list[AuditEntryV2]


class JobFilterOrder(BaseModel):
    """Jobs of which all that is given holds."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True, extra="forbid")

    state: list[JobStatus] = Field(default=[], max_length=len(JobStatus))
    """Any of these."""
    scanner: str | None = Field(None, max_length=64, examples=["trivy"])
    tenant: str | None = Field(None, max_length=128)
    """Another tenant, for who operates the service."""
    assessment: str | None = Field(None, max_length=256)
    """Its whole name."""
    bulk_id: str | None = Field(None, max_length=64)
    """Its whole id."""
    since: Moment | None = None
    """Created then or later."""
    until: Moment | None = None
    """Created before."""
    search: str | None = Field(None, min_length=1, max_length=256)
    """Part of the file's name, the assessment's or the id, in any case."""

    def wanted(self) -> JobFilter:
        return JobFilter(
            states=tuple(self.state),
            scanner=self.scanner,
            tenant=self.tenant,
            assessment=self.assessment,
            bulk_id=self.bulk_id,
            since=self.since,
            until=self.until,
            search=self.search,
        )


Id = Annotated[str, Field(min_length=1, max_length=64)]


class ManyJobs(BaseModel):
    """Which jobs: by their ids, or by a filter."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True, extra="forbid")

    ids: list[Id] = Field(default=[], max_length=MOST_AT_ONCE, examples=[[JOB_ID]])
    filter: JobFilterOrder | None = None
    limit: int = Field(100, ge=1, le=MOST_AT_ONCE)
    """Of those that the filter fits, the newest; `more` says whether there are others."""

    @model_validator(mode="after")
    def _either(self) -> Self:
        if bool(self.ids) is (self.filter is not None):
            raise ValueError("say either ids or a filter")
        return self


class ManyBulks(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True, extra="forbid")

    ids: list[Id] = Field(min_length=1, max_length=100, examples=[[BULK_ID]])


class OutcomeV2(ApiAnswer):
    id: str
    """As it was sent."""
    outcome: str = Field(examples=["done", "job_already_ended"])
    """`done`, or the `error` that this one alone would be answered with."""
    message: str


class OutcomesV2(ApiAnswer):
    results: list[OutcomeV2]
    more: bool
    """Whether the filter fits others: ask again."""

    @classmethod
    def of(cls, outcomes: Outcomes) -> Self:
        results = [OutcomeV2(id=each.id, outcome=each.outcome, message=each.message) for each in outcomes.results]
        return cls(results=results, more=outcomes.more)
