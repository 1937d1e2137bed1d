"""``phoenix-scan tenants``."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from client.cli import wording
from client.cli.connection import DEFAULT_URL, ApiKey, ApiKeyFile, Json, Url, open_scanner
from client.cli.console import out, plain
from client.cli.documents import write_json
from client.sdk import PhoenixScanner, Tenant

_SECRET = "PHOENIX_CLIENT_SECRET"  # noqa: S105  # the name of a variable


class Doing(StrEnum):
    LIST = "list"
    SHOW = "show"
    CREATE = "create"
    CHANGE = "change"
    DISABLE = "disable"
    ENABLE = "enable"
    REMOVE = "remove"
    WEBHOOK_SECRET = "webhook-secret"  # noqa: S105  # what is done


def tenants(
    doing: Annotated[Doing, typer.Argument(metavar="[ACTION]", help="|".join(Doing))] = Doing.LIST,
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Which tenant: a-z, 0-9 and -.", show_default=False)] = "",
    title: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=NUMBER",
            help="uploads_per_minute, bytes_per_day, stored_bytes, jobs_waiting, jobs_running, watchers or graphql_cost; "
            "without a number, as the service has it. May be repeated.",
        ),
    ] = None,
    share: Annotated[
        int | None, typer.Option(min=1, max=100, help="Of the work, beside tenants that have 1, while both have jobs waiting.")
    ] = None,
    retention_days: Annotated[float | None, typer.Option(min=0, help="How long reports of ended jobs are kept.")] = None,
    default: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD=VALUE", help="An upload's field where it does not send it; replaces all. May be repeated."),
    ] = None,
    phoenix_url: Annotated[str | None, typer.Option(help="Where its findings go; the service's own without it.")] = None,
    phoenix_client_id: Annotated[
        str | None, typer.Option(help=f"Its own account with Phoenix; the secret comes from {_SECRET} or a file.")
    ] = None,
    phoenix_client_secret_file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A file that holds the secret.")
    ] = None,
    service_account: Annotated[
        bool | None, typer.Option(help="Whether the service's own account is used where there is no other.")
    ] = None,
    overlap_minutes: Annotated[float, typer.Option(min=0, help="How long the webhook secret before signs too.")] = 1440,
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    api_key_file: ApiKeyFile = None,
    as_json: Json = False,
) -> None:
    """List, show, make, change, disable and remove tenants: teams that share the service and see nothing of each other.

    Creating, disabling, removing and limits are for keys with the scope operator, as API_KEY is one; the rest for admin.

    \b
    Examples
      phoenix-scan tenants
      phoenix-scan tenants create payments --title "Payments" --limit jobs_running=8 --retention-days 3
      PHOENIX_CLIENT_SECRET=… phoenix-scan tenants change payments --phoenix-client-id abc
      phoenix-scan tenants change payments --default import_type=merge --default assessment_name="{stem}, {date}"
      phoenix-scan tenants webhook-secret payments

    \b
    Exit codes: 0 done, 2 wrong usage or no such tenant, 3 the service could not be reached or refused.
    """
    if (doing is Doing.LIST) == bool(name):
        raise typer.BadParameter("say which tenant" if doing is not Doing.LIST else "an action comes first", param_hint="NAME")
    settings = _settings(title, limit, share, retention_days, default, service_account)
    if phoenix_url is not None or phoenix_client_id is not None:
        settings["phoenix"] = _account(phoenix_url, phoenix_client_id, phoenix_client_secret_file)
    with open_scanner(url, api_key, api_key_file) as scanner:
        if doing is Doing.LIST:
            found = scanner.tenants()
            write_json({"tenants": found}) if as_json else _print_all(found)
        elif doing is Doing.WEBHOOK_SECRET:
            made = scanner.rotate_webhook_secret(name, overlap_minutes=overlap_minutes)
            write_json(made) if as_json else typer.echo(made.secret)
        elif doing is Doing.REMOVE:
            scanner.remove_tenant(name)
            write_json({"removed": name}) if as_json else out().print(
                plain(f"Removed {name}; its reports go with the next clean-up.")
            )
        else:
            tenant = _done(scanner, doing, name, settings)
            write_json(tenant) if as_json else _print_one(tenant)


def _done(scanner: PhoenixScanner, doing: Doing, name: str, settings: dict[str, object]) -> Tenant:
    match doing:
        case Doing.CREATE:
            return scanner.create_tenant(name, settings)
        case Doing.CHANGE if settings:
            return scanner.change_tenant(name, settings)
        case Doing.CHANGE:
            raise typer.BadParameter("say what to change: --title, --limit, --default, …")
        case Doing.DISABLE | Doing.ENABLE:
            return scanner.change_tenant(name, {"disabled": doing is Doing.DISABLE})
        case _:
            return scanner.tenant(name)


def _settings(
    title: str | None,
    limits: list[str] | None,
    share: int | None,
    retention_days: float | None,
    defaults: list[str] | None,
    service_account: bool | None,
) -> dict[str, object]:
    """What was said, and nothing else."""
    said = {
        "title": title,
        "limits": None if limits is None else dict(_limit(text) for text in limits),
        "share": share,
        "retention_days": retention_days,
        "defaults": None if defaults is None else dict(_pair(text, "--default") for text in defaults),
        "uses_service_account": service_account,
    }
    return {name: value for name, value in said.items() if value is not None}


def _limit(text: str) -> tuple[str, int | None]:
    name, value = _pair(text, "--limit")
    if value and not (value.isascii() and value.isdecimal()):
        raise typer.BadParameter(f"{value} is no whole number", param_hint="--limit")
    return name, int(value) if value else None


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise typer.BadParameter(f"{text} is not NAME=VALUE", param_hint=option)
    return name, value


def _account(url: str | None, client_id: str | None, secret_file: Path | None) -> dict[str, str]:
    """The secret never stands in the list of processes."""
    secret = secret_file.read_text().strip() if secret_file is not None else os.environ.get(_SECRET, "")
    if not client_id or not secret:
        missing = "--phoenix-client-id" if not client_id else f"{_SECRET} or --phoenix-client-secret-file"
        raise typer.BadParameter(f"an account is its id and its secret: give {missing} too")
    return {"client_id": client_id, "client_secret": secret} | ({} if url is None else {"url": url})


def _print_all(found: list[Tenant]) -> None:
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for heading in ("Tenant", "Title", "Phoenix", "Limits", "Created"):
        table.add_column(heading, overflow="fold")
    for tenant in found:
        name = f"{tenant.name} (disabled)" if tenant.disabled else tenant.name
        texts = (name, tenant.title or "–", _account_of(tenant), _limits_of(tenant))
        table.add_row(*map(plain, texts), wording.moment(tenant.created_at))
    out().print(table)


def _print_one(tenant: Tenant) -> None:
    rows = {
        "Tenant": f"{tenant.name} (disabled)" if tenant.disabled else tenant.name,
        "Title": tenant.title or "–",
        "Phoenix": f"{tenant.phoenix.url}, {_account_of(tenant)}",
        "Limits": _limits_of(tenant),
        "Retention": f"{tenant.retention_days:g} days",
        "Defaults": ", ".join(f"{name}={value}" for name, value in tenant.defaults.items()) or "–",
        "Webhooks": "signed by its own secret" if tenant.webhook.has_secret else "signed by the service's secret",
    }
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for heading, text in rows.items():
        table.add_row(plain(heading, "dim"), plain(text))
    out().print(table)


def _account_of(tenant: Tenant) -> str:
    if tenant.phoenix.has_secret:
        return f"account {tenant.phoenix.client_id}"
    return "the service's account" if tenant.uses_service_account else "no account: uploads bring theirs"


def _limits_of(tenant: Tenant) -> str:
    return ", ".join(f"{name} {value:,}" for name, value in tenant.limits.items() if value is not None) or "the service's"
