"""Several reports sent and followed at once, each to its own outcome."""

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from client.cli.board import Board
from client.cli.outcomes import Outcome
from client.cli.reports import Report
from client.errors import ClientError, UnreadableReportError, WaitTimeoutError
from client.sdk import DIRECT_BYTES, AsyncPhoenixScanner, Job, SubmitOptions

FOLLOWED_AT_ONCE = 32
"""WebSockets held open; the other jobs are joined later, and replayed from their beginning."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    options: SubmitOptions
    wait: bool
    parallel: int
    """Uploads at once."""
    timeout: timedelta | None
    """For everything together."""
    direct: bool | None = None
    """Whether files go in parts; None: the large ones."""


class Submission:
    """Runs once. ``jobs`` holds what the service has taken so far, also after an interruption."""

    def __init__(self, scanner: AsyncPhoenixScanner, plan: Plan, board: Board) -> None:
        self.jobs: dict[str, Job] = {}
        self._scanner, self._plan, self._board = scanner, plan, board
        self._uploads = asyncio.Semaphore(plan.parallel)
        self._follows = asyncio.Semaphore(FOLLOWED_AT_ONCE)

    async def run(self, reports: Sequence[Report]) -> list[Outcome]:
        """The outcomes in the order of the reports. What happens to one report does not touch the others."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._plan.timeout.total_seconds() if self._plan.timeout else None
        async with self._scanner, asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._carry(report, deadline), name=report.label) for report in reports]
        return [task.result() for task in tasks]

    async def _carry(self, report: Report, deadline: float | None) -> Outcome:
        started = time.monotonic()
        error: ClientError | None = None
        try:
            async with asyncio.timeout_at(deadline):
                await self._send(report)
                if self._plan.wait:
                    await self._follow(report)
        except TimeoutError:
            job = self.jobs.get(report.label)
            error = WaitTimeoutError(job.job_id if job else report.label, self._seconds)
        except OSError as problem:
            error = UnreadableReportError(report.label, problem.strerror or str(problem))
        except ClientError as problem:
            error = problem
        outcome = Outcome(report.label, self.jobs.get(report.label), time.monotonic() - started, error)
        self._board.ended(outcome)
        return outcome

    async def _send(self, report: Report) -> None:
        async with self._uploads:
            if report.path is not None and self._goes_in_parts(report.path):
                job = await self._scanner.submit_direct(
                    report.path,
                    self._plan.options,
                    filename=report.filename,
                    on_progress=lambda sent, total: self._board.sending(report.label, sent, total),
                )
                self._taken(report, job)
                return
            with _opened(report) as stream:
                job = await self._scanner.submit(
                    stream,
                    self._plan.options,
                    filename=report.filename,
                    on_progress=lambda sent, total: self._board.sending(report.label, sent, total),
                )
        self._taken(report, job)

    def _goes_in_parts(self, path: Path) -> bool:
        """A pipe never does: it cannot be read twice."""
        if not path.is_file() or path.stat().st_size == 0:
            return False
        return path.stat().st_size > DIRECT_BYTES if self._plan.direct is None else self._plan.direct

    def _taken(self, report: Report, job: Job) -> None:
        self.jobs[report.label] = job
        self._board.sent(report.label, job)

    async def _follow(self, report: Report) -> None:
        job_id = self.jobs[report.label].job_id
        async with self._follows:
            async for event in self._scanner.follow(job_id):
                self._board.happened(report.label, event)
            self.jobs[report.label] = await self._scanner.job(job_id)

    @property
    def _seconds(self) -> float:
        return self._plan.timeout.total_seconds() if self._plan.timeout else 0.0


@contextmanager
def _opened(report: Report) -> Iterator[BinaryIO]:
    """A pipe is copied to disk first, so that a lost upload can be repeated and its size is known."""
    with ExitStack() as stack:
        stream: BinaryIO = sys.stdin.buffer if report.path is None else stack.enter_context(report.path.open("rb"))
        if not stream.seekable():
            copy = stack.enter_context(tempfile.TemporaryFile())
            shutil.copyfileobj(stream, copy)
            stream = copy
        yield stream
