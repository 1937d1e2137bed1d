"""What the tasks of a job need to know: plain data that travels."""

import pickle
from dataclasses import dataclass

import zstandard

from scanner.model import Tag
from scanner.options import ImportOptions
from scanner.sharding import Shard


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

    @property
    def anonymizer_key_at(self) -> str:
        """The object that holds the key: as readable as the report itself, which Ray's own records are not."""
        return f"jobs/{self.job_id}/anonymizer-key"

    def folder(self, name: str) -> str:
        """The prefix of the job's own objects of one kind."""
        return f"jobs/{self.job_id}/{name}"


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
