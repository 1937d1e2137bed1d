"""The command ``phoenix-scan sandbox``."""

import contextlib
from typing import Annotated

import msgspec
import typer

from scanner.phoenix.sandbox.errors import SandboxStartError
from scanner.phoenix.sandbox.faults import AnswerStyle, Faults, RetryAfter
from scanner.phoenix.sandbox.keep import Keep
from scanner.phoenix.sandbox.server import SandboxServer
from scanner.phoenix.sandbox.settings import CLIENT_ID, CLIENT_SECRET, SandboxSettings

_LOAD, _FAULTS, _LIMITS = "Load and time", "Faults (rates from 0 to 1)", "Limits"


class Announcement(msgspec.Struct, frozen=True, rename="camel"):
    """What a client needs to know; printed once the port is taken."""

    url: str
    client_id: str
    client_secret: str
    faults: Faults

    def text(self) -> str:
        changed = msgspec.to_builtins(self.faults).items() - msgspec.to_builtins(Faults()).items()
        told = ", ".join(f"{name}={value}" for name, value in sorted(changed))
        return f"""\
The sandbox Phoenix API listens on {self.url} (Ctrl-C ends it; what it holds is in memory only).
Faults: {told or "none"}

  export PHOENIX_API_URL={self.url}
  export PHOENIX_CLIENT_ID={self.client_id}
  export PHOENIX_CLIENT_SECRET={self.client_secret}

  curl {self.url}/sandbox/state                     assessments, open and closed findings, answers given
  curl '{self.url}/sandbox/findings?state=open'     findings, one JSON object a line
  curl {self.url}/sandbox/requests                  what came, and what became of it
  curl -X PUT {self.url}/sandbox/faults -d '{{"rate429": 0.2}}'
  curl -X POST {self.url}/sandbox/reset"""


def sandbox(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8900,
    client_id: Annotated[str, typer.Option(help="The client id it knows.")] = CLIENT_ID,
    client_secret: Annotated[
        str, typer.Option(envvar="SANDBOX_CLIENT_SECRET", help="The secret of that client.", show_default=False)
    ] = CLIENT_SECRET,
    keep: Annotated[Keep, typer.Option(help="How much of each finding stays in memory.")] = Keep.ALL,
    seed: Annotated[int, typer.Option(help="The same seed treats the same requests the same way.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print URL, credentials and faults as one JSON document.")] = False,
    latency: Annotated[float, typer.Option(min=0, help="Seconds before each answer, on average.", rich_help_panel=_LOAD)] = 0.0,
    import_seconds: Annotated[
        float, typer.Option(min=0, help="Seconds from accepted to IMPORTED, on average.", rich_help_panel=_LOAD)
    ] = 0.0,
    sync: Annotated[
        bool, typer.Option("--sync/--async", help="Answer when imported, or at once with a request id.", rich_help_panel=_LOAD)
    ] = False,
    rate_429: Annotated[float, typer.Option(min=0, max=1, help="Too many requests.", rich_help_panel=_FAULTS)] = 0.0,
    retry_after: Annotated[
        RetryAfter, typer.Option(help="How a 429 tells when to come again.", rich_help_panel=_FAULTS)
    ] = RetryAfter.SECONDS,
    retry_after_seconds: Annotated[int, typer.Option(min=0, help="What it tells.", rich_help_panel=_FAULTS)] = 1,
    rate_503: Annotated[float, typer.Option(min=0, max=1, help="Service unavailable.", rich_help_panel=_FAULTS)] = 0.0,
    rate_broken: Annotated[
        float, typer.Option(min=0, max=1, help="Connection closed, nothing done.", rich_help_panel=_FAULTS)
    ] = 0.0,
    lose_answers: Annotated[
        float, typer.Option(min=0, max=1, help="Import accepted, connection closed.", rich_help_panel=_FAULTS)
    ] = 0.0,
    rate_failed_polls: Annotated[
        float, typer.Option(min=0, max=1, help="503 when asked for an import's status.", rich_help_panel=_FAULTS)
    ] = 0.0,
    rate_import_errors: Annotated[
        float, typer.Option(min=0, max=1, help="Accepted imports that end in ERROR.", rich_help_panel=_FAULTS)
    ] = 0.0,
    max_in_flight: Annotated[
        int, typer.Option(min=0, help="More imports at once get 429; 0: no limit.", rich_help_panel=_LIMITS)
    ] = 0,
    max_body_mb: Annotated[float, typer.Option(min=0.000001, help="Larger bodies get 413.", rich_help_panel=_LIMITS)] = 25.0,
    max_assets: Annotated[int, typer.Option(min=1, help="More assets in one body get 413.", rich_help_panel=_LIMITS)] = 500,
    token_seconds: Annotated[float, typer.Option(min=0, help="How long a token lives.", rich_help_panel=_LIMITS)] = 3600.0,
    token_calls: Annotated[
        int, typer.Option(min=0, help="Calls after which a token expires; 0: no limit.", rich_help_panel=_LIMITS)
    ] = 0,
) -> None:
    """Run a stand-in for the Phoenix API: strict, with memory, and with faults when you ask for them.

    It takes what Phoenix takes and refuses the rest, naming each place and reason; it keeps open and closed findings per
    assessment as the import types new, merge and delta say. All is in memory and gone at the end.

    Examples:

      phoenix-scan sandbox

      phoenix-scan sandbox --port 0 --json

      phoenix-scan sandbox --latency 0.2 --import-seconds 2 --rate-429 0.1 --lose-answers 0.05

    Exit codes: 0 ended by Ctrl-C, 2 wrong usage, 3 the port is taken.
    """
    faults = Faults(
        latency_seconds=latency,
        import_seconds=import_seconds,
        answers=AnswerStyle.SYNC if sync else AnswerStyle.ASYNC,
        rate_429=rate_429,
        retry_after=retry_after,
        retry_after_seconds=retry_after_seconds,
        rate_503=rate_503,
        rate_broken=rate_broken,
        rate_lost_answers=lose_answers,
        rate_failed_polls=rate_failed_polls,
        rate_import_errors=rate_import_errors,
        max_in_flight=max_in_flight or None,
        max_body_bytes=round(max_body_mb * 1_000_000),
        max_assets=max_assets,
        token_seconds=token_seconds,
        token_calls=token_calls or None,
    )
    settings = SandboxSettings(client_id=client_id, client_secret=client_secret, seed=seed, keep=keep, faults=faults)
    server = SandboxServer(settings, host=host, port=port)
    try:
        listening = server.listen()
    except SandboxStartError as error:
        typer.echo(f"{error}: {error.__cause__}. Another --port, or --port 0, may help.", err=True)
        raise typer.Exit(3) from error
    announcement = Announcement(server.url, client_id, client_secret, faults)
    typer.echo(msgspec.json.encode(announcement).decode() if json else announcement.text())
    with contextlib.suppress(KeyboardInterrupt):
        server.run(listening)
