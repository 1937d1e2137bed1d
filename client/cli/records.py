"""``phoenix-scan skipped``, ``dismissed`` and ``merged``: the records of a report that are no findings of their own."""

from collections.abc import Iterable, Sequence
from typing import Annotated

import typer
from rich.table import Table

from client.cli.connection import DEFAULT_URL, ApiKey, ApiKeyFile, Json, Url, open_scanner
from client.cli.console import out, plain
from client.cli.documents import write_json

JobId = Annotated[str, typer.Argument(metavar="ID", help="The job.")]


def skipped(
    job_id: JobId, url: Url = DEFAULT_URL, api_key: ApiKey = None, api_key_file: ApiKeyFile = None, as_json: Json = False
) -> None:
    """List the records of a report that did not become findings: where each is, and why.

    \b
    Examples
      phoenix-scan skipped job-3f9c
      phoenix-scan skipped job-3f9c --json | jq '.skipped | length'

    \b
    Exit codes: 0 done, 2 wrong usage or no such job, 3 the service could not be reached or refused.
    """
    with open_scanner(url, api_key, api_key_file) as scanner:
        found = scanner.skipped(job_id)
    if as_json:
        write_json(found)
        return
    rows = [(record.place, record.reason) for record in found.skipped]
    _show("skipped", ("Place", "Reason"), rows, found.total)


def dismissed(
    job_id: JobId, url: Url = DEFAULT_URL, api_key: ApiKey = None, api_key_file: ApiKeyFile = None, as_json: Json = False
) -> None:
    """List the findings of a report that the tool or a team has put aside: where each is, what, and why.

    \b
    Examples
      phoenix-scan dismissed job-3f9c
      phoenix-scan dismissed job-3f9c --json | jq -r '.dismissed[] | select(.reason == "risk_accepted").name'

    \b
    Exit codes: 0 done, 2 wrong usage or no such job, 3 the service could not be reached or refused.
    """
    with open_scanner(url, api_key, api_key_file) as scanner:
        found = scanner.dismissed(job_id)
    if as_json:
        write_json(found)
        return
    rows = [(each.place, each.name, each.asset, " · ".join(filter(None, (each.reason, each.note)))) for each in found.dismissed]
    _show("dismissed", ("Place", "Finding", "Asset", "Reason"), rows, found.total)


def merged(
    job_id: JobId, url: Url = DEFAULT_URL, api_key: ApiKey = None, api_key_file: ApiKeyFile = None, as_json: Json = False
) -> None:
    """List the findings of a report that another one stands for, what, where, and how it differs.

    \b
    Examples
      phoenix-scan merged job-3f9c
      phoenix-scan merged job-3f9c --json | jq '.merged[] | select(.reason != "identical")'

    \b
    Exit codes: 0 done, 2 wrong usage or no such job, 3 the service could not be reached or refused.
    """
    with open_scanner(url, api_key, api_key_file) as scanner:
        found = scanner.merged(job_id)
    if as_json:
        write_json(found)
        return
    rows = [
        (each.asset, each.name, each.location, f"{each.reason}: {', '.join(each.differs)}" if each.differs else each.reason)
        for each in found.merged
    ]
    _show("merged", ("Asset", "Finding", "Location", "Reason"), rows, found.total)


def _show(fate: str, head: Sequence[str], rows: Sequence[Iterable[str]], total: int | None) -> None:
    if not rows:
        out().print(f"{total:,} {fate}; which they were is not kept any more." if total else f"Nothing was {fate}.")
        return
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for name in head:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*map(plain, row))
    out().print(table)
    if total is not None and total > len(rows):
        out().print(f"{len(rows):,} of {total:,} were kept", style="dim")
