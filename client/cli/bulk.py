"""``phoenix-scan bulk``."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from client.cli.assessments import warn_of_one_name
from client.cli.bulk_board import BulkBoard, open_bulk_board, print_bulk
from client.cli.bulk_sources import BulkSources, gather, packed
from client.cli.connection import DEFAULT_URL, ApiKey, ApiKeyFile, Json, Url, open_async_scanner
from client.cli.console import err, plain
from client.cli.documents import write_json
from client.cli.exits import ExitCode
from client.errors import UnreadableReportError, WaitTimeoutError
from client.sdk import AsyncPhoenixScanner, Bulk, BulkOrder, BulkRule, BulkStatus, ImportType, SubmitOptions

_BOOLEANS = {"true": True, "false": False}
_ENDS_BADLY = (BulkStatus.FAILED, BulkStatus.CANCELLED)


def bulk(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...", help="Folders, archives, reports, or addresses that the service may read (s3://…)."
        ),
    ],
    pattern: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB", help="Which files of a folder; may be repeated.", show_default="the usual endings"),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A form field for every report, as import_type=delta.", show_default=False),
    ] = None,
    assessment_name: Annotated[
        str | None,
        typer.Option(
            help="The assessments in Phoenix: {path}, {stem}, {scanner}, {asset}, {date} are filled in.",
            show_default="one for each report",
        ),
    ] = None,
    rule: Annotated[
        list[str] | None,
        typer.Option(
            metavar="'GLOB NAME=VALUE…'", help="Fields for some; or 'GLOB skip'. The first that fits.", show_default=False
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="What the bulk is called.")] = "",
    wait: Annotated[bool, typer.Option("--wait", "-w", help="Wait until it has ended.")] = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait, and show what goes wrong.")] = False,
    timeout: Annotated[
        float | None,
        typer.Option(min=0.001, metavar="SECONDS", help="Wait no longer than this; the bulk goes on.", show_default=False),
    ] = None,
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    api_key_file: ApiKeyFile = None,
    as_json: Json = False,
) -> None:
    """Import many reports at once: a folder, an archive, a bucket.

    \b
    Examples
      phoenix-scan bulk reports/ --follow
      phoenix-scan bulk old-scans.tar.zst --option import_type=delta --wait
      phoenix-scan bulk s3://scans/2025 --rule '*.nessus scanner_type=tenable' --rule '*.md skip'
      phoenix-scan bulk reports/ --pattern '*.sarif' --wait --json | jq .by_status

    \b
    Exit codes
      0    ordered; with --wait: every job completed
      1    a job failed or was cancelled
      2    wrong usage, a wrong key, or a report that cannot be read
      3    the service could not be reached, or refused for reasons of its own
      124  timed out; what was ordered goes on
      130  interrupted; the bulk goes on
    """
    fields = _fields(option or ())
    if assessment_name is not None:
        fields["assessment_name"] = assessment_name
    rules = [_rule(text) for text in rule or ()]
    found = gather(sources, pattern or ())
    names = [name for _, name in [*found.small, *found.large]]
    if not rules:
        warn_of_one_name(str(fields.get("assessment_name", "")), str(fields.get("import_type", ImportType.NEW)), names)
    scanner = open_async_scanner(url, api_key, api_key_file)
    order = BulkOrder(name=name, options=fields, rules=rules)
    ended = asyncio.run(_carry(scanner, found, order, wait or follow, follow, timeout))
    if as_json:
        write_json(ended)
    else:
        print_bulk(ended)
    raise typer.Exit(ExitCode.JOB_FAILED if ended.status in _ENDS_BADLY else ExitCode.DONE)


async def _carry(
    scanner: AsyncPhoenixScanner, found: BulkSources, order: BulkOrder, wait: bool, show_logs: bool, seconds: float | None
) -> Bulk:
    subject = "the bulk"
    try:
        async with asyncio.timeout(seconds), scanner:
            with open_bulk_board(show_logs=show_logs) as board:
                try:
                    complete = await _uploaded(scanner, found, order, board)
                except OSError as error:
                    raise UnreadableReportError(error.filename or "a report", error.strerror or str(error)) from error
                bulk = await scanner.order_bulk(complete)
                if not wait:
                    return bulk
                subject = bulk.bulk_id
                err.print(plain(f"ordered as {subject}", "dim"), soft_wrap=True)
                async for event in scanner.follow_bulk(subject):
                    board.happened(event)
            return await scanner.bulk(subject)
    except TimeoutError as error:
        raise WaitTimeoutError(subject, seconds or 0.0) from error


async def _uploaded(scanner: AsyncPhoenixScanner, found: BulkSources, order: BulkOrder, board: BulkBoard) -> BulkOrder:
    """The order with ids of what has been sent; files one after the other, each in several parts at once."""

    async def send(path: Path, filename: str) -> str:
        upload = await scanner.upload_in_parts(
            path, SubmitOptions(), filename=filename, on_progress=lambda sent, total: board.sending(filename, sent, total)
        )
        return upload.upload_id

    archives = [await send(path, path.name) for path in found.archives]
    archives += [await send(path, "reports.tar.zst") for path in packed(found.small)]
    return msgspec.structs.replace(
        order,
        archives=archives,
        uploads=[await send(path, name) for path, name in found.large],
        prefixes=found.addresses,
    )


def _fields(texts: Sequence[str]) -> dict[str, object]:
    fields: dict[str, object] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator or not name:
            raise typer.BadParameter(f"not NAME=VALUE: {text!r}")
        fields[name.strip()] = _BOOLEANS.get(value.strip().lower(), value.strip())
    return fields


def _rule(text: str) -> BulkRule:
    pattern, *rest = text.split()
    if rest == ["skip"]:
        return BulkRule(pattern=pattern, skip=True)
    return BulkRule(pattern=pattern, options=_fields(rest))
