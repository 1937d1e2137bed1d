"""What the machine wants done. Each command that is handed out is answered by exactly one event."""

from dataclasses import dataclass

from jobs_store.jobs import JobStatus
from scanner.batching import PieceInfo
from scanner.regrouping import WHOLE, Share


@dataclass(frozen=True, slots=True)
class ReadReport:
    """Detect the format; translate a short report at once, cut a long one into shards (unless ``uncut``)."""

    uncut: bool = False


@dataclass(frozen=True, slots=True)
class TranslateShard:
    number: int
    of: int


@dataclass(frozen=True, slots=True)
class PlanPartition:
    """Join a partition's blocks of all shards, or a share of it, cut it into bodies and store them."""

    number: int
    of: int
    partition: int
    share: Share = WHOLE


@dataclass(frozen=True, slots=True)
class StorePlan:
    """Order the pieces and write the batches: the durable point."""

    pieces: tuple[PieceInfo, ...]


@dataclass(frozen=True, slots=True)
class ImportBatch:
    number: int


@dataclass(frozen=True, slots=True)
class Settle:
    """End the job. ``error`` is for people; empty where it is complete."""

    status: JobStatus
    error: str = ""


Command = ReadReport | TranslateShard | PlanPartition | StorePlan | ImportBatch | Settle
