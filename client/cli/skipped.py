"""``phoenix-scan skipped``."""

from typing import Annotated

import typer
from rich.table import Table

from client.cli.connection import DEFAULT_URL, ApiKey, ApiKeyFile, Json, Url, open_scanner
from client.cli.console import out, plain
from client.cli.documents import write_json


def skipped(
    job_id: Annotated[str, typer.Argument(metavar="ID", help="The job.")],
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    api_key_file: ApiKeyFile = None,
    as_json: Json = False,
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
    if not found.skipped:
        out().print("Nothing was skipped.")
        return
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("Place", overflow="fold")
    table.add_column("Reason", overflow="fold")
    for record in found.skipped:
        table.add_row(plain(record.place), plain(record.reason))
    out().print(table)
    if found.total is not None and found.total > len(found.skipped):
        out().print(f"{len(found.skipped):,} of {found.total:,} were kept", style="dim")
