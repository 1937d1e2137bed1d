"""``phoenix-scan show``."""

from typing import Annotated

import typer
from rich.table import Table

from client.cli import wording
from client.cli.connection import DEFAULT_URL, ApiKey, ApiKeyFile, Json, Url, open_scanner
from client.cli.console import out, plain
from client.cli.documents import write_json
from client.sdk import Batch, Job


def show(
    job_id: Annotated[str, typer.Argument(metavar="ID", help="The job.")],
    batches: Annotated[bool, typer.Option("--batches", help="Also the requests that it was cut into.")] = False,
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    api_key_file: ApiKeyFile = None,
    as_json: Json = False,
) -> None:
    """Show one job: its state, what it imported, its last log lines.

    \b
    Examples
      phoenix-scan show job-3f9c
      phoenix-scan show job-3f9c --batches
      phoenix-scan show job-3f9c --json | jq .progress

    \b
    Exit codes: 0 done (whatever the job's state), 2 wrong usage or no such job,
    3 the service could not be reached or refused.
    """
    with open_scanner(url, api_key, api_key_file) as scanner:
        job = scanner.job(job_id)
        requests = scanner.batches(job_id) if batches else None
    if as_json:
        write_json(job if requests is None else {"job": job, "batches": requests})
        return
    _print(job)
    if requests is not None:
        _print_batches(requests)


def _print(job: Job) -> None:
    facts = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    state = wording.status(job.status)
    if not job.status.ended:
        state.append(f" {job.progress:.0f} % {job.current_step or ''}".rstrip())
    facts.add_row("Job", plain(job.job_id))
    facts.add_row("Status", state)
    facts.add_row("Report", plain(f"{job.filename or '–'} ({wording.size(job.file_size_bytes)})"))
    facts.add_row("Scanner", plain(job.scanner_type or "–"))
    facts.add_row("Assessment", plain(job.assessment_name or "–"))
    facts.add_row("Import", plain(" ".join(filter(None, (job.import_type, job.asset_type))) or "–"))
    facts.add_row("Created", wording.moment(job.created_at))
    facts.add_row("Took", wording.duration(wording.took(job)))
    facts.add_row("Assets", wording.count(job.assets_imported))
    facts.add_row("Findings", wording.count(job.vulnerabilities_imported))
    facts.add_row("Skipped", wording.count(job.skipped))
    facts.add_row("Merged", wording.count(job.merged))
    facts.add_row("Dismissed", wording.reasons(job.dismissed))
    if job.error_message:
        facts.add_row("Error", plain(job.error_message, "red"))
    out().print(facts)
    if job.recent_logs:
        out().print("\nLast log lines", style="dim")
        for line in job.recent_logs:
            out().print(plain(line), soft_wrap=True)


def _print_batches(requests: list[Batch]) -> None:
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for name in ("Batch", "State", "Import", "After", "Assets", "Findings", "Size", "Attempts"):
        table.add_column(name, justify="left" if name in ("State", "Import", "After") else "right", no_wrap=True)
    table.add_column("Error", overflow="fold", style="red")
    for batch in requests:
        table.add_row(
            str(batch.number),
            plain(batch.state),
            plain(batch.import_type or "–"),
            ", ".join(map(str, batch.needs)) or "–",
            wording.count(batch.assets),
            wording.count(batch.findings),
            wording.size(batch.size_bytes),
            wording.count(batch.attempts),
            plain(batch.error or ""),
        )
    out().print()
    out().print(table)
