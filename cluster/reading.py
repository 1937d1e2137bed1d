"""Reading reports: a task for each large one, small ones several in a task."""

import asyncio
import sys
from collections.abc import Callable, Sequence

import ray
from ray.exceptions import OutOfMemoryError, WorkerCrashedError

from cluster import names, tasks
from cluster.errors import JobFailedError
from cluster.report import Report
from cluster.resources import READ, READ_TOGETHER, READ_TOGETHER_BYTES
from cluster.work import Read
from jobs_store.together import Together, Waiting

_Order = tuple[Report, bool]


class ReportReader:
    """Tasks that read for all jobs of a coordinator; those of a group are told apart again in its answer."""

    def __init__(self, *, tasks_at_once: Callable[[], int]) -> None:
        self._small: Together[_Order, Read | None] = Together(
            _read,
            groups=tasks_at_once,
            most=READ_TOGETHER,
            room=READ_TOGETHER_BYTES,
            weigh=lambda order: order[0].size_bytes,
            one_is_to_blame=lambda error: isinstance(error, WorkerCrashedError | OutOfMemoryError),
        )
        self._alone: Together[_Order, Read | None] = Together(_read, groups=sys.maxsize, most=1)

    async def read(self, report: Report, *, uncut: bool) -> Read:
        """Raises `JobFailedError` for a report that cannot be read, and what Ray raises. A cancelled one is given up."""
        order = report, uncut
        read = await self._small(order) if report.size_bytes <= min(READ_TOGETHER_BYTES, report.short_bytes) else None
        read = read or await self._alone(order)
        assert read is not None, "a report that is read alone may be long"
        return read


async def _read(group: Sequence[Waiting[_Order, Read | None]]) -> None:
    orders = [waiting.item for waiting in group]
    name = names.group("read", [report.job_id for report, _ in orders])
    reference = tasks.read_reports.options(**READ.options(name)).remote(orders)
    try:
        answers = await asyncio.wrap_future(reference.future())
    except asyncio.CancelledError:
        ray.cancel(reference, force=False)
        raise
    for waiting, answer in zip(group, answers, strict=True):
        waiting.answered(JobFailedError(answer.error) if isinstance(answer, tasks.Unread) else answer)
