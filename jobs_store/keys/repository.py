"""API keys: made, found by their text, rotated, revoked."""

import builtins
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, insert, or_, select, update

from jobs_store.dialects import from_now, now
from jobs_store.engine import Transactions
from jobs_store.errors import KeyNotFoundError, TenantNotFoundError
from jobs_store.keys import text
from jobs_store.keys.records import ApiKey, KnownKey, NewKey, Scope
from jobs_store.tables import api_keys as table
from jobs_store.tables import tenants
from jobs_store.tenants.repository import TenantRepository
from jobs_store.tenants.rows import TENANT_COLUMNS

USED_EVERY = timedelta(minutes=1)
"""How exactly the last use is known: nobody waits for a write at each request."""
_NAMES = [
    "key_id",
    "name",
    "tenant",
    "prefix",
    "created_at",
    "expires_at",
    "last_used_at",
    "revoked_at",
    "rotated_at",
    "scopes",
]
_COLUMNS = tuple(table.c[name] for name in _NAMES)


class ApiKeyRepository:
    def __init__(self, transactions: Transactions, owners: TenantRepository) -> None:
        self._transactions, self._owners = transactions, owners

    async def create(self, new: NewKey) -> tuple[ApiKey, str]:
        """The key and its text, which is known now and never again. Raises `TenantNotFoundError`."""
        plain = text.new_text()
        values = {
            "key_id": secrets.token_hex(8),
            "name": new.name,
            "tenant": new.tenant,
            "scopes": ",".join(sorted(new.scopes)),
            "expires_at": new.expires_at,
            "prefix": plain[: text.SHOWN],
            "sha256": text.sha256(plain),
        }
        owner = select(tenants.c.name).where(tenants.c.name == new.tenant, tenants.c.removed_at.is_(None))
        async with self._transactions.write() as connection:
            if (await connection.execute(owner)).one_or_none() is None:
                raise TenantNotFoundError(new.tenant)
            row = (await connection.execute(insert(table).values(values).returning(*_COLUMNS))).one()
        return _api_key(row), plain

    async def find(self, plain: str) -> KnownKey | None:
        """What that text opens now; one statement, none for what certainly is no key."""
        return await self.find_by_digest(text.sha256(plain)) if text.is_plausible(plain) else None

    async def find_by_digest(self, digest: str) -> KnownKey | None:
        """What the text of that SHA-256 opens now; for who has been shown it before."""
        fits = or_(table.c.sha256 == digest, and_(table.c.previous_sha256 == digest, table.c.previous_until > now()))
        is_good = or_(table.c.expires_at.is_(None), table.c.expires_at > now())
        owner = and_(table.c.tenant == tenants.c.name, tenants.c.removed_at.is_(None), tenants.c.disabled_at.is_(None))
        statement = (
            select(*_COLUMNS, *TENANT_COLUMNS)
            .join_from(table, tenants, owner)
            .where(fits, table.c.revoked_at.is_(None), is_good)
        )
        async with self._transactions.read() as connection:
            row = (await connection.execute(statement)).one_or_none()
        return None if row is None else KnownKey(_api_key(row), self._owners.tenant(row))

    async def list(self, tenant: str | None = None) -> builtins.list[ApiKey]:
        """All keys, of one tenant where it is given, revoked ones too, oldest first."""
        statement = select(*_COLUMNS).where(_of(tenant)).order_by(table.c.created_at)
        async with self._transactions.read() as connection:
            return [_api_key(row) for row in await connection.execute(statement)]

    async def get(self, key_id: str, tenant: str | None = None) -> ApiKey:
        """Raises `KeyNotFoundError`, also for one that is revoked, and for another tenant's where one is given."""
        async with self._transactions.read() as connection:
            row = (await connection.execute(select(*_COLUMNS).where(*_open(key_id), _of(tenant)))).one_or_none()
        if row is None:
            raise KeyNotFoundError(key_id)
        return _api_key(row)

    async def open_ones(self, name: str) -> builtins.list[ApiKey]:
        """Those of that id or name that are not revoked, oldest first."""
        fits = or_(table.c.key_id == name, table.c.name == name)
        statement = select(*_COLUMNS).where(fits, table.c.revoked_at.is_(None)).order_by(table.c.created_at)
        async with self._transactions.read() as connection:
            return [_api_key(row) for row in await connection.execute(statement)]

    async def rotate(self, key_id: str, *, overlap: timedelta, expires_at: datetime | None = None) -> tuple[ApiKey, str]:
        """Another text for the same key; the one before opens it too until ``overlap`` is over. Raises `KeyNotFoundError`."""
        plain = text.new_text()
        values = {
            "previous_sha256": table.c.sha256,
            "previous_until": from_now(overlap),
            "sha256": text.sha256(plain),
            "prefix": plain[: text.SHOWN],
            "rotated_at": now(),
        } | ({} if expires_at is None else {"expires_at": expires_at})
        statement = update(table).where(*_open(key_id)).values(values).returning(*_COLUMNS)
        async with self._transactions.write() as connection:
            row = (await connection.execute(statement)).one_or_none()
        if row is None:
            raise KeyNotFoundError(key_id)
        return _api_key(row), plain

    async def used(self, key_id: str) -> None:
        """Notes that it was used just now, at most once in `USED_EVERY`."""
        stale = or_(table.c.last_used_at.is_(None), table.c.last_used_at < from_now(-USED_EVERY))
        async with self._transactions.write() as connection:
            await connection.execute(update(table).where(table.c.key_id == key_id, stale).values(last_used_at=now()))

    async def revoke(self, key_id: str, tenant: str | None = None) -> bool:
        """False when there is no such key (of that tenant), or it was revoked before."""
        statement = update(table).where(*_open(key_id), _of(tenant)).values(revoked_at=now())
        async with self._transactions.write() as connection:
            return (await connection.execute(statement)).rowcount == 1


def _open(key_id: str) -> tuple[ColumnElement[bool], ...]:
    return table.c.key_id == key_id, table.c.revoked_at.is_(None)


def _of(tenant: str | None) -> Any:
    return table.c.tenant.is_not(None) if tenant is None else table.c.tenant == tenant


def _api_key(row: Row[*tuple[Any, ...]]) -> ApiKey:
    values = {name: row._mapping[name] for name in _NAMES}
    return ApiKey(**values | {"scopes": frozenset(map(Scope, values["scopes"].split(",")))})
