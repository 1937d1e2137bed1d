"""``phoenix-scan jobs``."""

from typing import Annotated

import typer
from rich.table import Table

from client.cli import wording
from client.cli.connection import DEFAULT_URL, ApiKey, ApiKeyFile, Json, Url, open_scanner
from client.cli.console import out, plain
from client.cli.documents import write_json
from client.sdk import JobPage, JobStatus


def jobs(
    page: Annotated[int, typer.Option(min=1, help="Which page.")] = 1,
    page_size: Annotated[int, typer.Option(min=1, max=100, help="Jobs on a page.")] = 20,
    status: Annotated[JobStatus | None, typer.Option(help="Only jobs in this state.", show_default=False)] = None,
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    api_key_file: ApiKeyFile = None,
    as_json: Json = False,
) -> None:
    """List jobs, newest first.

    \b
    Examples
      phoenix-scan jobs
      phoenix-scan jobs --status failed
      phoenix-scan jobs --json | jq -r ".jobs[].job_id"

    \b
    Exit codes: 0 done, 2 wrong usage, 3 the service could not be reached or refused.
    """
    with open_scanner(url, api_key, api_key_file) as scanner:
        found = scanner.jobs(page=page, page_size=page_size, status=status)
    if as_json:
        write_json(found)
    else:
        _print(found)


def _print(found: JobPage) -> None:
    if not found.jobs:
        out().print("No jobs." if found.total == 0 else f"No jobs on this page; there are {found.total:,} in all.")
        return
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for name in ("Job", "Status"):
        table.add_column(name, no_wrap=True)
    table.add_column("Report", overflow="fold")
    table.add_column("Scanner", overflow="fold")
    for name in ("Assets", "Findings"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Created", no_wrap=True)
    for job in found.jobs:
        state = wording.status(job.status)
        if job.status is JobStatus.PROCESSING:
            state.append(f" {job.progress:.0f} %")
        table.add_row(
            plain(job.job_id),
            state,
            plain(job.filename or "–"),
            plain(job.scanner_type or "–"),
            wording.count(job.assets_imported),
            wording.count(job.vulnerabilities_imported),
            wording.moment(job.created_at),
        )
    out().print(table)
    shown = (found.page - 1) * found.page_size + len(found.jobs)
    if shown < found.total:
        out().print(f"{len(found.jobs)} of {found.total:,} jobs; more with --page {found.page + 1}", style="dim")
