"""``phoenix-scan usage``."""

from typing import Annotated

import typer
from rich.table import Table

from client.cli import wording
from client.cli.connection import DEFAULT_URL, ApiKey, ApiKeyFile, Json, Url, open_scanner
from client.cli.console import out, plain
from client.cli.documents import write_json
from client.sdk import LimitUse


def usage(
    tenant: Annotated[
        str, typer.Argument(metavar="[TENANT]", help="Another tenant; for who operates the service.", show_default=False)
    ] = "",
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    api_key_file: ApiKeyFile = None,
    as_json: Json = False,
) -> None:
    """Show what your tenant uses of its limits, and when it is renewed.

    \b
    Examples
      phoenix-scan usage
      phoenix-scan usage payments --json | jq .limits.stored_bytes.used

    \b
    Exit codes: 0 done, 2 wrong usage or no such tenant, 3 the service could not be reached or refused.
    """
    with open_scanner(url, api_key, api_key_file) as scanner:
        found = scanner.usage(tenant)
    if as_json:
        write_json(found)
        return
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column(f"Of {found.tenant}", no_wrap=True)
    for name in ("Used", "Limit", "Left"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Renewed", no_wrap=True)
    for name, use in found.limits.items():
        table.add_row(plain(name.replace("_", " ")), *_amounts(use), wording.moment(use.renewed_at))
    out().print(table)


def _amounts(use: LimitUse) -> tuple[str, str, str]:
    limit = "none" if use.limit is None else f"{use.limit:,}"
    return wording.count(use.used), limit, wording.count(use.remaining)
