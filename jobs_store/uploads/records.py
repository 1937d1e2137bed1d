"""Direct uploads as they cross the border of the store."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from jobs_store.storage import StoredPart


class UploadState(StrEnum):
    """open (parts arrive) → complete (the object is whole) → used (by a job or bulk); removed (aborted or expired)."""

    OPEN = "open"
    COMPLETE = "complete"
    USED = "used"
    REMOVED = "removed"


@dataclass(frozen=True, kw_only=True)
class NewUpload:
    """``options`` are plain here and encrypted at rest; ``job_id`` is the id of the job that the upload may become."""

    upload_id: str
    tenant: str
    filename: str
    size_bytes: int
    part_size_bytes: int
    storage_key: str
    parts_id: str
    options: str = field(repr=False)
    job_id: str
    submitted_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Upload(NewUpload):
    state: UploadState
    created_at: datetime
    expires_at: datetime

    @property
    def part_count(self) -> int:
        return max(1, -(-self.size_bytes // self.part_size_bytes))

    def part_bytes(self, number: int) -> int:
        """How long the part is: all are alike but the last."""
        return self.part_size_bytes if number < self.part_count else self.size_bytes - (number - 1) * self.part_size_bytes

    def usable(self, parts: list[StoredPart]) -> list[StoredPart]:
        """Those of the announced size: S3 takes what it gets, so a part that lies about its length counts as missing."""
        return [part for part in parts if part.number <= self.part_count and part.size_bytes == self.part_bytes(part.number)]
