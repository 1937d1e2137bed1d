"""Frames of the WebSocket and lines of the event stream: ``{type, job_id, timestamp, data}``, and ``seq`` for stored events."""

from datetime import datetime
from enum import StrEnum

import msgspec

from jobs_store.events import Event, EventKind
from jobs_store.jobs import Job, JobStatus
from serve_app.moments import zulu


class FrameType(StrEnum):
    """Those that are not stored events; the others have the names of `EventKind`."""

    CONNECTED = "connected"
    HEARTBEAT = "heartbeat"
    PONG = "pong"


class State(msgspec.Struct, omit_defaults=True):
    """Where a job is, for frames that are made on the spot."""

    status: JobStatus
    progress: float
    message: str = ""
    current_step: str | None = None
    error_message: str | None = None
    assets_imported: int | None = None
    vulnerabilities_imported: int | None = None
    assessment_name: str | None = None


class Frame(msgspec.Struct, omit_defaults=True):
    type: str
    job_id: str
    timestamp: str
    data: msgspec.Raw | State | dict[str, str]
    seq: int | None = None

    def encode(self) -> str:
        return msgspec.json.encode(self).decode()


def event_frame(event: Event) -> Frame:
    return Frame(event.kind.value, event.job_id, zulu(event.time), msgspec.Raw(event.payload.encode()), event.seq)


def connected(job: Job, now: datetime) -> Frame:
    state = State(job.status, job.progress, message=f"watching {job.job_id}")
    return Frame(FrameType.CONNECTED.value, job.job_id, zulu(now), state)


def status(job: Job, now: datetime) -> Frame:
    return Frame(EventKind.STATUS.value, job.job_id, zulu(now), State(job.status, job.progress, current_step=job.current_step))


def ending(job: Job, now: datetime) -> Frame:
    """The last frame of an ended job, made from the job itself: for a watcher who has had the real one, or cannot get it."""
    completed = job.status is JobStatus.COMPLETED
    state = State(
        job.status,
        job.progress,
        error_message=job.error_message,
        assets_imported=job.assets_imported,
        vulnerabilities_imported=job.vulnerabilities_imported,
        assessment_name=job.assessment_name if completed else None,
    )
    kind = EventKind.COMPLETE if completed else EventKind.ERROR
    return Frame(kind.value, job.job_id, zulu(job.completed_at or now), state)


def bare(kind: FrameType, job_id: str, now: datetime) -> Frame:
    return Frame(kind.value, job_id, zulu(now), {})
