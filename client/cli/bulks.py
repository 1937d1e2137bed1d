"""``phoenix-scan bulks``."""

from typing import Annotated

import typer

from client.cli.bulk_board import open_bulk_board, print_bulk, print_bulks
from client.cli.connection import DEFAULT_URL, ApiKey, ApiKeyFile, Json, Url, open_scanner
from client.cli.documents import write_json
from client.cli.exits import ExitCode
from client.sdk import BulkStatus


def bulks(
    bulk_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="One of them.", show_default=False)] = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="Cancel it, with all of its jobs.")] = False,
    retry: Annotated[bool, typer.Option("--retry", help="Let what failed in it go on.")] = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Until it has ended, with what goes wrong.")] = False,
    page: Annotated[int, typer.Option(min=1, help="Which page.")] = 1,
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    api_key_file: ApiKeyFile = None,
    as_json: Json = False,
) -> None:
    """List bulk imports, or show, cancel, retry or follow one.

    \b
    Examples
      phoenix-scan bulks
      phoenix-scan bulks bulk-5f0c --retry --follow

    \b
    Exit codes: 0 done, 1 the bulk has failed or was cancelled (with --follow), 2 wrong usage or no such bulk,
    3 the service could not be reached or refused.
    """
    if bulk_id is None and (cancel or retry or follow):
        raise typer.BadParameter("say which bulk", param_hint="ID")
    with open_scanner(url, api_key, api_key_file) as scanner:
        if bulk_id is None:
            found = scanner.bulks(page=page)
            write_json(found) if as_json else print_bulks(found.bulks)
            return
        if cancel:
            scanner.cancel_bulk(bulk_id)
        if retry:
            scanner.retry_bulk(bulk_id)
        if follow:
            with open_bulk_board(show_logs=True) as board:
                for event in scanner.follow_bulk(bulk_id):
                    board.happened(event)
        bulk = scanner.bulk(bulk_id)
    write_json(bulk) if as_json else print_bulk(bulk)
    badly = follow and bulk.status is not BulkStatus.COMPLETED
    raise typer.Exit(ExitCode.JOB_FAILED if badly else ExitCode.DONE)
