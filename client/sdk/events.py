"""What happens to a job, as the service tells it over the WebSocket and in the event stream of ``/logs``."""

from datetime import datetime
from enum import StrEnum

import msgspec

from client.sdk.jobs import Job, JobStatus


class EventType(StrEnum):
    """The types known today. A service may send others: `Event.type` is plain text for that reason."""

    CONNECTED = "connected"
    STATUS = "status"
    LOG = "log"
    PROGRESS = "progress"
    COMPLETE = "complete"
    ERROR = "error"
    HEARTBEAT = "heartbeat"
    PONG = "pong"


class EventData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The payloads of all types in one; which fields are set depends on the type."""

    status: JobStatus | None = None
    progress: float | None = None
    current_step: str | None = None
    level: str | None = None
    message: str | None = None
    assets_imported: int | None = None
    vulnerabilities_imported: int | None = None
    assessment_name: str | None = None
    error_message: str | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    type: str
    job_id: str = ""
    timestamp: datetime | None = None
    seq: int | None = None
    """The event's number in the job, from 1; greetings and heartbeats have none. Pass it as ``after`` to resume."""
    data: EventData = EventData()

    @property
    def final(self) -> bool:
        """Whether nothing comes after it: ``complete``, or ``error`` for a failed or cancelled job."""
        return self.type in (EventType.COMPLETE, EventType.ERROR)


_decoder = msgspec.json.Decoder(Event)


def decode_event(frame: str | bytes) -> Event:
    """Raises ``msgspec.MsgspecError`` when the frame is not an event."""
    return _decoder.decode(frame)


def final_event(job: Job) -> Event:
    """The last event of an ended job, made from the job itself: for a watcher that missed the real one."""
    return Event(
        type=EventType.COMPLETE if job.status is JobStatus.COMPLETED else EventType.ERROR,
        job_id=job.job_id,
        timestamp=job.completed_at,
        data=EventData(
            status=job.status,
            progress=job.progress,
            assets_imported=job.assets_imported,
            vulnerabilities_imported=job.vulnerabilities_imported,
            assessment_name=job.assessment_name,
            error_message=job.error_message,
        ),
    )
