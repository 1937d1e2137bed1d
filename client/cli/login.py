"""``phoenix-scan login``, ``logout`` and ``profiles``."""

import os
import sys
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from client.cli.connection import DEFAULT_URL, Json, Url, open_scanner, require_key
from client.cli.console import err, out, plain
from client.cli.documents import write_json
from client.cli.profiles import DEFAULT_PROFILE, Profile, Profiles, ProfilesError

Name = Annotated[
    str,
    typer.Option(
        "--profile", envvar="PHOENIX_SCANNER_PROFILE", help="Name of what is kept: one per service and key.", metavar="NAME"
    ),
]


class ProfileDocument(msgspec.Struct):
    """A profile without its key."""

    name: str
    url: str


def login(url: Url = DEFAULT_URL, profile: Name = DEFAULT_PROFILE, as_json: Json = False) -> None:
    """Keep a service's URL and key, so that other commands need neither.

    The key is asked for, or read from standard input; it is tried before it is kept, in a file that nobody else can read.

    \b
    Examples
      phoenix-scan login --url https://scan.example.com
      phoenix-scan login --url https://staging.example.com --profile staging < key-file
      phoenix-scan --profile staging jobs

    \b
    Exit codes: 0 done, 2 wrong usage or a wrong key, 3 the service could not be reached or refused.
    """
    key = typer.prompt(f"Key of {url}", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline()
    if not key.strip():
        raise typer.BadParameter("a key is needed, on standard input or by hand", param_hint="login")
    key = require_key(key.strip())
    with open_scanner(url, key, None) as scanner:
        tenant = scanner.usage().tenant
    profiles = Profiles(os.environ)
    try:
        profiles.save(profile, Profile(url, key))
    except ProfilesError as error:
        raise typer.BadParameter(str(error), param_hint="login") from error
    if as_json:
        write_json({"profile": profile, "url": url, "tenant": tenant, "file": str(profiles.path)})
        return
    err.print(plain(f"Signed in to {url} for tenant {tenant}; kept as {profile} in {profiles.path}"), soft_wrap=True)


def logout(profile: Name = DEFAULT_PROFILE) -> None:
    """Forget what `login` has kept. The key itself stays good: `phoenix-scan keys --revoke` ends it.

    \b
    Examples
      phoenix-scan logout
      phoenix-scan logout --profile staging

    \b
    Exit codes: 0 done, 2 there is no such profile.
    """
    try:
        removed = Profiles(os.environ).remove(profile)
    except ProfilesError as error:
        raise typer.BadParameter(str(error), param_hint="logout") from error
    if not removed:
        raise typer.BadParameter(f"there is no profile {profile}", param_hint="--profile")
    err.print(plain(f"Forgot {profile}"))


def profiles(as_json: Json = False) -> None:
    """List what `login` has kept, without the keys.

    \b
    Examples
      phoenix-scan profiles
      phoenix-scan --profile staging jobs

    \b
    Exit codes: 0 done, 2 the file cannot be read.
    """
    try:
        found = Profiles(os.environ).all()
    except ProfilesError as error:
        raise typer.BadParameter(str(error), param_hint="profiles") from error
    listed = [ProfileDocument(name, profile.url) for name, profile in sorted(found.items())]
    if as_json:
        write_json(listed)
        return
    if not listed:
        err.print(plain("None yet: `phoenix-scan login --url https://…` makes one."))
        return
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("Profile", no_wrap=True)
    table.add_column("Service")
    for one in listed:
        table.add_row(plain(one.name), plain(one.url))
    out().print(table)
