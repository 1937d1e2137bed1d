"""What the service says about bulks, and what a bulk is ordered with."""

from datetime import datetime
from enum import StrEnum

import msgspec

from client.sdk.jobs import JobStatus
from client.sdk.options import SubmitOptions


class BulkStatus(StrEnum):
    REGISTERING = "registering"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in (BulkStatus.COMPLETED, BulkStatus.FAILED, BulkStatus.CANCELLED)


class BulkRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """For reports whose name, or its last segment, fits the shell pattern; the first rule that fits decides."""

    pattern: str
    options: dict[str, object] = {}
    """Form fields of an upload; they overrule the bulk's."""
    skip: bool = False


class BulkOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Ids of uploads in parts (a report each, or an archive of many), and addresses below an allowed prefix."""

    name: str = ""
    uploads: list[str] = []
    archives: list[str] = []
    objects: list[str] = []
    prefixes: list[str] = []
    options: dict[str, object] = {}
    rules: list[BulkRule] = []


class Bulk(msgspec.Struct, frozen=True, kw_only=True):
    """A bulk as it was when the service answered."""

    bulk_id: str
    status: BulkStatus
    name: str = ""
    progress: float = 0.0
    created_at: datetime | None = None
    completed_at: datetime | None = None
    registered: int = 0
    jobs: int = 0
    by_status: dict[JobStatus, int] = {}
    by_scanner: dict[str, int] = {}
    by_error: dict[str, int] = {}
    skipped: int = 0
    by_skip_reason: dict[str, int] = {}
    error_message: str | None = None


class BulkPage(msgspec.Struct, frozen=True, kw_only=True):
    total: int
    bulks: list[Bulk]
    page: int = 1
    page_size: int = 20


class BulkEventData(msgspec.Struct, frozen=True, kw_only=True):
    """The payloads of all types in one."""

    status: BulkStatus | None = None
    progress: float | None = None
    current_step: str | None = None
    jobs: dict[JobStatus, int] | None = None
    skipped: int | None = None
    level: str | None = None
    message: str | None = None
    job_id: str | None = None
    """Of the job that a log line is about."""
    error_message: str | None = None


class BulkEvent(msgspec.Struct, frozen=True, kw_only=True):
    type: str
    bulk_id: str = ""
    timestamp: datetime | None = None
    seq: int | None = None
    data: BulkEventData = BulkEventData()

    @property
    def final(self) -> bool:
        return self.type in ("complete", "error")


def document_of(options: SubmitOptions) -> dict[str, object]:
    """The fields that were chosen, as a JSON body carries them."""
    chosen = {name: value for name, value in msgspec.structs.asdict(options).items() if value is not None}
    document: dict[str, object] = msgspec.to_builtins(chosen)
    return document
