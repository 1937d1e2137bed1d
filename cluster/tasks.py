"""The Ray tasks: top level, idempotent, thin around `cluster.work`. Storage is opened once per worker process."""

import logging
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pickle import PickleBuffer
from typing import Any, cast

import ray

from cluster import work
from cluster.heap import keep_freed_memory
from cluster.priority import Niceness, give_way
from cluster.report import Report, StoredShard
from jobs_store.errors import StorageUnavailableError
from jobs_store.storage import open_storage
from scanner.catalogue.formats import signatures
from scanner.errors import ScannerError
from scanner.regrouping import Share

log = logging.getLogger(__name__)

_BLOCKS_AT_ONCE = 4
"""Asked for in one call, while as many more come from other nodes: a call takes as long as the work on some blocks."""

_TOGETHER_SECONDS = 30
"""For reports that are read together; a second or two is usual."""

storage_at = cache(open_storage)
"""The object storage of this process."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a report could not be read, for people."""

    error: str


def _read_reports(orders: Sequence[tuple[Report, bool]]) -> list[work.Read | Unread | None]:
    """Of each report, and whether it is to be left uncut; None for one of several that is too long to be read among them.

    Several must not wait for one: the system ends the process that has not read them in time, and each is read alone.
    """
    is_alone = len(orders) == 1
    signal.alarm(0 if is_alone else _TOGETHER_SECONDS)  # its default action ends C code as well
    try:
        return [_read(report, uncut, is_alone=is_alone) for report, uncut in orders]
    finally:
        signal.alarm(0)


def _read(report: Report, uncut: bool, *, is_alone: bool) -> work.Read | Unread | None:
    storage = storage_at(report.storage_url)
    _set_up_process()
    try:
        return work.read_report(report, storage, uncut=uncut) if is_alone else work.read_short(report, storage)
    except StorageUnavailableError:
        raise
    except Exception as error:  # noqa: BLE001 - the edge of a task: the others of the group are read all the same
        return Unread(told(error))


def told(error: BaseException) -> str:
    """What a person is told: our own errors in their words, anything else by its class, with the rest in the log."""
    if isinstance(error, ScannerError) or getattr(error, "retryable", None) is not None:
        return str(error)
    log.error("a task failed", exc_info=error)
    return f"internal error ({type(error).__name__}); the worker's log has more"


def _translate_shard(report: Report, shard: StoredShard, partitions: int) -> tuple[Any, ...]:
    """The sums, with the sizes of the blocks, then a packed block per partition, each an object of its own.

    As a `PickleBuffer` a block is mapped by whoever reads it; bytes would be copied.
    """
    _set_up_process()
    counts, tally, blocks = work.translate_shard(report, shard, partitions, storage_at(report.storage_url))
    return ((counts, tally, tuple(map(len, blocks))), *map(PickleBuffer, blocks))


def _plan_partition(report: Report, number: int, *blocks: Any) -> work.Planned:
    """The blocks are here before the task starts: they are few enough."""
    _set_up_process()
    return work.plan_partition(report, number, lambda: blocks, storage_at(report.storage_url))


def _plan_share(report: Report, number: int, share: Share, blocks: "list[ray.ObjectRef[Any]]") -> work.Planned:
    """The blocks come one after the other: together they may be larger than the object store."""
    _set_up_process()
    return work.plan_partition(report, number, partial(_fetched, blocks), storage_at(report.storage_url), share)


def _fetched(references: "list[ray.ObjectRef[Any]]") -> Iterator[Any]:
    """Blocks of which a few are here, and the next few are on their way."""
    for start in range(0, len(references), _BLOCKS_AT_ONCE):
        following = start + _BLOCKS_AT_ONCE
        if coming := references[following : following + _BLOCKS_AT_ONCE]:
            ray.wait(coming, num_returns=len(coming), timeout=0)
        yield from ray.get(references[start:following])


def _set_up_process() -> None:
    """For tasks, of which a process has one after the other. Takes its time but once."""
    give_way(Niceness.WORKING)
    keep_freed_memory()


def _warm_up() -> None:
    """Imports what every task needs, so that the first job waits for nothing but its own format."""
    signatures()


_task = cast(Any, ray).remote(retry_exceptions=[StorageUnavailableError])
"""Ray runs a task again when its process or node dies, and for these."""

read_reports: Any = _task(_read_reports)
translate_shard: Any = _task(_translate_shard)
plan_partition: Any = _task(_plan_partition)
plan_share: Any = _task(_plan_share)
warm_up: Any = _task(_warm_up)
