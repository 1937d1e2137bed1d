"""The commands ``phoenix-scan backup`` and ``phoenix-scan restore``: straight between a file and the stores of the settings."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import msgspec
import typer
from sqlalchemy.exc import SQLAlchemyError

from cluster.settings import Settings
from jobs_store.backup import BackupError, Counts, back_up
from jobs_store.backup import restore as restore_backup
from jobs_store.errors import StoreError
from jobs_store.secrets import SecretBox
from jobs_store.storage import open_storage
from serve_app.commands.keys import own_settings
from serve_app.commands.service import REFUSED, USAGE, Data, Json, failure
from serve_app.errors import StartError

_STREAM = "-"
_TELL_SECONDS = 1.0
File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup, by habit *.tar.zst; - for a pipe.")]


def backup(file: File, data: Data = None, json: Json = False) -> None:
    """Save the database and the objects that the service's settings name into one file, while the service runs.

    Secrets in it stay encrypted by SECRET_KEY, which is not in it: keep that elsewhere. The file appears when it is whole.

    \b
    Examples
      phoenix-scan backup monday.tar.zst
      phoenix-scan backup - | aws s3 cp - s3://backups/monday.tar.zst

    \b
    Exit codes: 0 done, 2 wrong usage, 3 the database or storage could not be reached, or the file not be written.
    """
    with _failures():
        settings = own_settings(data, is_there=True)
        with _written(file) as target:
            counts = back_up(settings.database_url, open_storage(settings.storage_url), _secrets(settings), target, _progress())
    _print(counts, "Saved", json=json, to_stderr=str(file) == _STREAM)


def restore(file: File, data: Data = None, json: Json = False) -> None:
    """Bring a backup back into an empty database and an empty storage, of whatever kind they are.

    SECRET_KEY has to be that of the service that was saved. Start the service afterwards: jobs that were under way go on where
    they were. Never let both services run: what waits would be imported by each.

    \b
    Examples
      phoenix-scan restore monday.tar.zst
      DATABASE_URL=postgresql://… STORAGE_URL=s3://… RAY_ADDRESS=… phoenix-scan restore monday.tar.zst

    \b
    Exit codes: 0 done, 2 wrong usage, no whole backup or the stores are not empty, 3 they could not be reached.
    """
    with _failures():
        settings = own_settings(data)
        with _opened(file) as source:
            counts = restore_backup(
                settings.database_url, open_storage(settings.storage_url), _secrets(settings), source, _progress()
            )
    _print(counts, "Restored", json=json, to_stderr=False)
    if os.environ.get("SECRET_KEY"):
        typer.echo("SECRET_KEY came from the environment: this service needs it there whenever it starts.", err=True)


def _secrets(settings: Settings) -> SecretBox:
    return SecretBox.from_setting(settings.secret_key.get_secret_value())


def _progress() -> Callable[[str, int], None]:
    told = time.monotonic()

    def tell(what: str, number: int) -> None:
        nonlocal told
        if time.monotonic() - told > _TELL_SECONDS:
            told = time.monotonic()
            typer.echo(f"{what}: {number:,} …", err=True)

    return tell


@contextmanager
def _written(file: Path) -> Iterator[IO[bytes]]:
    """A file appears whole, for its owner alone; a pipe takes what comes."""
    if str(file) == _STREAM:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = file.with_name(f".{file.name}.part")
    try:
        with open(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        os.replace(part, file)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    if str(file) == _STREAM:
        yield sys.stdin.buffer
        return
    with file.open("rb") as source:
        yield source


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except BackupError as error:
        raise failure(error, USAGE) from error
    except (StartError, StoreError, SQLAlchemyError, OSError) as error:
        raise failure(error, REFUSED) from error


def _print(counts: Counts, done: str, *, json: bool, to_stderr: bool) -> None:
    if json:
        typer.echo(msgspec.json.encode(counts).decode(), err=to_stderr)
        return
    rows, jobs = sum(counts.rows.values()), counts.rows.get("jobs", 0)
    missing = f"; {counts.missing:,} objects were removed meanwhile" if counts.missing else ""
    typer.echo(f"{done} {jobs:,} jobs, {rows:,} rows in all, {counts.objects:,} objects{missing}.", err=to_stderr)
