"""Where a bulk stands, judged by its counts. Pure."""

from dataclasses import dataclass

from jobs_store.bulks import Bulk, BulkCounts, BulkState
from jobs_store.jobs import JobStatus


@dataclass(frozen=True, slots=True)
class Standing:
    state: BulkState
    progress: float
    error: str | None
    step: str


def standing(bulk: Bulk, counts: BulkCounts) -> Standing:
    """A bulk has ended when all of its members are known, or wanted no more, and every job of it has ended.

    It is complete when every job is: what was left out does not make it fail, what broke registering off does.
    """
    known = bulk.registered_at is not None or bulk.cancel_requested
    share = 100.0 * counts.ended / counts.jobs if counts.jobs else 0.0
    step = f"{counts.ended} of {counts.jobs} jobs have ended"
    if not known or counts.ended < counts.jobs:
        state = BulkState.RUNNING if bulk.registered_at is not None else BulkState.REGISTERING
        if state is BulkState.REGISTERING:
            step = f"registering: {bulk.members} so far; {step}"
        return Standing(state, round(min(share, 99.9), 1), bulk.error, step)
    failed, cancelled = (counts.status.get(status, 0) for status in (JobStatus.FAILED, JobStatus.CANCELLED))
    if bulk.cancel_requested:
        return Standing(BulkState.CANCELLED, round(share, 1), bulk.error, "cancelled")
    error = bulk.error or ("no report was found" if counts.jobs == 0 else None)
    if failed or cancelled or error:
        return Standing(BulkState.FAILED, 100.0, error, step)
    return Standing(BulkState.COMPLETED, 100.0, None, step)


def failure(found: Standing, counts: BulkCounts) -> str:
    """Why it is not complete, in one line."""
    if found.state is BulkState.CANCELLED:
        return "cancelled by a client"
    failed, cancelled = (counts.status.get(status, 0) for status in (JobStatus.FAILED, JobStatus.CANCELLED))
    parts = [found.error] if found.error else []
    if failed:
        parts.append(f"{failed} of {counts.jobs} jobs failed")
    if cancelled:
        parts.append(f"{cancelled} of {counts.jobs} jobs were cancelled")
    return "; ".join(parts)
