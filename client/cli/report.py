"""``phoenix-scan report``."""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated

import typer

from client.cli.connection import DEFAULT_URL, ApiKey, ApiKeyFile, Url, open_scanner

STANDARD_OUTPUT = Path("-")


def report(
    job_id: Annotated[str, typer.Argument(metavar="ID", help="The job.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", dir_okay=False, help="Where it goes; - is standard output.")
    ],
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    api_key_file: ApiKeyFile = None,
) -> None:
    """Fetch the report that a job was made of, as it was sent. It is kept for as long as the service keeps jobs' files.

    \b
    Examples
      phoenix-scan report job-3f9c -o trivy.json
      phoenix-scan report job-3f9c -o - | jq .Results

    \b
    Exit codes: 0 done, 2 wrong usage or no such job, 3 the service could not be reached or refused.
    """
    with open_scanner(url, api_key, api_key_file) as scanner:
        pieces = scanner.report(job_id)
        if output == STANDARD_OUTPUT:
            for piece in pieces:
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
            return
        try:
            _write(output, pieces)
        except OSError as error:
            raise typer.BadParameter(f"{output}: {error.strerror or error}", param_hint="--output") from error


def _write(output: Path, pieces: Iterable[bytes]) -> None:
    """The file appears whole or not at all, and what was there stays until then."""
    with NamedTemporaryFile(dir=output.parent, prefix=f".{output.name}.", delete=False) as file:
        try:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.replace(file.name, output)
        except BaseException:
            with suppress(OSError):
                os.unlink(file.name)
            raise
