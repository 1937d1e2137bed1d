"""The command ``phoenix-scan keys``: API keys, straight in the database, so that it needs no service and no key."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
import typer
from sqlalchemy.exc import SQLAlchemyError

from cluster.settings import Settings
from jobs_store.database import Database, migrate, open_database
from jobs_store.errors import StoreError, TenantNotFoundError
from jobs_store.keys import ApiKey, NewKey, Scope
from jobs_store.secrets import SecretBox
from serve_app.access.actions import Action
from serve_app.access.auditing import local_entry
from serve_app.commands.service import RAY_ADDRESS, REFUSED, USAGE, Data, Json, failure
from serve_app.embedded.configuration import embedded, on_cluster
from serve_app.embedded.data_folder import DataFolder, default_folder
from serve_app.errors import StartError


class Created(msgspec.Struct, frozen=True):
    """``key`` is told this once: the database has its hash only."""

    key_id: str
    name: str
    tenant: str
    scopes: list[Scope]
    expires_at: datetime | None
    key: str


class _NotOneKeyError(Exception):
    """Of the ids that ``name`` may stand for there are none or several."""

    def __init__(self, name: str, key_ids: list[str]) -> None:
        super().__init__(name, key_ids)
        self.name, self.key_ids = name, key_ids

    def __str__(self) -> str:
        if len(self.key_ids) > 1:
            return f"several open keys are named {self.name}: give the id of one, {' or '.join(self.key_ids)}"
        return f"there is no key {self.name} that is still open; `phoenix-scan keys` lists them"


def keys(
    create: Annotated[str | None, typer.Option(metavar="NAME", help="Make a key, and print it this once.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Whose jobs the new key sees; `default` is the tenant of API_KEY.")] = None,
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What the new key may do; may be repeated. Without it: submit and read.")
    ] = None,
    expires_days: Annotated[float | None, typer.Option(min=0.001, help="The new key opens nothing after that.")] = None,
    rotate: Annotated[
        str | None, typer.Option(metavar="ID", help="Print another text for the key with this id or name, this once.")
    ] = None,
    overlap_minutes: Annotated[
        float, typer.Option(min=0, max=43_200, help="How long the text before a rotation stays good.")
    ] = 60,
    revoke: Annotated[
        str | None, typer.Option(metavar="ID", help="Close the key with this id or, where it is the only one, name; for good.")
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """List, make, rotate and revoke API keys, in the database that the service's settings name.

    The key of API_KEY is not among them: it is a setting, has every scope, and submits for the tenant "default".

    \b
    Scopes
      submit    upload; cancel, retry and watch what it sees; without read that is what it has submitted itself
      read      see everything of its tenant
      admin     keys, webhooks, settings and audit log of its tenant
      operator  all of it, for all tenants

    \b
    Examples
      phoenix-scan keys
      phoenix-scan keys --create payments-ci --tenant payments --scope submit --expires-days 90
      phoenix-scan keys --rotate payments-ci --overlap-minutes 1440

    \b
    Exit codes: 0 done, 2 wrong usage or no such key or tenant, 3 the database could not be reached.
    """
    if sum(order is not None for order in (create, rotate, revoke)) > 1:
        raise typer.BadParameter("--create, --rotate and --revoke are three commands")
    if create is not None and tenant is None:
        raise typer.BadParameter("say whose key it is: `phoenix-scan tenants` lists who there is", param_hint="--tenant")
    expires_at = None if expires_days is None else datetime.now(UTC) + timedelta(days=expires_days)
    try:
        if create is not None and tenant is not None:
            new = NewKey(name=create, tenant=tenant, scopes=frozenset(scope or NewKey.DEFAULT_SCOPES), expires_at=expires_at)
            _print_created(asyncio.run(_create(own_database(data), new)), json=json)
        elif rotate is not None:
            overlap = timedelta(minutes=overlap_minutes)
            _print_created(asyncio.run(_rotate(own_database(data), rotate, overlap, expires_at)), json=json)
        elif revoke is not None:
            _print_revoked(asyncio.run(_revoke(own_database(data), revoke)), json=json)
        else:
            _print_all(asyncio.run(_all(own_database(data))), json=json)
    except (_NotOneKeyError, TenantNotFoundError) as error:
        raise failure(error, USAGE) from error
    except (StartError, StoreError, SQLAlchemyError) as error:
        raise failure(error, REFUSED) from error


def own_database(data: Data, *, is_there: bool = False) -> Database:
    """One that has our tables: it is migrated where it is not. See `own_settings`."""
    settings = own_settings(data, is_there=is_there)
    migrate(settings.database_url)
    secrets = SecretBox.from_setting(settings.secret_key.get_secret_value())
    return open_database(settings.database_url, secrets=secrets, pool_size=1)


def own_settings(data: Data, *, is_there: bool = False) -> Settings:
    """Of the service of this folder, or of the cluster that RAY_ADDRESS names.

    Who asks what is there (``is_there``) does not make a service by a slip of the pen: raises BadParameter where there is none.
    """
    folder = DataFolder(data or default_folder())
    if is_there and not (os.environ.get(RAY_ADDRESS) or os.environ.get("DATABASE_URL") or folder.database_file.exists()):
        raise typer.BadParameter(f"there is no service's data in {folder.path}", param_hint="--data")
    folder.make()
    return (on_cluster(folder) if os.environ.get(RAY_ADDRESS) else embedded(folder)).settings


async def _create(opened: Database, new: NewKey) -> Created:
    async with opened as database:
        key, plain = await database.keys.create(new)
        await database.audit.append(local_entry(key.tenant, Action.KEY_CREATE, f"key:{key.key_id}"))
    return _created(key, plain)


async def _rotate(opened: Database, name: str, overlap: timedelta, expires_at: datetime | None) -> Created:
    async with opened as database:
        key = await _the_one(database, name)
        key, plain = await database.keys.rotate(key.key_id, overlap=overlap, expires_at=expires_at)
        await database.audit.append(local_entry(key.tenant, Action.KEY_ROTATE, f"key:{key.key_id}"))
    return _created(key, plain)


async def _revoke(opened: Database, name: str) -> ApiKey:
    """The key of that id or name, which is closed then. Raises `_NotOneKeyError`."""
    async with opened as database:
        key = await _the_one(database, name)
        if not await database.keys.revoke(key.key_id):
            raise _NotOneKeyError(name, [])
        await database.audit.append(local_entry(key.tenant, Action.KEY_REVOKE, f"key:{key.key_id}"))
        return key


async def _all(opened: Database) -> list[ApiKey]:
    async with opened as database:
        return await database.keys.list()


async def _the_one(database: Database, name: str) -> ApiKey:
    fitting = await database.keys.open_ones(name)
    fitting = [key for key in fitting if key.key_id == name] or fitting
    if len(fitting) != 1:
        raise _NotOneKeyError(name, [key.key_id for key in fitting])
    return fitting[0]


def _created(key: ApiKey, plain: str) -> Created:
    return Created(key.key_id, key.name, key.tenant, sorted(key.scopes), key.expires_at, plain)


def _print_created(created: Created, *, json: bool) -> None:
    typer.echo(msgspec.json.encode(created).decode() if json else created.key)


def _print_revoked(key: ApiKey, *, json: bool) -> None:
    known = {"revoked": key.key_id, "name": key.name}
    typer.echo(
        msgspec.json.encode(known).decode() if json else f"Revoked {key.key_id} ({key.name}): it opens nothing any more."
    )


def _print_all(found: list[ApiKey], *, json: bool) -> None:
    if json:
        typer.echo(msgspec.json.encode({"keys": found}).decode())
        return
    if not found:
        typer.echo("No keys but that of API_KEY; `phoenix-scan keys --create NAME --tenant TENANT` makes one.")
    for key in found:
        scopes = "+".join(sorted(key.scopes))
        typer.echo(f"{key.key_id}  {key.created_at:%Y-%m-%d}  {_state(key):18}  {key.tenant:12}  {scopes:12}  {key.name}")


def _state(key: ApiKey) -> str:
    if key.revoked_at:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    if key.expires_at is None:
        return "open"
    return f"{'open until' if key.expires_at > datetime.now(UTC) else 'expired'} {key.expires_at:%m-%d}"
