"""Where an error of the client becomes a message and an exit code."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import typer
from rich.text import Text
from typer.core import TyperCommand

from client.cli.console import err, plain
from client.cli.documents import error_document, interrupted_document, usage_document, write_json
from client.cli.exits import ExitCode, exit_code
from client.errors import ClientError, InvalidAnswerError, RefusedError, ServiceUnreachableError

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class InterruptedWithJobsError(KeyboardInterrupt):
    """Interrupted while these jobs were under way, which go on."""

    def __init__(self, job_ids: list[str]) -> None:
        super().__init__(job_ids)
        self.job_ids = job_ids


class EdgeCommand(TyperCommand):
    """A command whose `ClientError` ends it with a message.

    With ``--json`` (``as_json``) whatever ends it before it has said anything is a document on standard output too.
    """

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        wants_json = "--json" in args and any(parameter.name == "as_json" for parameter in self.params)
        try:
            return super().make_context(info_name, args, parent, **extra)
        except typer.TyperException as error:
            if wants_json and not extra.get("resilient_parsing"):
                write_json(usage_document(error.format_message()))
            raise

    def invoke(self, ctx: Any) -> Any:
        as_json = ctx.params.get("as_json")
        try:
            return super().invoke(ctx)
        except ClientError as error:
            tell(error)
            if as_json:
                write_json(error_document(error))
            raise typer.Exit(exit_code(error)) from error
        except typer.TyperException as error:
            if as_json:
                write_json(usage_document(error.format_message()))
            raise
        except KeyboardInterrupt as interrupt:
            if as_json:
                write_json(interrupted_document(interrupt.job_ids if isinstance(interrupt, InterruptedWithJobsError) else []))
            raise typer.Exit(ExitCode.INTERRUPTED) from interrupt


def tell(error: ClientError) -> None:
    """The error on standard error, and what can be done about it."""
    err.print(Text.assemble(("error: ", "bold red"), plain(describe(error))), soft_wrap=True)
    tell_hint(hint(error))


def tell_hint(advice: str) -> None:
    if advice:
        err.print(Text.assemble(("hint: ", "dim"), plain(advice)), soft_wrap=True)


def describe(error: ClientError) -> str:
    """The error, and of the details that the service gave what its message does not say."""
    text = str(error)
    details = error.details if isinstance(error, RefusedError) else {}
    said = [f"{name}: {value}" for name, value in _flat(details) if value and value not in text]
    return "; ".join([text, *dict.fromkeys(said)])


def _flat(details: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in details.items():
        if isinstance(value, Mapping):
            yield from _flat(value)
        else:
            yield name, ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def hint(error: ClientError) -> str:
    match error:
        case ServiceUnreachableError(url=url) if urlsplit(url).hostname in LOOPBACK:
            return "is the service running? `phoenix-scan up` starts it; --url or PHOENIX_SCANNER_API_URL name another one"
        case ServiceUnreachableError():
            return "check --url or PHOENIX_SCANNER_API_URL"
        case InvalidAnswerError() | RefusedError(code="not_found" | "http_404"):
            return "what answers there is not the service: check --url or PHOENIX_SCANNER_API_URL"
        case RefusedError(status=401):
            return "set PHOENIX_SCANNER_API_KEY, or give --api-key-file"
        case RefusedError(code="insufficient_scope"):
            return "another key is needed: `phoenix-scan keys` on the service's machine lists what each may do"
        case RefusedError(status=403):
            return "the key is not valid here: check PHOENIX_SCANNER_API_KEY or --api-key-file"
        case _:
            return ""
