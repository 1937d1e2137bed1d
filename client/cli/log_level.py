"""``phoenix-scan log-level``."""

from enum import StrEnum
from typing import Annotated

import typer

from client.cli.connection import DEFAULT_URL, ApiKey, ApiKeyFile, Json, Url, open_scanner
from client.cli.console import out, plain
from client.cli.documents import write_json


class Level(StrEnum):
    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"
    CONFIGURED = "configured"


def log_level(
    level: Annotated[
        Level | None,
        typer.Argument(
            metavar="[LEVEL]",
            case_sensitive=False,
            help="DEBUG, INFO, WARNING, ERROR or CRITICAL; configured: what the service's LOG_LEVEL says.",
            show_default=False,
        ),
    ] = None,
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    api_key_file: ApiKeyFile = None,
    as_json: Json = False,
) -> None:
    """Show how much the service's processes log, or change it while they run; for who operates the service.

    It holds for all of them within some seconds, until it is changed again or the service is started anew.

    \b
    Examples
      phoenix-scan log-level
      phoenix-scan log-level debug
      phoenix-scan log-level configured

    \b
    Exit codes: 0 done, 2 wrong usage, 3 the service could not be reached or refused.
    """
    with open_scanner(url, api_key, api_key_file) as scanner:
        if level is None:
            found = scanner.log_level()
        else:
            found = scanner.change_log_level(None if level is Level.CONFIGURED else level.value)
    if as_json:
        write_json(found)
    else:
        more = "" if found.level == found.configured else f" (configured: {found.configured})"
        out().print(plain(f"{found.level}{more}"))
