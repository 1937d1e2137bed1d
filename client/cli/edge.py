"""Where an error of the client becomes a message and an exit code."""

from typing import Any
from urllib.parse import urlsplit

import typer
from rich.text import Text
from typer.core import TyperCommand

from client.cli.console import err, plain
from client.cli.documents import error_document, write_json
from client.cli.exits import ExitCode, exit_code
from client.errors import ClientError, RefusedError, ServiceUnreachableError

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class EdgeCommand(TyperCommand):
    """A command whose `ClientError` ends it with a message, or with a document if it has ``--json`` as ``as_json``."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except ClientError as error:
            tell(error)
            if ctx.params.get("as_json"):
                write_json(error_document(error))
            raise typer.Exit(exit_code(error)) from error
        except KeyboardInterrupt as interrupt:
            raise typer.Exit(ExitCode.INTERRUPTED) from interrupt


def tell(error: ClientError) -> None:
    """The error on standard error, and what can be done about it."""
    err.print(Text.assemble(("error: ", "bold red"), plain(describe(error))), soft_wrap=True)
    tell_hint(hint(error))


def tell_hint(advice: str) -> None:
    if advice:
        err.print(Text.assemble(("hint: ", "dim"), plain(advice)), soft_wrap=True)


def describe(error: ClientError) -> str:
    """The error with the details that the service gave: the fields that are wrong, the nearest names."""
    details = error.details if isinstance(error, RefusedError) else {}
    return "; ".join([str(error), *(f"{name}: {_listed(value)}" for name, value in details.items())])


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def hint(error: ClientError) -> str:
    match error:
        case ServiceUnreachableError(url=url) if urlsplit(url).hostname in LOOPBACK:
            return "is the service running? `phoenix-scan up` starts it; --url or PHOENIX_SCANNER_API_URL name another one"
        case ServiceUnreachableError():
            return "check --url or PHOENIX_SCANNER_API_URL"
        case RefusedError(status=401):
            return "set PHOENIX_SCANNER_API_KEY, or give --api-key-file"
        case RefusedError(status=403):
            return "the key is not valid here: check PHOENIX_SCANNER_API_KEY or --api-key-file"
        case _:
            return ""
