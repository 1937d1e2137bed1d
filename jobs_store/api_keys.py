"""API keys. A key is 256 random bits, so a plain SHA-256 is enough to keep it: there is nothing to guess."""

import builtins
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, or_, select, update

from jobs_store.dialects import now
from jobs_store.engine import Transactions
from jobs_store.tables import api_keys as table

_PREFIX = "psk_"  # lets secret scanners find a leaked key


@dataclass(frozen=True)
class ApiKey:
    """A key as the store knows it: never its text."""

    key_id: str
    name: str
    tenant: str
    created_at: datetime
    revoked_at: datetime | None


class ApiKeyRepository:
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def create(self, name: str, tenant: str = "default") -> tuple[ApiKey, str]:
        """The key and its text, which is known now and never again."""
        plain = _PREFIX + secrets.token_urlsafe(32)
        values = {"key_id": secrets.token_hex(8), "name": name, "tenant": tenant, "sha256": _sha256(plain)}
        async with self._transactions.write() as connection:
            row = (await connection.execute(insert(table).values(values).returning(*_COLUMNS))).one()
        return _api_key(row), plain

    async def find(self, plain: str) -> ApiKey | None:
        """The key with that text, unless it was revoked."""
        statement = select(*_COLUMNS).where(table.c.sha256 == _sha256(plain), table.c.revoked_at.is_(None))
        async with self._transactions.read() as connection:
            row = (await connection.execute(statement)).one_or_none()
        return None if row is None else _api_key(row)

    async def list(self) -> builtins.list[ApiKey]:
        """All keys, revoked ones too, oldest first."""
        async with self._transactions.read() as connection:
            return [_api_key(row) for row in await connection.execute(select(*_COLUMNS).order_by(table.c.created_at))]

    async def open_ones(self, name: str) -> builtins.list[ApiKey]:
        """Those of that id or name that are not revoked, oldest first."""
        fits = or_(table.c.key_id == name, table.c.name == name)
        statement = select(*_COLUMNS).where(fits, table.c.revoked_at.is_(None)).order_by(table.c.created_at)
        async with self._transactions.read() as connection:
            return [_api_key(row) for row in await connection.execute(statement)]

    async def revoke(self, key_id: str) -> bool:
        """False when there is no such key, or it was revoked before."""
        statement = update(table).where(table.c.key_id == key_id, table.c.revoked_at.is_(None)).values(revoked_at=now())
        async with self._transactions.write() as connection:
            return (await connection.execute(statement)).rowcount == 1


_COLUMNS = (table.c.key_id, table.c.name, table.c.tenant, table.c.created_at, table.c.revoked_at)


def _sha256(plain: str) -> str:
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()


def _api_key(row: Row[*tuple[Any, ...]]) -> ApiKey:
    return ApiKey(**row._asdict())
