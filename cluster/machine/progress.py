"""How far a job has come."""

from dataclasses import dataclass, field
from enum import StrEnum

from scanner.collecting import Counts


class Phase(StrEnum):
    READ = "reading the report"
    TRANSLATE = "translating"
    PLAN = "planning"
    STORE = "storing the plan"
    IMPORT = "importing"
    SETTLE = "settling"


@dataclass(slots=True)
class Progress:
    """Sums for watchers and for the job's row."""

    format: str = ""
    counts: Counts = field(default_factory=Counts)
    merged: int = 0
    oversized: int = 0
    shards: int = 0
    shards_done: int = 0
    partitions: int = 0
    partitions_done: int = 0
    batches: int = 0
    batches_imported: int = 0
    batches_failed: int = 0
    requests: int = 0
    assets_imported: int = 0
    findings_imported: int = 0

    @property
    def skipped(self) -> int:
        return self.counts.skipped + self.oversized

    def percent(self, phase: Phase) -> float:
        """Translating is the first 45 of 100, planning 5, importing the other 50; only a settled job has 100."""
        match phase:
            case Phase.READ:
                return 1.0
            case Phase.TRANSLATE:
                return 2.0 + 43.0 * self.shards_done / max(self.shards, 1)
            case Phase.PLAN | Phase.STORE:
                return 45.0 + 5.0 * self.partitions_done / max(self.partitions, 1)
            case _:
                return 50.0 + 49.0 * (self.batches_imported + self.batches_failed) / max(self.batches, 1)
