"""What became of a command."""

from dataclasses import dataclass, field

from jobs_store.jobs import Batch, JobStatus
from scanner.batching import PieceInfo
from scanner.collecting import Counts
from scanner.merging import Ratings
from scanner.translation import Tally


@dataclass(frozen=True, slots=True)
class ReportSharded:
    """The report is long: so many shards, whose blocks go into so many partitions. ``reason`` says why there is only one."""

    format: str
    shards: int
    partitions: int
    reason: str = ""
    skipped: int = 0
    """Members of an archive that are no reports."""


@dataclass(frozen=True, slots=True)
class ReportTranslated:
    """The report was short: these are its bodies."""

    format: str
    counts: Counts
    pieces: tuple[PieceInfo, ...]
    merged: int = 0


@dataclass(frozen=True, slots=True)
class ShardTranslated:
    number: int
    counts: Counts
    tally: Tally = field(default_factory=Tally)
    block_bytes: tuple[int, ...] = ()
    """What the shard has for each partition; empty where partitions may not be divided any further."""
    seconds: float = 0.0
    """That it took where it was translated."""


@dataclass(frozen=True, slots=True)
class PartitionPlanned:
    number: int
    pieces: tuple[PieceInfo, ...]
    merged: int = 0
    oversized: int = 0
    """Findings that no request can hold: skipped, with their place and reason in the job."""
    merged_ratings: Ratings = field(default_factory=Ratings)
    """How those are rated that are merged: whoever translated them has counted them too."""


@dataclass(frozen=True, slots=True)
class PlanStored:
    batches: tuple[Batch, ...]


@dataclass(frozen=True, slots=True)
class BatchImported:
    number: int
    requests: int = 1
    request_ids: tuple[str, ...] = ()
    """What Phoenix calls the import; empty where it answered when it was done."""
    too_large: tuple[int, ...] = ()
    """Bytes of bodies of the batch that Phoenix found too large."""


@dataclass(frozen=True, slots=True)
class BatchFailed:
    number: int
    error: str
    requests: int = 0


@dataclass(frozen=True, slots=True)
class BatchLost:
    """The process that sent it died; whether Phoenix has it is unknown, and sending again does no harm."""

    number: int


@dataclass(frozen=True, slots=True)
class StepFailed:
    """Reading, translating or planning failed for good. ``shards_may_be_wrong``: the report may be readable in one piece."""

    error: str
    shards_may_be_wrong: bool = False


@dataclass(frozen=True, slots=True)
class Stopped:
    """Cancelled by a client, or out of time; commands under way are given up."""

    status: JobStatus
    error: str


Event = (
    ReportSharded
    | ReportTranslated
    | ShardTranslated
    | PartitionPlanned
    | PlanStored
    | BatchImported
    | BatchFailed
    | BatchLost
    | StepFailed
    | Stopped
)
