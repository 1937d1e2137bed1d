"""The command ``phoenix-scan keys``: API keys, straight in the database, so that it needs no service and no key."""

import asyncio
import os
from typing import Annotated

import msgspec
import typer
from sqlalchemy.exc import SQLAlchemyError

from jobs_store.api_keys import ApiKey
from jobs_store.database import migrate, open_database
from jobs_store.errors import StoreError
from serve_app.auditing import Action, local_entry
from serve_app.auth import DEFAULT_TENANT
from serve_app.commands import RAY_ADDRESS, REFUSED, USAGE, Data, Json, failure
from serve_app.embedded.configuration import embedded, on_cluster
from serve_app.embedded.data_folder import DataFolder, default_folder
from serve_app.errors import StartError


class Created(msgspec.Struct, frozen=True):
    """``key`` is told this once: the database has its hash only."""

    key_id: str
    name: str
    tenant: str
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
    tenant: Annotated[
        str,
        typer.Option(help="Whose jobs the new key sees; workers are shared fairly among tenants."),
    ] = DEFAULT_TENANT,
    revoke: Annotated[
        str | None, typer.Option(metavar="ID", help="Close the key with this id or, where it is the only one, name; for good.")
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """List, make and revoke API keys, in the database that the service's settings name.

    The key of API_KEY is not among them: it is a setting, and opens everything of the tenant "default".

    \b
    Examples
      phoenix-scan keys
      phoenix-scan keys --create payments-ci --tenant payments

    \b
    Exit codes: 0 done, 2 wrong usage or no such key, 3 the database could not be reached.
    """
    if create is not None and revoke is not None:
        raise typer.BadParameter("--create and --revoke are two commands")
    try:
        url = database_url(DataFolder(data or default_folder()))
        if create is not None:
            _print_created(asyncio.run(_create(url, create, tenant)), json=json)
        elif revoke is not None:
            _print_revoked(asyncio.run(_revoke(url, revoke)), json=json)
        else:
            _print_all(asyncio.run(_all(url)), json=json)
    except _NotOneKeyError as error:
        raise failure(error, USAGE) from error
    except (StartError, StoreError, SQLAlchemyError) as error:
        raise failure(error, REFUSED) from error


def database_url(folder: DataFolder) -> str:
    """Of a database that has our tables: it is migrated where it is not."""
    folder.make()
    configuration = on_cluster(folder) if os.environ.get(RAY_ADDRESS) else embedded(folder)
    migrate(configuration.settings.database_url)
    return configuration.settings.database_url


async def _create(url: str, name: str, tenant: str) -> Created:
    async with open_database(url, pool_size=1) as database:
        key, plain = await database.keys.create(name, tenant)
        await database.audit.append(local_entry(tenant, Action.KEY_CREATE, f"key:{key.key_id}"))
    return Created(key.key_id, key.name, key.tenant, plain)


async def _revoke(url: str, name: str) -> ApiKey:
    """The key of that id or name, which is closed then. Raises `_NotOneKeyError`."""
    async with open_database(url, pool_size=1) as database:
        fitting = await database.keys.open_ones(name)
        fitting = [key for key in fitting if key.key_id == name] or fitting
        if len(fitting) != 1 or not await database.keys.revoke(fitting[0].key_id):
            raise _NotOneKeyError(name, [key.key_id for key in fitting])
        await database.audit.append(local_entry(fitting[0].tenant, Action.KEY_REVOKE, f"key:{fitting[0].key_id}"))
        return fitting[0]


async def _all(url: str) -> list[ApiKey]:
    async with open_database(url, pool_size=1) as database:
        return await database.keys.list()


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
        typer.echo("No keys but that of API_KEY; `phoenix-scan keys --create NAME` makes one.")
    for key in found:
        state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "open"
        typer.echo(f"{key.key_id}  {key.created_at:%Y-%m-%d}  {state:18}  {key.tenant:12}  {key.name}")
