"""What coordinators hand to importers. Apart from those: who sends it needs nothing of what it is sent to Phoenix with."""

from dataclasses import dataclass, field

from cluster.account import Account
from jobs_store.jobs import Batch


@dataclass(frozen=True, slots=True)
class BatchToImport:
    """A batch and what it is sent with; ``body`` is here only where it is a short report's only one, which is not stored."""

    job_id: str
    lease_token: str = field(repr=False)
    batch: Batch
    assessment_name: str
    account: Account
    awaited: bool
    """Other batches need this one."""
    sent_before: bool
    """By a process that has died: Phoenix may have accepted it, and may still be importing it."""
    storage_url: str
    body: bytes | None = field(default=None, repr=False)
    import_timeout_seconds: int = 3600
    traceparent: str | None = None
