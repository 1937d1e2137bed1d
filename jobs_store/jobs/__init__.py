"""Jobs and their batches: what crosses the border of the store; what reads and writes them hangs on `database.Database`.

Nothing here needs SQLAlchemy, so that a process that only hands jobs on does without it.
"""

from jobs_store.jobs.records import (
    Announcement,
    Batch,
    BatchChange,
    BatchState,
    CancelResult,
    Credentials,
    Job,
    JobFilter,
    JobSort,
    JobStatus,
    Lease,
    NewJob,
    Priority,
    QueueCounts,
)

__all__ = [
    "Announcement",
    "Batch",
    "BatchChange",
    "BatchState",
    "CancelResult",
    "Credentials",
    "Job",
    "JobFilter",
    "JobSort",
    "JobStatus",
    "Lease",
    "NewJob",
    "Priority",
    "QueueCounts",
]
