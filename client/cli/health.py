"""``phoenix-scan health``."""

import typer
from rich.table import Table
from rich.text import Text

from client.cli import wording
from client.cli.connection import DEFAULT_URL, ApiKey, ApiKeyFile, Json, Url, open_scanner
from client.cli.console import out, plain
from client.cli.documents import write_json
from client.cli.exits import ExitCode
from client.sdk import ONCE, Health, Part

GOOD = frozenset({"healthy", "ok", "up", "connected", "running", "active", "not_configured"})


def health(
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    api_key_file: ApiKeyFile = None,
    as_json: Json = False,
) -> None:
    """Ask the service how it is: its database, storage, cluster and queue.

    \b
    Examples
      phoenix-scan health
      until phoenix-scan health >/dev/null 2>&1; do sleep 1; done

    \b
    Exit codes: 0 healthy or degraded, 2 wrong usage,
    3 the service is unhealthy, could not be reached or refused.
    """
    with open_scanner(url, api_key, api_key_file, retries=ONCE) as scanner:
        found = scanner.health()
    if as_json:
        write_json(found)
    else:
        _print(url, found)
    if found.status == "unhealthy":
        raise typer.Exit(ExitCode.REFUSED)


def _print(url: str, found: Health) -> None:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("service", _state(found.status), plain(f"{url} {found.version}".strip()))
    for name, part in (("database", found.database), ("storage", found.storage), ("ray", found.ray)):
        if isinstance(part, Part):
            table.add_row(name, _state(part.status), plain(part.message or ""))
    workers, queue = found.workers, found.queue
    busy = f"{workers.active_workers} active, {wording.counted(workers.max_concurrent_jobs, 'job')} at once at most"
    table.add_row("workers", _state(workers.status), busy)
    waiting = f"{queue.pending_jobs:,} waiting, {queue.processing_jobs:,} running, {queue.total_jobs:,} in all"
    table.add_row("queue", _state(queue.redis_status), waiting)
    out().print(table)


def _state(status: str) -> Text:
    return plain(status, "green" if status in GOOD else "red" if status == "unhealthy" else "yellow")
