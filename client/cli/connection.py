"""The options by which every client command finds the service, and the client that they make."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from client.cli.console import err, plain
from client.cli.edge import LOOPBACK
from client.cli.profiles import Profiles, ProfilesError
from client.sdk import DEFAULT_URL, PhoenixScanner, RetryPolicy

if TYPE_CHECKING:
    import stamina

    from client.sdk import AsyncPhoenixScanner

PANEL = "Service"

Url = Annotated[
    str, typer.Option("--url", envvar="PHOENIX_SCANNER_API_URL", help="Where the service is.", rich_help_panel=PANEL)
]
ApiKey = Annotated[
    str | None,
    typer.Option(
        "--api-key",
        envvar="PHOENIX_SCANNER_API_KEY",
        show_default=False,
        help="The service's key. Other users of this machine can see it in the list of processes: prefer the environment.",
        rich_help_panel=PANEL,
    ),
]
ApiKeyFile = Annotated[
    Path | None,
    typer.Option(
        "--api-key-file",
        exists=True,
        dir_okay=False,
        show_default=False,
        help="A file that holds the key; it goes before the other ways. Without any, a service on this machine lends its own.",
        rich_help_panel=PANEL,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, and nothing else there.")]

COMMAND_RETRIES = RetryPolicy(attempts=4, give_up_seconds=45)
"""A person or a pipeline waits: some seconds of a restart are bridged, no more."""


def open_scanner(
    url: str, api_key: str | None, api_key_file: Path | None, *, retries: RetryPolicy = COMMAND_RETRIES
) -> PhoenixScanner:
    tell_retries()
    try:
        return PhoenixScanner(url, api_key=find_key(url, api_key, api_key_file, os.environ), retries=retries)
    except ValueError as error:
        raise typer.BadParameter(f"{error}; write it as http://host:port", param_hint="--url") from error


def open_async_scanner(url: str, api_key: str | None, api_key_file: Path | None) -> "AsyncPhoenixScanner":
    from client.sdk import AsyncPhoenixScanner

    tell_retries()
    try:
        return AsyncPhoenixScanner(url, api_key=find_key(url, api_key, api_key_file, os.environ), retries=COMMAND_RETRIES)
    except ValueError as error:
        raise typer.BadParameter(f"{error}; write it as http://host:port", param_hint="--url") from error


def find_key(url: str, api_key: str | None, api_key_file: Path | None, environment: Mapping[str, str]) -> str | None:
    """The key to use: of the file, of the option or its variable, of a profile, or of the embedded service on this machine."""
    if api_key_file is not None:
        try:
            key = api_key_file.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise typer.BadParameter(f"{api_key_file} cannot be read as a key", param_hint="--api-key-file") from error
        if not key:
            raise typer.BadParameter(f"{api_key_file} is empty", param_hint="--api-key-file")
        return key
    if api_key:
        return require_key(api_key)
    if kept := _kept_key(url, environment):
        return kept
    embedded = data_folder(environment) / "api-key"
    if urlsplit(url).hostname in LOOPBACK and os.access(embedded, os.R_OK):
        return embedded.read_text().strip() or None
    return None


def require_key(text: str) -> str:
    """The same. Raises where it can be none."""
    if not (text.isascii() and text.isprintable()):
        raise typer.BadParameter("is not a key: it has characters that no header can carry", param_hint="--api-key")
    return text


def _kept_key(url: str, environment: Mapping[str, str]) -> str | None:
    try:
        return Profiles(environment).key_for(url)
    except ProfilesError as error:
        raise typer.BadParameter(str(error), param_hint="--profile") from error


def data_folder(environment: Mapping[str, str]) -> Path:
    """Where ``phoenix-scan up`` keeps its data unless told otherwise."""
    if chosen := environment.get("PHOENIX_SCANNER_DATA"):
        return Path(chosen)
    return Path(environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "phoenix-scanner"


def tell_retries() -> None:
    """Says on standard error that a request is tried again. The library's own hook may log to standard output instead."""
    import stamina

    stamina.instrumentation.set_on_retry_hooks([_tell_retry])


def _tell_retry(details: "stamina.instrumentation.RetryDetails") -> None:
    err.print(plain(f"{details.caused_by}; trying again in {details.wait_for:.1f} s", "dim"), soft_wrap=True)


__all__ = [
    "DEFAULT_URL",
    "ApiKey",
    "ApiKeyFile",
    "Json",
    "Url",
    "data_folder",
    "find_key",
    "open_async_scanner",
    "open_scanner",
    "require_key",
]
