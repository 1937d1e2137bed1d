"""``phoenix-scan logs``."""

from typing import Annotated

import typer
from rich.text import Text

from client.cli.connection import DEFAULT_URL, ApiKey, ApiKeyFile, Json, Url, open_scanner
from client.cli.console import out, printable
from client.cli.documents import write_json
from client.cli.exits import ExitCode
from client.sdk import Event, EventType, JobStatus

LEVELS = {"DEBUG": "dim", "WARNING": "yellow", "ERROR": "red", "CRITICAL": "bold red"}


def logs(
    job_id: Annotated[str, typer.Argument(metavar="ID", help="The job.")],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the job ends.")] = False,
    after: Annotated[int, typer.Option(min=0, help="Only events after this number.")] = 0,
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    api_key_file: ApiKeyFile = None,
    as_json: Json = False,
) -> None:
    """Print what happened to a job: log lines and changes of its state.

    \b
    Examples
      phoenix-scan logs job-3f9c
      phoenix-scan logs -f job-3f9c
      phoenix-scan logs job-3f9c --json | jq ".events[].data.message"

    \b
    Exit codes: 0 done, 1 with --follow: the job failed or was cancelled, 2 wrong usage or no such job,
    3 the service could not be reached or refused, 130 interrupted (the job goes on).
    """
    kept: list[Event] = []
    last: Event | None = None
    with open_scanner(url, api_key, api_key_file) as scanner:
        told = False
        for last in scanner.logs(job_id, after=after, follow=follow):
            if as_json:
                kept.append(last)
            elif line := log_line(last, told=told):
                out().print(line, soft_wrap=True)
            if last.type in (EventType.LOG, EventType.STATUS):  # a status begins another attempt
                told = last.data.level == "ERROR" or (told and last.type == EventType.LOG)
    if as_json:
        write_json({"job_id": job_id, "events": kept})
    if follow and last is not None and last.data.status in (JobStatus.FAILED, JobStatus.CANCELLED):
        raise typer.Exit(ExitCode.JOB_FAILED)


def log_line(event: Event, *, told: bool = False) -> Text | None:
    """The event as a line; None for those that say nothing to a reader, such as every step of the progress.

    Of a job that failed, why is left out where the lines before have ``told`` it.
    """
    data = event.data
    match event.type:
        case EventType.LOG:
            level, text = (data.level or "INFO").upper(), data.message or ""
        case EventType.STATUS:
            level, text = "INFO", f"status: {data.status}"
        case EventType.COMPLETE:
            level, text = (
                "INFO",
                f"completed: {data.assets_imported or 0:,} assets, {data.vulnerabilities_imported or 0:,} findings",
            )
        case EventType.ERROR:
            status = data.status or "failed"
            level, text = "ERROR", status if told else f"{status}: {data.error_message or 'no reason given'}"
        case _:
            return None
    line = Text()
    if event.timestamp is not None:
        line.append(event.timestamp.astimezone().strftime("%H:%M:%S "), style="dim")
    line.append(f"{level:<8}", style=LEVELS.get(level, "cyan"))
    line.append(printable(text))
    return line
