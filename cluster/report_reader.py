"""Reading reports: a task for each large one, small ones several in a task."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from typing import Any

import ray
from ray.exceptions import OutOfMemoryError, WorkerCrashedError

from cluster import names, tasks
from cluster.errors import JobFailedError
from cluster.report import Report
from cluster.resources import READ, READ_TOGETHER, READ_TOGETHER_BYTES
from cluster.work import Read
from jobs_store.together import Together, Waiting

_Order = tuple[Report, bool]
_PATIENCE_SECONDS = 1.0
"""How long a group may go on of which one is not wanted any more."""


class ReportReader:
    """Tasks that read for all jobs of a coordinator; those of a group are told apart again in its answer."""

    def __init__(self, *, tasks_at_once: Callable[[], int]) -> None:
        self._small: Together[_Order, Read | None] = Together(
            _read,
            groups=tasks_at_once,
            most=READ_TOGETHER,
            room=READ_TOGETHER_BYTES,
            weigh=lambda order: order[0].size_bytes,
        )
        self._alone: Together[_Order, Read | None] = Together(_read, groups=sys.maxsize, most=1)

    async def read(self, report: Report, *, uncut: bool) -> Read:
        """Raises `JobFailedError` for a report that cannot be read, and what Ray raises. A cancelled one is given up."""
        order = report, uncut
        is_small = report.size_bytes <= min(READ_TOGETHER_BYTES, report.short_bytes) and not report.node_labels
        read = await self._small(order) if is_small else None
        read = read or await self._alone(order)
        assert read is not None, "a report that is read alone may be long"
        return read


async def _read(group: Sequence[Waiting[_Order, Read | None]]) -> None:
    """A group that breaks is answered as if none of it were short: one of them may be to blame, so each is read alone."""
    orders = [waiting.item for waiting in group]
    name = names.group("read", [report.job_id for report, _ in orders])
    is_alone = len(orders) == 1
    labels = orders[0][0].node_labels  # of several none has some
    options = READ.options(name, labels, max_retries=READ.max_retries if is_alone else 0)
    reference = tasks.read_reports.options(**options).remote(orders)
    reading = asyncio.wrap_future(reference.future())
    try:
        await _read_or_left(reading, group)
        answers = await reading if reading.done() else [None] * len(orders)
    except (WorkerCrashedError, OutOfMemoryError):
        if is_alone:
            raise
        answers = [None] * len(orders)
    finally:
        if not reading.done() or reading.cancelled():
            ray.cancel(reference, force=True)  # whatever code it is in
            reading.cancel()
    for waiting, answer in zip(group, answers, strict=True):
        waiting.answered(JobFailedError(answer.error) if isinstance(answer, tasks.Unread) else answer)


async def _read_or_left(reading: "asyncio.Future[Any]", group: Sequence[Waiting[_Order, Read | None]]) -> None:
    """Until all are read, or a job of the group has been stopped for a while: it may be what takes so long."""
    left = asyncio.Event()
    for waiting in group:
        waiting.answer.add_done_callback(lambda _answer: left.set())
    leaving = asyncio.create_task(left.wait())
    try:
        await asyncio.wait([reading, leaving], return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait([reading], timeout=_PATIENCE_SECONDS)
    finally:
        leaving.cancel()
