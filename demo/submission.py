"""Sending reports with ``phoenix-scan submit``: its progress, fed by the jobs' WebSockets, goes where ours would."""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

import msgspec

from benchmarks.errors import CommandFailedError
from benchmarks.service import PHOENIX_SCAN, Service

_PATIENCE_SECONDS = 300


class Sent(msgspec.Struct, frozen=True):
    """What ``submit --json`` says of a report."""

    file: str
    status: str | None
    """None where it could not be sent."""
    seconds: float
    scanner_type: str | None = None
    assessment_name: str | None = None
    assets_imported: int | None = None
    vulnerabilities_imported: int | None = None
    skipped: int | None = None
    error_message: str | None = None


class _Answer(msgspec.Struct):
    jobs: list[Sent]


def submit(folder: Path, reports: Iterable[str], service: Service) -> list[Sent]:
    """Sends all of a folder and waits for all; ``reports`` are names in it. What became of each is in its ``status``.

    Raises `CommandFailedError` where the command says nothing of the reports.
    """
    environment = os.environ | {"PHOENIX_SCANNER_API_URL": service.url, "PHOENIX_SCANNER_API_KEY": service.api_key}
    command = [PHOENIX_SCAN, "submit", "--wait", "--json", "--timeout", str(_PATIENCE_SECONDS), *reports]
    done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, check=False)  # noqa: S603  ourselves
    try:
        return msgspec.json.decode(done.stdout, type=_Answer).jobs
    except msgspec.MsgspecError as error:
        raise CommandFailedError("submit", done.returncode, done.stdout.decode(errors="replace")) from error
