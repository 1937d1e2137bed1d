"""The Ray tasks: top level, idempotent, thin around `cluster.work`. Storage is opened once per worker process."""

import functools
from typing import Any, cast

import ray

from cluster import work
from cluster.report import Report, StoredShard
from jobs_store.errors import StorageUnavailableError
from jobs_store.storage import open_storage
from scanner.collecting import Counts
from scanner.registry import all_formats
from scanner.translation import Tally

storage_at = functools.cache(open_storage)
"""The object storage of this process."""


def _read_report(report: Report, uncut: bool) -> work.Read:
    return work.read_report(report, storage_at(report.storage_url), uncut=uncut)


def _translate_shard(report: Report, shard: StoredShard, partitions: int) -> tuple[tuple[Counts, Tally] | bytes, ...]:
    """The sums, then a packed block per partition, each an object of its own: a partition's task fetches only its blocks."""
    counts, tally, blocks = work.translate_shard(report, shard, partitions, storage_at(report.storage_url))
    return ((counts, tally), *blocks)


def _plan_partition(report: Report, partition: int, *blocks: bytes) -> work.Planned:
    return work.plan_partition(report, partition, blocks, storage_at(report.storage_url))


def _warm_up() -> None:
    """Imports what every task needs, so that the first job does not wait for it."""
    all_formats()


_task = cast(Any, ray).remote(retry_exceptions=[StorageUnavailableError])
"""Ray runs a task again when its process or node dies, and for these."""

read_report: Any = _task(_read_report)
translate_shard: Any = _task(_translate_shard)
plan_partition: Any = _task(_plan_partition)
warm_up: Any = _task(_warm_up)
