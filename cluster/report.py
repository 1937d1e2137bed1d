"""What the tasks of a job need to know: plain data that travels."""

import hashlib
import hmac
import pickle
from dataclasses import dataclass

import zstandard

from scanner.model import Tag
from scanner.options import ImportOptions
from scanner.shards import Shard


@dataclass(frozen=True, slots=True)
class TaskLimits:
    """What one step of a job (reading its report, translating a shard, planning a partition) may take, and a report hold."""

    memory_bytes: int = 2 << 30
    """Private memory of the process, its interpreter's included; mapped files do not count."""
    seconds: float = 600.0
    unpacked_bytes: int = 20_000_000_000
    """What a packed report may become, all of its members together."""


@dataclass(frozen=True, slots=True)
class Report:
    """A job's report and what is to be done with it."""

    job_id: str
    key: str
    """Where the upload stands in object storage."""
    filename: str
    size_bytes: int
    options: ImportOptions
    storage_url: str
    short_bytes: int
    shard_bytes: int
    tags: tuple[Tag, ...] = ()
    limits: TaskLimits = TaskLimits()
    node_labels: tuple[tuple[str, str], ...] = ()
    """Of the nodes that its tasks run on; none: any."""
    tenant: str = ""
    """Ours, whose report it is."""
    traceparent: str | None = None
    """Of the step that a task is to do with it."""

    @property
    def is_short(self) -> bool:
        """As far as its size says: an archive may hold a long one."""
        return self.size_bytes <= self.short_bytes


@dataclass(frozen=True, slots=True)
class StoredShard:
    """A shard and the object whose bytes its ranges mean: the upload, or a document that was unpacked from it."""

    key: str
    name: str
    packed: bytes
    number: int
    slug: str
    is_spare: bool = False
    """A whole member of an archive: one that cannot be read is skipped, and the others are imported."""

    @property
    def shard(self) -> Shard:
        shard: Shard = pickle.loads(zstandard.decompress(self.packed))  # noqa: S301  made by our own tasks
        return shard


def packed(shard: Shard) -> bytes:
    """A shard of thousands of small sections shrinks to a twentieth: all shards of a job wait in one process."""
    return zstandard.compress(pickle.dumps(shard), 1)


def anonymizer_key(secret_key: str, tenant: str) -> bytes:
    """The same for all that a tenant sends, whenever and under whatever name, so that a rescan finds its assets.

    Nobody can make it without ``SECRET_KEY``. Of several of those it is the last, which stays when a newer one is put in front.
    """
    oldest = [key.strip() for key in secret_key.split(",") if key.strip()][-1]
    return hmac.digest(oldest.encode(), f"anonymize\0{tenant}".encode(), hashlib.sha256)
