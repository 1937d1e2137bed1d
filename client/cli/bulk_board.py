"""A bulk while it runs: a live table on a terminal, lines elsewhere; on standard error. And its summary."""

from types import TracebackType
from typing import Protocol, Self

from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from client.cli import wording
from client.cli.console import err, out, plain
from client.cli.logs import LEVELS
from client.sdk import Bulk, BulkEvent, BulkStatus, JobStatus

STYLES = {
    BulkStatus.REGISTERING: "cyan",
    BulkStatus.RUNNING: "blue",
    BulkStatus.COMPLETED: "green",
    BulkStatus.FAILED: "bold red",
    BulkStatus.CANCELLED: "yellow",
}
PLAIN_PERCENT = 10
_REASONS = 10


class BulkBoard(Protocol):
    def __enter__(self) -> Self: ...
    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...
    def sending(self, name: str, sent: int, total: int | None) -> None: ...
    def happened(self, event: BulkEvent) -> None: ...


class LiveBulkBoard:
    """A row per state of jobs, and the newest of what went wrong above it."""

    def __init__(self, *, show_logs: bool) -> None:
        self._show_logs = show_logs
        self._live = Live(console=err, transient=True, refresh_per_second=8)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._live.stop()

    def sending(self, name: str, sent: int, total: int | None) -> None:
        text = f"sending {name}: {wording.size(sent)} of {wording.size(total)}"
        self._live.update(Group(plain(text), ProgressBar(total=total or None, completed=sent)))

    def happened(self, event: BulkEvent) -> None:
        if event.type == "log" and self._show_logs:
            err.print(log_text(event))
        if event.data.jobs is not None:
            table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
            for status, number in event.data.jobs.items():
                table.add_row(wording.status(status), wording.count(number))
            bar = ProgressBar(total=100, completed=event.data.progress or 0)
            self._live.update(Group(plain(event.data.current_step or "", "dim"), bar, table))


class PlainBulkBoard:
    """Lines, for logs: every tenth of the progress."""

    def __init__(self, *, show_logs: bool) -> None:
        self._show_logs, self._tenth = show_logs, -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None

    def sending(self, name: str, sent: int, total: int | None) -> None:
        if sent == total:
            err.print(plain(f"sent {name}, {wording.size(total)}"), soft_wrap=True)

    def happened(self, event: BulkEvent) -> None:
        if event.type == "log" and self._show_logs:
            err.print(log_text(event), soft_wrap=True)
        if event.type == "progress" and (tenth := int((event.data.progress or 0) // PLAIN_PERCENT)) != self._tenth:
            self._tenth = tenth
            err.print(plain(f"{event.data.progress or 0:.0f} % {event.data.current_step or ''}"), soft_wrap=True)


def open_bulk_board(*, show_logs: bool) -> BulkBoard:
    return LiveBulkBoard(show_logs=show_logs) if err.is_terminal else PlainBulkBoard(show_logs=show_logs)


def log_text(event: BulkEvent) -> Text:
    return plain(event.data.message or "", LEVELS.get(event.data.level or "", ""))


def print_bulk(bulk: Bulk) -> None:
    """What there is to say about it, and why what failed has failed."""
    results = out()
    mark = Text(str(bulk.status), style=STYLES[bulk.status])
    counts = ", ".join(f"{number:,} {status}" for status, number in bulk.by_status.items()) or "no jobs"
    results.print(Text.assemble(plain(bulk.bulk_id), "  ", mark, f"  {bulk.progress:.0f} %  ", plain(counts)))
    if bulk.error_message:
        results.print(plain(bulk.error_message, "bold red"))
    for title, reasons in (("scanners", bulk.by_scanner), ("failed", bulk.by_error), ("left out", bulk.by_skip_reason)):
        for reason, number in list(reasons.items())[:_REASONS]:
            results.print(Text.assemble((f"{title}: ", "dim"), plain(reason), f" × {number:,}"))


def print_bulks(bulks: list[Bulk]) -> None:
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for name in ("Bulk", "Status", "Name", "Jobs", "Completed", "Failed", "Created"):
        table.add_column(name, no_wrap=name != "Name")
    for bulk in bulks:
        table.add_row(
            plain(bulk.bulk_id),
            Text(str(bulk.status), style=STYLES[bulk.status]),
            plain(bulk.name),
            wording.count(bulk.jobs),
            wording.count(bulk.by_status.get(JobStatus.COMPLETED, 0)),
            wording.count(bulk.by_status.get(JobStatus.FAILED, 0)),
            wording.moment(bulk.created_at),
        )
    out().print(table)
