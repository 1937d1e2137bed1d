"""The command ``phoenix-scan audit``: the audit log, straight from the database, or from an export of it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
import typer
from sqlalchemy.exc import SQLAlchemyError

from jobs_store.audit import AuditEntry, Chain, ChainEnd, Flaw
from jobs_store.audit.chain import place, placed
from jobs_store.audit.records import document, line_of, read_line
from jobs_store.database import Database
from jobs_store.errors import StoreError
from serve_app.commands.keys import own_database
from serve_app.commands.service import REFUSED, USAGE, Data, Json, failure
from serve_app.errors import StartError

_DOES_NOT_FIT = 1


class What(StrEnum):
    LIST = "list"
    EXPORT = "export"
    VERIFY = "verify"


class Verified(msgspec.Struct, frozen=True):
    """``end`` is worth keeping elsewhere: ``--expect`` holds a later log to it."""

    entries: int
    end: str
    flaw: str | None


def audit(
    what: Annotated[What, typer.Argument(help="What to do with it.")] = What.LIST,
    after: Annotated[int, typer.Option(min=0, help="Only entries behind this number.")] = 0,
    action: Annotated[str, typer.Option(help="Only this action, as key.create. For a list.")] = "",
    actor: Annotated[str, typer.Option(help="Only what this actor did. For a list.")] = "",
    tenant: Annotated[str | None, typer.Option(help="Only what was done in this tenant. For a list.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="The newest so many. For a list.")] = 50,
    file: Annotated[
        Path | None, typer.Option(help="Export to this file, or verify this export instead of the database.")
    ] = None,
    expect: Annotated[
        str | None, typer.Option(metavar="SEQ:HASH", help="An entry that was noted before: verify that it is still there.")
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Show, export and verify the audit log, in the database that the service's settings name.

    An export has one entry per line, oldest first. Verifying names the first entry that was changed, removed or put in.

    \b
    Examples
      phoenix-scan audit --actor key:3f2a9c0b5d7e1f48
      phoenix-scan audit export --file audit.jsonl
      phoenix-scan audit verify --file audit.jsonl --expect 1200:9f86d0…

    \b
    Exit codes: 0 done, 1 the log does not fit, 2 wrong usage or no export, 3 the database could not be reached.
    """
    if what is not What.LIST and (action or actor or tenant is not None):
        raise typer.BadParameter("--action, --actor and --tenant are for a list: what is left out would be missed")
    try:
        known = None if expect is None else placed(expect)
        if what is What.VERIFY and file is not None:
            _tell(_verify_file(file, known), json=json)
            return
        own = own_database(data, is_there=True)
        match what:
            case What.LIST:
                _print(asyncio.run(_newest(own, after, limit, tenant, action, actor)), json=json)
            case What.EXPORT:
                asyncio.run(_export(own, file, after))
            case What.VERIFY:
                _tell(asyncio.run(_verify(own, known)), json=json)
    except (ValueError, OSError) as error:
        raise failure(error, USAGE) from error
    except (StartError, StoreError, SQLAlchemyError) as error:
        raise failure(error, REFUSED) from error


async def _newest(opened: Database, after: int, limit: int, tenant: str | None, action: str, actor: str) -> list[AuditEntry]:
    async with opened as database:
        return await database.audit.list(after=after, limit=limit, tenant=tenant, action=action, actor=actor, newest=not after)


async def _export(opened: Database, file: Path | None, after: int) -> None:
    async with opened as database:
        with nullcontext(sys.stdout.buffer) if file is None else _private(file) as out:
            async for entry in database.audit.all(after=after):
                out.write(line_of(entry))


def _private(file: Path) -> BinaryIO:
    return os.fdopen(os.open(file, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb")


async def _verify(opened: Database, known: ChainEnd | None) -> Verified:
    async with opened as database:
        end = await database.audit.end()  # first: what is appended meanwhile is read too
        return await _verified(database.audit.all(), Chain(known=known), end)


async def _verified(entries: AsyncIterator[AuditEntry], chain: Chain, end: ChainEnd) -> Verified:
    async for entry in entries:
        if flaw := chain.take(entry):
            return _outcome(chain, flaw)
    return _outcome(chain, chain.finish(end))


def _verify_file(file: Path, known: ChainEnd | None) -> Verified:
    """Raises `ValueError` for what is no export."""
    chain = Chain(known=known)
    with file.open("rb") as lines:
        for line in lines:
            if flaw := chain.take(read_line(line)):
                return _outcome(chain, flaw)
    return _outcome(chain, chain.finish())


def _outcome(chain: Chain, flaw: Flaw | None) -> Verified:
    return Verified(chain.count, place(chain.end), None if flaw is None else str(flaw))


def _tell(verified: Verified, *, json: bool) -> None:
    """Raises `typer.Exit` where the log does not fit."""
    if json:
        typer.echo(msgspec.json.encode(verified).decode())
    elif verified.flaw is None:
        typer.echo(f"{verified.entries:,} entries fit. The newest, worth noting elsewhere for --expect: {verified.end}")
    else:
        typer.echo(f"The log does not fit: {verified.flaw}. {verified.entries:,} entries before it do.", err=True)
    if verified.flaw is not None:
        raise typer.Exit(_DOES_NOT_FIT)


def _print(entries: list[AuditEntry], *, json: bool) -> None:
    if json:
        typer.echo(msgspec.json.encode({"entries": list(map(document, entries))}).decode())
        return
    for entry in entries:
        who = f"{entry.actor}  {entry.tenant or '-'}  {entry.address or '-'}"
        typer.echo(
            f"{entry.seq:>8}  {entry.at:%Y-%m-%d %H:%M:%S}  {entry.action:15}  {entry.outcome:10}  {entry.object}  {who}"
        )
