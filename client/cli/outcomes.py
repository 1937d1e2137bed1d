"""What became of each report of a ``submit``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from rich.table import Table

from client.cli import wording
from client.cli.console import out, plain
from client.cli.documents import error_document
from client.cli.edge import describe
from client.cli.exits import ExitCode, exit_code
from client.errors import ClientError
from client.sdk import Job, JobStatus


@dataclass(frozen=True)
class Outcome:
    """``job`` is None when the report could not be sent; with an ``error`` it is as it was last seen."""

    label: str
    job: Job | None
    seconds: float
    error: ClientError | None = None

    @property
    def exit_code(self) -> ExitCode:
        if self.error is not None:
            return exit_code(self.error)
        if self.job is not None and self.job.status in (JobStatus.FAILED, JobStatus.CANCELLED):
            return ExitCode.JOB_FAILED
        return ExitCode.DONE

    @property
    def over(self) -> bool:
        """Whether there is a result to tell, and not only a job that was sent."""
        return self.error is not None or (self.job is not None and self.job.status.ended)

    @property
    def text(self) -> str:
        if self.error is not None:
            return describe(self.error)
        if self.job is None:
            return "not sent"
        return wording.result(self.job) if self.job.status.ended else str(self.job.status)

    def document(self) -> dict[str, Any]:
        """The job's own fields beside the report's, so that a filter need not care which job an answer is about."""
        job = msgspec.to_builtins(self.job) if self.job else {"job_id": None, "status": None}
        return {
            "file": self.label,
            **job,
            "seconds": round(self.seconds, 3),
            "error": error_document(self.error) if self.error else None,
        }


def overall(outcomes: Sequence[Outcome]) -> ExitCode:
    """Of several different ends the one with the highest code: timed out, then refused, then failed."""
    return max((outcome.exit_code for outcome in outcomes), default=ExitCode.DONE)


def print_submitted(outcomes: Sequence[Outcome]) -> None:
    """Without waiting: which job each report has become."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for outcome in outcomes:
        if outcome.job:
            table.add_row(plain(outcome.job.job_id), wording.status(outcome.job.status), plain(outcome.label))
    if table.row_count:
        out().print(table)


def print_results(outcomes: Sequence[Outcome]) -> None:
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("Report", overflow="fold")
    table.add_column("Job", no_wrap=True)
    table.add_column("Status", no_wrap=True)
    for name in ("Assets", "Findings", "Skipped", "Time"):
        table.add_column(name, justify="right", no_wrap=True)
    for outcome in outcomes:
        job = outcome.job
        table.add_row(
            plain(outcome.label),
            plain(job.job_id if job else "–"),
            wording.status(job.status) if job else plain("✗ not sent", "bold red"),
            wording.count(job.assets_imported if job else None),
            wording.count(job.vulnerabilities_imported if job else None),
            wording.count(job.skipped if job else None),
            f"{outcome.seconds:.1f} s",
        )
    out().print(table)
