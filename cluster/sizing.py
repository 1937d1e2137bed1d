"""Into how many shards and partitions a long report is divided. Pure."""

from typing import NamedTuple

from cluster.resources import BLOCK_BYTES, LARGEST_PARTITION_BYTES, PARTITION_BYTES, SHARE_BYTES
from scanner.regrouping import SLICES, WHOLE, Share

_CPUS = 4
"""Of which most machines have a multiple, or a half."""


class Division(NamedTuple):
    shard_bytes: int
    partitions: int


def divide(report_bytes: int, shard_bytes: int) -> Division:
    """Shards and partitions of the usual size, larger ones where there would be too many blocks between them.

    Each shard makes one block per partition. Below `BLOCK_BYTES` on average a block would travel through the coordinator's
    memory instead of the object store, and their number grows with the square of the report.
    """
    partition_bytes = max(PARTITION_BYTES, report_bytes * BLOCK_BYTES // shard_bytes)
    if partition_bytes > 4 * PARTITION_BYTES:  # beyond some 60 GB with shards of 16 MB
        partition_bytes = 4 * PARTITION_BYTES
        shard_bytes = max(shard_bytes, report_bytes * BLOCK_BYTES // partition_bytes)
    return Division(shard_bytes, max(1, -(-report_bytes // partition_bytes)))


def evenly(document_bytes: int, shard_bytes: int) -> int:
    """The size of shards that are about the same, and mostly as many as CPUs can share without one being left over at the end.

    A hundredth more than their part, as shards end where a record does.
    """
    shards = max(1, -(-document_bytes // shard_bytes))
    if shards > 2:
        shards = -(-shards // _CPUS) * _CPUS
    return document_bytes * 101 // (100 * shards) + 1


def shares(partition_bytes: int) -> list[Share]:
    """In how many pieces a partition is planned whose blocks turned out to have so many bytes together."""
    if partition_bytes <= LARGEST_PARTITION_BYTES:
        return [WHOLE]
    slices = max(1, SHARE_BYTES * SLICES // partition_bytes)
    of = -(-SLICES // slices)
    return [Share(number, of) for number in range(of)]
