"""What is told of a job or bulk, in order: log lines, progress and changes of state."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    """``complete`` and ``error`` are the last of a job, until it is retried."""

    STATUS = "status"
    LOG = "log"
    PROGRESS = "progress"
    COMPLETE = "complete"
    ERROR = "error"


@dataclass(frozen=True)
class NewEvent:
    """``payload`` is JSON text; ``level`` matters for log lines."""

    kind: EventKind
    payload: str
    level: str = "INFO"


@dataclass(frozen=True)
class Event:
    """``seq`` counts from 1 without gaps within a job."""

    job_id: str
    seq: int
    time: datetime
    kind: EventKind
    level: str
    payload: str
