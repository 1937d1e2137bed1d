"""What a person sees while reports are sent and jobs run; all of it on standard error."""

import re
from types import TracebackType
from typing import Protocol, Self

from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Column
from rich.text import Text

from client.cli import wording
from client.cli.console import err, plain, printable
from client.cli.exits import ExitCode
from client.cli.logs import log_line
from client.cli.outcomes import Outcome
from client.sdk import Event, EventType, Job

PLAIN_PERCENT = 10
"""A log file gets a line per so much progress."""
NUMBERS = re.compile(r"\d+")
"""A step that differs from the last one only in its numbers is not another step."""


class Board(Protocol):
    """Reports are told apart by their label."""

    def __enter__(self) -> Self: ...
    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...
    def sending(self, label: str, sent: int, total: int | None) -> None: ...
    def sent(self, label: str, job: Job) -> None: ...
    def happened(self, label: str, event: Event) -> None: ...
    def ended(self, outcome: Outcome) -> None: ...


class LiveBoard:
    """A bar per report on its way; an ended one leaves a line above the bars, so that many reports fit a small window."""

    def __init__(self, *, show_logs: bool) -> None:
        self._show_logs = show_logs
        self._tasks: dict[str, TaskID] = {}
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", table_column=Column(ratio=3, no_wrap=True)),
            BarColumn(bar_width=None, table_column=Column(ratio=3)),
            TaskProgressColumn(),
            TextColumn("[dim]{task.fields[step]}", table_column=Column(ratio=3, no_wrap=True)),
            TimeElapsedColumn(),
            console=err,
            transient=True,
            expand=True,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._progress.stop()

    def sending(self, label: str, sent: int, total: int | None) -> None:
        of = f" of {wording.size(total)}" if total else ""
        self._update(label, completed=sent, total=total, step=f"sending {wording.size(sent)}{of}")

    def sent(self, label: str, job: Job) -> None:
        self._update(label, completed=job.progress, total=100, step=job.current_step or str(job.status))

    def happened(self, label: str, event: Event) -> None:
        data = event.data
        if event.type in (EventType.PROGRESS, EventType.STATUS, EventType.CONNECTED):
            step = data.current_step or (str(data.status) if data.status else None)
            self._update(label, completed=data.progress, total=100, step=step)
        if self._show_logs and event.type == EventType.LOG and (line := log_line(event)):
            err.print(Text.assemble(plain(f"{label}  ", "dim"), line))

    def ended(self, outcome: Outcome) -> None:
        if (task := self._tasks.pop(outcome.label, None)) is not None:
            self._progress.remove_task(task)
        if outcome.over:
            err.print(ended_line(outcome))

    def _update(self, label: str, *, completed: float | None, total: float | None, step: str | None) -> None:
        if label not in self._tasks:
            self._tasks[label] = self._progress.add_task(escape(printable(label)), step="")
        fields = {"step": escape(printable(step))} if step else {}
        self._progress.update(self._tasks[label], completed=completed, total=total, **fields)  # type: ignore[arg-type]  # fields


class PlainBoard:
    """Lines, for logs: what was sent, every new step or tenth of the progress, how it ended."""

    def __init__(self, *, show_logs: bool) -> None:
        self._show_logs = show_logs
        self._seen: dict[str, tuple[str, int]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None

    def sending(self, label: str, sent: int, total: int | None) -> None:
        return None

    def sent(self, label: str, job: Job) -> None:
        err.print(plain(f"{label}: sent as {job.job_id}"), soft_wrap=True)

    def happened(self, label: str, event: Event) -> None:
        data = event.data
        if event.type == EventType.PROGRESS:
            news = (NUMBERS.sub("", data.current_step or ""), int((data.progress or 0) // PLAIN_PERCENT))
            if self._seen.get(label) != news:
                self._seen[label] = news
                err.print(plain(f"{label}: {data.progress or 0:.0f} % {data.current_step or ''}".rstrip()), soft_wrap=True)
        if self._show_logs and event.type == EventType.LOG and (line := log_line(event)):
            err.print(Text.assemble(plain(f"{label}: "), line), soft_wrap=True)

    def ended(self, outcome: Outcome) -> None:
        if outcome.over:
            err.print(ended_line(outcome), soft_wrap=True)


class SilentBoard(PlainBoard):
    """Only what went wrong."""

    def sent(self, label: str, job: Job) -> None:
        return None

    def happened(self, label: str, event: Event) -> None:
        return None

    def ended(self, outcome: Outcome) -> None:
        if outcome.exit_code is not ExitCode.DONE:
            super().ended(outcome)


def open_board(*, quiet: bool, show_logs: bool) -> Board:
    if quiet:
        return SilentBoard(show_logs=False)
    return LiveBoard(show_logs=show_logs) if err.is_terminal else PlainBoard(show_logs=show_logs)


def ended_line(outcome: Outcome) -> Text:
    mark, style = ("✓", "green") if outcome.exit_code is ExitCode.DONE else ("✗", "bold red")
    return Text.assemble(
        (f"{mark} ", style), plain(outcome.label), "  ", plain(outcome.text, "dim"), (f"  {outcome.seconds:.1f} s", "dim")
    )
