"""What is told about a bulk: events for its watchers. Pure."""

import json
from typing import Any

from cluster.bulks.state import Standing, failure
from jobs_store.bulks import BulkCounts, BulkState, CountedChange
from jobs_store.events import EventKind, NewEvent
from jobs_store.jobs import JobStatus


def status(state: BulkState, progress: float, step: str) -> NewEvent:
    return _event(EventKind.STATUS, {"status": state, "progress": progress, "current_step": step})


def log(message: str, level: str = "INFO", **more: str) -> NewEvent:
    return NewEvent(EventKind.LOG, _json({"level": level, "message": message, **more}), level)


def progress(found: Standing, counts: BulkCounts) -> NewEvent:
    return _event(EventKind.PROGRESS, _standing(found, counts) | {"current_step": found.step})


def job_ended_badly(change: CountedChange) -> NewEvent:
    why = f": {change.error}" if change.error else ""
    level = "ERROR" if change.status is JobStatus.FAILED else "WARNING"
    return log(f"{change.filename} {change.status}{why}", level, job_id=change.job_id)


def left_out(name: str, reason: str) -> NewEvent:
    return log(f"{name} is left out: {reason}", "WARNING")


def end(found: Standing, counts: BulkCounts) -> NewEvent:
    """The bulk's last event, until it is retried."""
    if found.state is BulkState.COMPLETED:
        return _event(EventKind.COMPLETE, _standing(found, counts))
    return _event(EventKind.ERROR, _standing(found, counts) | {"error_message": failure(found, counts)})


def _standing(found: Standing, counts: BulkCounts) -> dict[str, Any]:
    return {
        "status": found.state,
        "progress": found.progress,
        "jobs": dict(counts.status),
        "skipped": sum(counts.skipped.values()),
    }


def _event(kind: EventKind, payload: dict[str, Any]) -> NewEvent:
    return NewEvent(kind, _json(payload))


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
