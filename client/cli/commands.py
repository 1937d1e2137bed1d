"""The command's top: which subcommands there are, and where each of them lives."""

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from client.cli.lazy import LazyCommand

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

OWN = {
    "submit": "client.cli.submit:submit",
    "jobs": "client.cli.jobs:jobs",
    "show": "client.cli.show:show",
    "logs": "client.cli.logs:logs",
    "cancel": "client.cli.control:cancel",
    "retry": "client.cli.control:retry",
    "report": "client.cli.report:report",
    "skipped": "client.cli.records:skipped",
    "dismissed": "client.cli.records:dismissed",
    "merged": "client.cli.records:merged",
    "bulk": "client.cli.bulk:bulk",
    "bulks": "client.cli.bulks:bulks",
    "health": "client.cli.health:health",
    "usage": "client.cli.usage:usage",
    "log-level": "client.cli.log_level:log_level",
    "tenants": "client.cli.tenants:tenants",
    "login": "client.cli.login:login",
    "logout": "client.cli.login:logout",
    "profiles": "client.cli.login:profiles",
}
DISTRIBUTION = "phoenix-scanner"
ENTRY_POINTS = "phoenix_scan.commands"
"""The group in which other packages name their commands: name → a plain function with typer annotations."""


class CommandGroup(TyperGroup):
    """Knows every command by name; imports only the one that runs."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands.update({name: LazyCommand(name, target, panel="Jobs") for name, target in OWN.items()})
        self._has_all = False

    def list_commands(self, ctx: Any) -> list[str]:
        self._find_others()
        for command in self.commands.values():
            if isinstance(command, LazyCommand):
                command.describe()
        return super().list_commands(ctx)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.commands:
            self._find_ours()
        if cmd_name not in self.commands:
            self._find_others()
        return super().get_command(ctx, cmd_name)

    def _find_ours(self) -> None:
        """Those of this distribution: looking through all that are installed takes longer than most commands."""
        from importlib.metadata import PackageNotFoundError, distribution

        with suppress(PackageNotFoundError):  # run from its source
            self._add(distribution(DISTRIBUTION).entry_points.select(group=ENTRY_POINTS))

    def _find_others(self) -> None:
        if self._has_all:
            return
        from importlib.metadata import entry_points

        self._add(entry_points(group=ENTRY_POINTS))
        self._has_all = True

    def _add(self, entries: "Iterable[EntryPoint]") -> None:
        for entry in entries:
            self.commands.setdefault(entry.name, LazyCommand(entry.name, entry.value, panel="Service and reports"))


app = typer.Typer(
    cls=CommandGroup,
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_show_locals=False,  # they hold keys
)


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"phoenix-scan {version(DISTRIBUTION)}")
        raise typer.Exit


def _use_profile(ctx: typer.Context, name: str | None) -> None:
    """Its URL is the command's where neither an option nor the environment says another; its key is looked up by the URL."""
    import os

    from client.cli.profiles import PROFILE_VARIABLE, Profiles, ProfilesError

    if name:
        os.environ[PROFILE_VARIABLE] = name  # for the command, which looks for the key
    command = ctx.invoked_subcommand or ""
    if command not in OWN or command in ("login", "logout", "profiles"):
        return
    try:
        profile = Profiles(os.environ).chosen()
    except ProfilesError as error:
        raise typer.BadParameter(str(error), param_hint="--profile") from error
    if profile is not None:
        ctx.default_map = {command: {"url": profile.url}}


@app.callback()
def phoenix_scan(
    ctx: typer.Context,
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile", envvar="PHOENIX_SCANNER_PROFILE", help="What `login` has kept under this name.", metavar="NAME"
        ),
    ] = None,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Bring security scan reports of any size into the Phoenix Security platform.

    \b
    phoenix-scan up                         start the service on this machine
    phoenix-scan submit trivy.json --wait   send a report and wait for its import
    phoenix-scan jobs                       what became of the reports

    \b
    The service is found by `phoenix-scan login`, or PHOENIX_SCANNER_API_URL and
    PHOENIX_SCANNER_API_KEY, which go first.
    Exit codes: 0 done, 1 a job failed or was cancelled, 2 wrong usage,
    3 the service could not be reached or refused, 124 timed out, 130 interrupted.
    """
    _use_profile(ctx, profile)
