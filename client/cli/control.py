"""``phoenix-scan cancel`` and ``phoenix-scan retry``."""

from collections.abc import Callable
from typing import Annotated

import msgspec
import typer

from client.cli.connection import DEFAULT_URL, ApiKey, ApiKeyFile, Json, Url, open_scanner
from client.cli.console import out, plain
from client.cli.documents import ErrorDocument, error_document, write_json
from client.cli.edge import tell
from client.cli.exits import ExitCode, exit_code
from client.errors import RefusedError

JobIds = Annotated[list[str], typer.Argument(metavar="ID...", help="The jobs.")]


class Answer(msgspec.Struct):
    """What the service said about one of the jobs."""

    job_id: str
    done: bool
    error: ErrorDocument | None = None


def cancel(
    job_ids: JobIds,
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    api_key_file: ApiKeyFile = None,
    as_json: Json = False,
) -> None:
    """Cancel jobs that wait or run.

    What a job has imported by then stays in Phoenix.

    \b
    Examples
      phoenix-scan cancel job-3f9c
      phoenix-scan cancel job-3f9c job-77d0

    \b
    Exit codes: 0 all are being cancelled, 2 wrong usage or no such job,
    3 the service could not be reached or refused one (it has ended).
    """
    with open_scanner(url, api_key, api_key_file) as scanner:
        _each(job_ids, scanner.cancel, verb="cancelling", as_json=as_json)


def retry(
    job_ids: JobIds,
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    api_key_file: ApiKeyFile = None,
    as_json: Json = False,
) -> None:
    """Let failed or cancelled jobs go on from what is missing.

    What they have imported already is not sent again.

    \b
    Examples
      phoenix-scan retry job-3f9c
      phoenix-scan retry job-3f9c && phoenix-scan logs -f job-3f9c

    \b
    Exit codes: 0 all go on, 2 wrong usage or no such job,
    3 the service could not be reached or refused one (it runs, or is complete).
    """
    with open_scanner(url, api_key, api_key_file) as scanner:
        _each(job_ids, scanner.retry, verb="goes on:", as_json=as_json)


def _each(job_ids: list[str], act: Callable[[str], object], *, verb: str, as_json: bool) -> None:
    """A refusal concerns its own job only; an unreachable service ends it all."""
    answers, worst = [], ExitCode.DONE
    for job_id in job_ids:
        try:
            act(job_id)
        except RefusedError as error:
            tell(error)
            answers.append(Answer(job_id, done=False, error=error_document(error)))
            worst = max(worst, exit_code(error))
            continue
        answers.append(Answer(job_id, done=True))
        if not as_json:
            out().print(plain(f"{verb} {job_id}"))
    if as_json:
        write_json({"jobs": answers})
    if worst:
        raise typer.Exit(worst)
