"""Bulks as they cross the border of the store. Times are aware and in UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from jobs_store.jobs.records import JobStatus, NewJob


class BulkState(StrEnum):
    """registering (its members become jobs) → running → completed (every job is) | failed | cancelled."""

    REGISTERING = "registering"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in (BulkState.COMPLETED, BulkState.FAILED, BulkState.CANCELLED)


class CountKind(StrEnum):
    """What jobs are counted by; left-out members are counted by their reason."""

    STATUS = "status"
    SCANNER = "scanner"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True)
class NewBulk:
    """``order`` is plain here and encrypted at rest; ``seed`` makes the ids of the bulk's jobs unguessable."""

    bulk_id: str
    tenant: str
    name: str
    priority: int
    order: str = field(repr=False)
    seed: str = field(repr=False)
    idempotency_key: str | None = None
    request_sha256: str | None = None
    submitted_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Bulk:
    """A bulk as it is now. ``members`` are those that registering has come to, left-out ones among them."""

    bulk_id: str
    tenant: str
    name: str
    state: BulkState
    progress: float  # 0 to 100
    priority: int
    seed: str = field(repr=False)
    created_at: datetime
    registered_at: datetime | None  # all of its members are known
    completed_at: datetime | None
    members: int
    position: str
    cancel_requested: bool
    retry_before: datetime | None
    error: str | None
    cleaned_at: datetime | None
    submitted_by: str | None


@dataclass(frozen=True)
class NewMember:
    """A member and its job, or the reason why it has none. ``upload_id``: its bytes are this upload's, which is used up."""

    number: int
    name: str
    job: NewJob | None = None
    reason: str | None = None
    upload_id: str | None = None


@dataclass(frozen=True)
class SkippedMember:
    number: int
    name: str
    reason: str


@dataclass(frozen=True)
class BulkCounts:
    """How many jobs there are in each state, of each scanner that is known by now, with each reason of failing."""

    status: Mapping[JobStatus, int]
    scanner: Mapping[str, int]
    error: Mapping[str, int]
    skipped: Mapping[str, int]

    @property
    def jobs(self) -> int:
        return sum(self.status.values())

    @property
    def ended(self) -> int:
        return sum(number for status, number in self.status.items() if status.ended)


@dataclass(frozen=True)
class CountedChange:
    """A job that has just been counted, as it was then."""

    bulk_id: str
    job_id: str
    filename: str
    status: JobStatus
    was: JobStatus | None
    error: str | None
