"""Jobs and their batches as they cross the border of the store. Times are aware and in UTC; sizes are bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from jobs_store.events import Event, NewEvent


class Priority(IntEnum):
    """Among the waiting jobs of a tenant; those that are low also wait for everybody else's."""

    LOW = -10
    NORMAL = 0
    HIGH = 10


class JobStatus(StrEnum):
    """pending (its turn in a bulk has not come) → queued → processing → completed | failed | cancelled."""

    PENDING = "pending"
    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)


class BatchState(StrEnum):
    """pending → imported | failed."""

    PENDING = "pending"
    IMPORTED = "imported"
    FAILED = "failed"


class JobSort(StrEnum):
    """In which order jobs are listed; of those that are alike the newest first."""

    NEWEST = "newest"
    OLDEST = "oldest"
    NAME = "name"
    LARGEST = "largest"
    MOST_FINDINGS = "findings"


class CancelResult(StrEnum):
    """What a request to cancel did."""

    CANCELLED = "cancelled"  # it was waiting: ended at once
    REQUESTED = "requested"  # it is running: its coordinator will see the request and end it
    ALREADY_ENDED = "already_ended"


@dataclass(frozen=True, kw_only=True)
class NewJob:
    """A job as it is submitted. The credentials, webhook URL and headers are plain here and encrypted at rest."""

    job_id: str
    filename: str
    file_path: str  # the upload's key in object storage
    file_size_bytes: int
    sha256: str | None = None
    scanner_type: str = "auto"
    asset_type: str | None = None
    assessment_name: str | None = None
    import_type: str = "new"
    phoenix_client_id: str | None = field(default=None, repr=False)
    phoenix_client_secret: str | None = field(default=None, repr=False)
    phoenix_api_url: str | None = None
    processing_options: str = "{}"  # JSON
    webhook_url: str | None = field(default=None, repr=False)
    webhook_headers: Mapping[str, str] | None = field(default=None, repr=False)
    tenant: str = "default"
    priority: int = Priority.NORMAL
    idempotency_key: str | None = None
    bulk_id: str | None = None
    submitted_by: str | None = None
    request_sha256: str | None = None
    """Of everything that came with the idempotency key: what comes again with it must be the same."""
    request_id: str | None = None
    """Of the request that made it."""
    traceparent: str | None = None
    """What comes of it belongs to that trace (W3C)."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job as it is now, without its secrets."""

    job_id: str
    status: JobStatus
    filename: str
    file_path: str
    file_size_bytes: int
    sha256: str | None
    scanner_type: str
    asset_type: str | None
    assessment_name: str | None
    import_type: str
    phoenix_api_url: str | None
    processing_options: str
    webhook_url: str | None = field(repr=False)  # encrypted, for deliveries
    tenant: str
    priority: int
    idempotency_key: str | None
    progress: float  # 0 to 100
    current_step: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    deadline: datetime | None  # of the present attempt
    detected_format: str | None
    attempt: int  # 1 for the first lease; 0 before it
    assets_imported: int | None
    vulnerabilities_imported: int | None
    skipped: int | None
    error_message: str | None
    error_traceback: str | None
    batch_summary: str | None  # JSON
    task_id: str | None
    worker_name: str | None
    cancel_requested: bool
    planned: bool  # its batches are durable: translating is over
    cleaned_at: datetime | None  # its objects and secrets are gone
    bulk_id: str | None = None
    submitted_by: str | None = None
    request_id: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True, kw_only=True)
class JobFilter:
    """Which jobs are wanted: those of which all that is given holds."""

    states: tuple[JobStatus, ...] = ()
    """Any of these; of all states where none is given."""
    scanner: str | None = None
    """What was detected, or asked for where nothing is yet."""
    tenant: str | None = None
    assessment: str | None = None
    bulk_id: str | None = None
    since: datetime | None = None
    """Created then or later."""
    until: datetime | None = None
    """Created before."""
    search: str | None = None
    """Part of the file's name, the assessment's or the id, in any case."""


@dataclass(frozen=True)
class Lease:
    """Proof that we own a job until ``expires_at``, and for as long after it as nobody has taken the job back.

    ``token`` is the fence of every write; ``job`` is the job as it was when the lease was given or renewed.
    """

    job: Job
    token: str
    expires_at: datetime
    told: tuple[Event, ...] = ()
    """What was written as the job was taken, for whoever carries it to publish."""

    @property
    def job_id(self) -> str:
        return self.job.job_id


@dataclass(frozen=True)
class Credentials:
    """The Phoenix credentials of a job, in clear: its own or its tenant's. All None: those of the service's settings."""

    client_id: str | None = field(repr=False)
    client_secret: str | None = field(repr=False)
    api_url: str | None
    """None: the URL of the settings."""
    asked_url: str | None = None
    """What the job's upload named, where the credentials are not its own: they go there only if it is where they belong."""


@dataclass(frozen=True)
class QueueCounts:
    """``pending`` are waiting, ``processing`` are leased, ``total`` are all that the store knows."""

    pending: int
    processing: int
    total: int
    by_status: Mapping[JobStatus, int] = field(default_factory=dict, compare=False)
    oldest_queued_seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class Announcement:
    """What is written together with a change that the store decides on: events, and the body for the job's webhook."""

    events: tuple[NewEvent, ...] = ()
    webhook_body: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """One request body, to be imported once all batches in ``needs`` are, and how far it has come.

    What it is stands fast when the plan is written; what has become of it is for the store to say: a plan is made without.
    """

    number: int
    asset_type: str
    import_type: str
    needs: tuple[int, ...]
    assets: int
    findings: int
    size_bytes: int
    storage_key: str | None = None
    state: BatchState = BatchState.PENDING
    attempts: int = 0
    """Imports begun."""
    requests: int = 0
    """Bodies that Phoenix has accepted for it."""
    request_id: str | None = None
    """Phoenix's name for the import; several, with commas between them, where it took the batch in parts."""
    error: str | None = None
    updated_at: datetime | None = None

    @property
    def is_imported(self) -> bool:
        return self.state is BatchState.IMPORTED


@dataclass(frozen=True, slots=True)
class BatchChange:
    """What becomes of a batch, and is told of it; neither where it is settled already."""

    number: int
    state: BatchState
    error: str | None = None
    requests: int = 0
    request_id: str | None = None
    events: Sequence[NewEvent] = ()
