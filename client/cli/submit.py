"""``phoenix-scan submit``."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from client.cli.assessments import warn_of_one_name
from client.cli.board import Board, open_board
from client.cli.connection import DEFAULT_URL, ApiKey, ApiKeyFile, Json, Url, open_async_scanner
from client.cli.console import err, plain
from client.cli.documents import write_json
from client.cli.edge import InterruptedWithJobsError, hint, tell_hint
from client.cli.outcomes import Outcome, overall, print_results, print_submitted
from client.cli.reports import Report, gather, listed
from client.cli.submission import Plan, Submission
from client.sdk import AssetType, AsyncPhoenixScanner, ImportType, Priority, SubmitOptions

REPORT, FINDINGS, REQUESTS, WEBHOOK, PHOENIX = "What it is", "Findings and assets", "Requests", "Webhook", "Phoenix"


def submit(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE...", help="Files, folders (searched to their depth), patterns, or - for standard input."),
    ] = None,
    files_from: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="More of them, one on a line of this file; - for standard input.", show_default=False
        ),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", "-w", envvar="PHOENIX_SCANNER_WAIT", help="Wait until every job has ended.")
    ] = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait, and show the jobs' log lines.")] = False,
    timeout: Annotated[
        float | None,
        typer.Option(
            min=0.001,
            metavar="SECONDS",
            envvar="PHOENIX_SCANNER_TIMEOUT",
            help="Wait no longer than this; the jobs go on.",
            show_default=False,
        ),
    ] = None,
    parallel: Annotated[int, typer.Option(min=1, max=32, help="Uploads at once.")] = 4,
    direct: Annotated[
        bool | None,
        typer.Option(
            "--direct/--no-direct",
            help="Send files in parts, straight to storage where it can be reached; a broken upload is taken up again.",
            show_default="above 100 MB",
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only results and errors.")] = False,
    filename: Annotated[
        str, typer.Option(help="The name for what comes from standard input.", rich_help_panel=REPORT)
    ] = "stdin",
    scanner_type: Annotated[
        str | None,
        typer.Option(
            envvar="PHOENIX_SCANNER_SCANNER_TYPE",
            help="The format: trivy, nessus, … (see `phoenix-scan formats`).",
            show_default="detected",
            rich_help_panel=REPORT,
        ),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="A format as YAML (see `phoenix-scan new-format`), where the service allows it.",
            show_default="none",
            rich_help_panel=REPORT,
        ),
    ] = None,
    asset_type: Annotated[
        AssetType | None,
        typer.Option(case_sensitive=False, help="What the assets are.", show_default="the format's", rich_help_panel=REPORT),
    ] = None,
    assessment_name: Annotated[
        str | None,
        typer.Option(
            envvar="PHOENIX_SCANNER_ASSESSMENT_NAME",
            help="The assessment in Phoenix; {path}, {stem}, {scanner}, {asset}, {date} are filled in.",
            show_default="one for each report",
            rich_help_panel=REPORT,
        ),
    ] = None,
    import_type: Annotated[
        ImportType | None,
        typer.Option(
            envvar="PHOENIX_SCANNER_IMPORT_TYPE",
            help="new closes what the report lacks, merge does so on its assets only, delta closes nothing.",
            show_default="new",
            rich_help_panel=REPORT,
        ),
    ] = None,
    priority: Annotated[
        Priority | None,
        typer.Option(
            envvar="PHOENIX_SCANNER_PRIORITY",
            help="Before or behind your other jobs that wait; low ones also wait for other teams'.",
            show_default="normal",
            rich_help_panel=REQUESTS,
        ),
    ] = None,
    fix_data: Annotated[
        bool | None,
        typer.Option(help="Repair what Phoenix would refuse.", show_default="fix-data", rich_help_panel=FINDINGS),
    ] = None,
    anonymize: Annotated[
        bool | None,
        typer.Option(
            "--anonymize", help="Replace IPs, host, user and account names.", show_default=False, rich_help_panel=FINDINGS
        ),
    ] = None,
    just_tags: Annotated[
        bool | None,
        typer.Option(
            "--just-tags", help="Import no findings, only the assets' tags.", show_default=False, rich_help_panel=FINDINGS
        ),
    ] = None,
    create_empty_assets: Annotated[
        bool | None,
        typer.Option(
            "--create-empty-assets", help="Keep findings at severity 1.0.", show_default=False, rich_help_panel=FINDINGS
        ),
    ] = None,
    create_inventory_assets: Annotated[
        bool | None,
        typer.Option(
            "--create-inventory-assets",
            help="Import assets without findings too.",
            show_default=False,
            rich_help_panel=FINDINGS,
        ),
    ] = None,
    include_dismissed: Annotated[
        bool | None,
        typer.Option(
            "--include-dismissed",
            help="Import what was suppressed, fixed, … too, tagged with the reason.",
            show_default=False,
            rich_help_panel=FINDINGS,
        ),
    ] = None,
    enable_batching: Annotated[
        bool | None,
        typer.Option(
            "--batching/--no-batching",
            help="Cut what is too large for one request.",
            show_default="batching",
            rich_help_panel=REQUESTS,
        ),
    ] = None,
    max_batch_size: Annotated[
        int | None, typer.Option(min=1, help="Most assets in a request.", show_default="500", rich_help_panel=REQUESTS)
    ] = None,
    max_payload_mb: Annotated[
        float | None, typer.Option(min=0.01, help="Most MB in a request.", show_default="25", rich_help_panel=REQUESTS)
    ] = None,
    webhook_url: Annotated[
        str | None, typer.Option(help="Told when the job ends.", show_default=False, rich_help_panel=WEBHOOK)
    ] = None,
    webhook_header: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Sent with it; may be repeated.", show_default=False, rich_help_panel=WEBHOOK),
    ] = None,
    phoenix_api_url: Annotated[
        str | None,
        typer.Option(
            envvar="PHOENIX_SCANNER_PHOENIX_API_URL",
            help="Instead of the service's own.",
            show_default=False,
            rich_help_panel=PHOENIX,
        ),
    ] = None,
    phoenix_client_id: Annotated[
        str | None,
        typer.Option(
            envvar="PHOENIX_SCANNER_PHOENIX_CLIENT_ID",
            help="Instead of the service's own.",
            show_default=False,
            rich_help_panel=PHOENIX,
        ),
    ] = None,
    phoenix_client_secret: Annotated[
        str | None,
        typer.Option(
            envvar="PHOENIX_SCANNER_PHOENIX_CLIENT_SECRET",
            help="Better given in the environment.",
            show_default=False,
            rich_help_panel=PHOENIX,
        ),
    ] = None,
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    api_key_file: ApiKeyFile = None,
    as_json: Json = False,
) -> None:
    """Send reports to the service; with --wait, until their findings are in Phoenix.

    \b
    Examples
      phoenix-scan submit trivy.json
      phoenix-scan submit reports/ "more/**/*.sarif" --wait --timeout 900
      find . -name "*.sarif" | phoenix-scan submit --files-from -
      phoenix-scan submit scan.nessus --import-type merge --follow
      trivy image -f json app | phoenix-scan submit - --filename app.json
      phoenix-scan submit *.json --wait --json | jq ".jobs[].status"

    \b
    Exit codes
      0    sent; with --wait: every job completed
      1    a job failed or was cancelled
      2    wrong usage, a wrong key, or a report that cannot be read
      3    the service could not be reached, or refused a report for reasons of its own
      124  timed out; the jobs go on
      130  interrupted; the jobs go on
    Of several different ones it is the highest.
    """
    options = SubmitOptions(
        scanner_type=scanner_type,
        mapping=mapping.read_text(encoding="utf-8") if mapping else None,
        asset_type=asset_type,
        assessment_name=assessment_name,
        import_type=import_type,
        priority=priority,
        phoenix_client_id=phoenix_client_id,
        phoenix_client_secret=phoenix_client_secret,
        phoenix_api_url=phoenix_api_url,
        enable_batching=enable_batching,
        fix_data=fix_data,
        anonymize=anonymize,
        just_tags=just_tags,
        create_empty_assets=create_empty_assets,
        create_inventory_assets=create_inventory_assets,
        include_dismissed=include_dismissed,
        max_batch_size=max_batch_size,
        max_payload_mb=max_payload_mb,
        webhook_url=webhook_url,
        webhook_headers=dict(map(_header, webhook_header)) if webhook_header else None,
    )
    limit = timedelta(seconds=timeout) if timeout else None
    plan = Plan(options=options, wait=wait or follow, parallel=parallel, timeout=limit, direct=direct)
    reports = gather([*(files or ()), *listed(files_from)], stdin_name=filename)
    warn_of_one_name(assessment_name or "", import_type or ImportType.NEW, [report.filename for report in reports])
    board = open_board(quiet=quiet, show_logs=follow)
    outcomes = _run(open_async_scanner(url, api_key, api_key_file), plan, board, reports)
    for advice in dict.fromkeys(hint(outcome.error) for outcome in outcomes if outcome.error):
        tell_hint(advice)
    if as_json:
        write_json({"jobs": [outcome.document() for outcome in outcomes]})
    elif plan.wait:
        print_results(outcomes)
    else:
        print_submitted(outcomes)
    raise typer.Exit(overall(outcomes))


def _run(scanner: AsyncPhoenixScanner, plan: Plan, board: Board, reports: Sequence[Report]) -> list[Outcome]:
    submission = Submission(scanner, plan, board)
    try:
        with board:
            return asyncio.run(submission.run(reports))
    except KeyboardInterrupt:
        if submission.jobs:
            jobs = [job.job_id for job in submission.jobs.values() if not job.status.ended]
            err.print(plain(f"interrupted; on the service these go on: {' '.join(jobs)}", "yellow"))
            raise InterruptedWithJobsError(jobs) from None
        raise


def _header(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise typer.BadParameter(f"not NAME=VALUE: {text!r}", param_hint="--webhook-header")
    return name.strip(), value.strip()
