"""Bulks in the API."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, model_validator

from jobs_store.bulks import Bulk, BulkCounts, BulkState, SkippedMember
from jobs_store.jobs import JobStatus
from serve_app.schemas.form_fields import FormFields, no_options
from serve_app.schemas.jobs import ApiAnswer
from serve_app.schemas.uploads import UPLOAD_ID

BULK_ID = "bulk-5f0c1b2e9d8a47c6b3e1f2a4d5c6b7a8"
MOST_SOURCES = 10_000


class RuleOrder(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    pattern: str = Field(min_length=1, max_length=256, examples=["*.nessus"])
    """A shell pattern for a report's name, or for its last segment; `*` fits everything, `/` too."""
    options: FormFields = Field(default_factory=no_options)
    """Overrule the bulk's."""
    skip: bool = False
    """Leave these out."""


class BulkOrder(BaseModel):
    """What the bulk consists of: any of the four lists, ten thousand entries in all."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    name: str = Field("", max_length=256, examples=["scans of 2019 to 2025"])
    """Only shown."""
    uploads: list[str] = Field(default=[], examples=[[UPLOAD_ID]])
    """Ids of uploads in parts that are a report each."""
    archives: list[str] = []
    """Ids of uploads that hold many reports: zip, tar, tar.gz, tar.bz2 or tar.zst."""
    objects: list[str] = Field(default=[], examples=[["s3://scans/2024/a.json"]])
    """Reports below an allowed prefix."""
    prefixes: list[str] = Field(default=[], examples=[["s3://scans/2025"]])
    """Everything below each; itself below an allowed prefix, or one."""
    options: FormFields = Field(default_factory=no_options)
    """The text fields of `POST /api/v1/upload`, for every report."""
    rules: list[RuleOrder] = Field(default=[], max_length=200)
    """The first whose pattern fits a report's name."""

    @model_validator(mode="after")
    def _sources(self) -> "BulkOrder":
        number = len(self.uploads) + len(self.archives) + len(self.objects) + len(self.prefixes)
        if not 1 <= number <= MOST_SOURCES:
            raise ValueError(f"name 1 to {MOST_SOURCES:,} uploads, archives, objects and prefixes, not {number:,}")
        return self


class BulkAnswer(ApiAnswer):
    """A bulk as it is now; counts are at most a second or so old."""

    bulk_id: str = Field(examples=[BULK_ID])
    name: str
    status: BulkState
    progress: float = Field(ge=0, le=100)
    created_at: datetime
    completed_at: datetime | None
    registered: int
    """Members that registering has come to; `registering` is over when the status says so."""
    jobs: int
    by_status: dict[JobStatus, int]
    by_scanner: dict[str, int]
    """Of jobs whose format is known by now."""
    by_error: dict[str, int]
    """Failed jobs by their reason; the first twenty reasons by themselves."""
    skipped: int
    """Members that became no job; `/skipped` lists them."""
    by_skip_reason: dict[str, int]
    error_message: str | None
    """What kept registering from its end."""

    @classmethod
    def of(cls, bulk: Bulk, counts: BulkCounts) -> "BulkAnswer":
        return cls(
            bulk_id=bulk.bulk_id,
            name=bulk.name,
            status=bulk.state,
            progress=bulk.progress,
            created_at=bulk.created_at,
            completed_at=bulk.completed_at,
            registered=bulk.members,
            jobs=counts.jobs,
            by_status=dict(counts.status),
            by_scanner=dict(counts.scanner),
            by_error=dict(counts.error),
            skipped=sum(counts.skipped.values()),
            by_skip_reason=dict(counts.skipped),
            error_message=bulk.error,
        )


class BulkOrderAnswer(BulkAnswer):
    """The order is durable; its reports become jobs in the background."""

    websocket_url: str = Field(examples=[f"ws://127.0.0.1:8000/ws/bulks/{BULK_ID}?token=eyJ…"])


class BulkPage(ApiAnswer):
    """One page of bulks, newest first."""

    total: int
    bulks: list[BulkAnswer]
    page: int
    page_size: int


class SkippedMemberAnswer(ApiAnswer):
    number: int
    name: str
    reason: str

    @classmethod
    def of(cls, member: SkippedMember) -> "SkippedMemberAnswer":
        return cls(number=member.number, name=member.name, reason=member.reason)


class SkippedMembers(ApiAnswer):
    skipped: list[SkippedMemberAnswer]
    next_after: int | None
    """For the next page; null after the last."""
