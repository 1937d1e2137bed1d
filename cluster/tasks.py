"""The Ray tasks: top level, idempotent, thin around `cluster.sealed`. Storage is opened once per worker process."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import accumulate
from pickle import PickleBuffer
from typing import Any, cast

import ray

from cluster import work
from cluster.errors import JobFailedError, LostRunnerError, TaskLimitError
from cluster.heap import keep_freed_memory
from cluster.metering.ray_metrics import count_shard
from cluster.priority import Niceness, give_way
from cluster.report import Report, StoredShard, TaskLimits
from cluster.sealed.failures import told
from cluster.sealed.messages import Order, PlanDone, PlanPartition, ReadDone, ReadReports, TranslateDone, TranslateShard
from cluster.sealed.workshop import Answer, Workshop
from cluster.tracing import Attributes, is_on, span
from jobs_store.errors import StorageUnavailableError
from jobs_store.storage import open_storage
from scanner.regrouping import WHOLE, Blocks, Share

__all__ = ["Unread", "plan_partition", "plan_share", "read_reports", "storage_at", "told", "translate_shard", "warm_up"]

_BLOCKS_AT_ONCE = 4
"""Asked for in one call, while as many more come from other nodes: a call takes as long as the work on some blocks."""

_TOGETHER_SECONDS = 30
"""For reports that are read together; a second or two is usual."""

_DOING = {ReadReports: "read", TranslateShard: "translate", PlanPartition: "plan"}
"""What spans in tasks are called."""

storage_at = cache(open_storage)
"""The object storage of this process."""


workshop = cache(Workshop)
"""Where the reports of this process are read."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a report could not be read, for people."""

    error: str


def _read_reports(orders: Sequence[tuple[Report, bool]]) -> list[work.Read | Unread | None]:
    """Of each report, and whether it is to be left uncut; None for one of several that is too long to be read among them.

    Several must not wait for one, nor fail for it: where they break off together, each is read alone.
    """
    tenants: dict[str, list[int]] = defaultdict(list)
    for place, (report, _) in enumerate(orders):
        tenants[report.tenant].append(place)
    found: dict[int, work.Read | Unread | None] = {}
    for places in tenants.values():
        found.update(zip(places, _read_together([orders[place] for place in places], are_all=len(tenants) == 1), strict=True))
    return [found[place] for place in range(len(orders))]


def _read_together(orders: Sequence[tuple[Report, bool]], *, are_all: bool) -> list[work.Read | Unread | None]:
    """Those of one tenant; ``are_all`` says that nobody else's wait behind them."""
    report, is_alone = orders[0][0], len(orders) == 1 and are_all
    limits = report.limits if is_alone else replace(report.limits, seconds=_TOGETHER_SECONDS)
    try:
        done, _ = _carried_out(ReadReports(tuple(orders), is_alone), report, limits)
    except TaskLimitError as error:
        return [Unread(str(error))] if is_alone else [None] * len(orders)
    except LostRunnerError:
        if is_alone:
            raise
        return [None] * len(orders)
    except JobFailedError as error:
        return [Unread(str(error))] * len(orders)
    assert isinstance(done, ReadDone)
    return [Unread(answer.unread) if answer.unread is not None else answer.read for answer in done.answers]


def _translate_shard(report: Report, shard: StoredShard, partitions: int) -> tuple[Any, ...]:
    """The sums, with the sizes of the blocks and the seconds it took, then a packed block per partition, each its own object.

    As a `PickleBuffer` a block is mapped by whoever reads it; bytes would be copied.
    """
    began = time.monotonic()
    done, payload = _carried_out(TranslateShard(report, shard, partitions), report, report.limits)
    assert isinstance(done, TranslateDone)
    ends = [*accumulate(done.sizes)]
    if len(ends) != partitions or (ends and ends[-1] != len(payload)):
        raise TaskLimitError("its blocks are not those that were asked for")
    blocks = [payload[end - size : end] for size, end in zip(done.sizes, ends, strict=True)]
    seconds = time.monotonic() - began
    count_shard(seconds)
    return ((done.counts, done.tally, tuple(done.sizes), seconds), *map(PickleBuffer, blocks))


def _plan_partition(report: Report, number: int, *blocks: Any) -> work.Planned:
    """The blocks are here before the task starts: they are few enough."""
    return _planned(report, number, WHOLE, lambda: blocks)


def _plan_share(report: Report, number: int, share: Share, blocks: "list[ray.ObjectRef[Any]]") -> work.Planned:
    """The blocks come one after the other: together they may be larger than the object store."""
    return _planned(report, number, share, partial(_fetched, blocks))


def _planned(report: Report, number: int, share: Share, blocks: Blocks) -> work.Planned:
    done, _ = _carried_out(PlanPartition(report, number, share), report, report.limits, blocks)
    assert isinstance(done, PlanDone)
    return done.planned


def _carried_out(order: Order, report: Report, limits: TaskLimits, blocks: Blocks = tuple) -> Answer:
    _set_up_process()
    with _spans(order):
        return workshop().carry_out(order, limits, storage_at(report.storage_url), blocks)


@contextmanager
def _spans(order: Order) -> Iterator[None]:
    """One for each report; those that are read together have the time of all."""
    with ExitStack() as stack:
        for report in order.reports if is_on() else ():
            together = len(order.reports)
            about: Attributes = {"phoenix.job_id": report.job_id, "phoenix.tenant": report.tenant, "phoenix.together": together}
            stack.enter_context(span(_DOING[type(order)], about, parent=report.traceparent))
        yield


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
    """Starts what every task needs, so that the first job waits for nothing but its own format."""
    _set_up_process()
    workshop().warm_up()


_task = cast(Any, ray).remote(retry_exceptions=[StorageUnavailableError, LostRunnerError])
"""Ray runs a task again when its process or node dies, and for these."""

read_reports: Any = _task(_read_reports)
translate_shard: Any = _task(_translate_shard)
plan_partition: Any = _task(_plan_partition)
plan_share: Any = _task(_plan_share)
warm_up: Any = _task(_warm_up)
