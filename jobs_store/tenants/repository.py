"""Tenants: made, changed, found, removed; and what they keep that nobody may read."""

import builtins
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from jobs_store.dialects import now
from jobs_store.engine import Transactions
from jobs_store.errors import TenantBusyError, TenantExistsError, TenantNotFoundError
from jobs_store.jobs.transitions import ENDED
from jobs_store.secrets import Sealer
from jobs_store.tables import api_keys, bulks, jobs, tenants, uploads
from jobs_store.tenants.records import NewTenant, Tenant, TenantCredentials, WebhookSecret
from jobs_store.tenants.rows import TENANT_COLUMNS, tenant_of
from jobs_store.tenants.usage import TenantUsage, usage_of
from jobs_store.uploads.records import UploadState

_SEALED = ("phoenix_client_id", "phoenix_client_secret")
_OWNED = (jobs, bulks, uploads, api_keys)
_KEPT = (
    (jobs, jobs.c.cleaned_at.is_(None)),
    (bulks, bulks.c.cleaned_at.is_(None)),
    (uploads, uploads.c.state != UploadState.USED),
)
"""Rows that stand for objects."""


class TenantRepository:
    def __init__(self, transactions: Transactions, secrets: Sealer) -> None:
        self._transactions, self._secrets = transactions, secrets

    async def create(self, new: NewTenant) -> Tenant:
        """Raises `TenantExistsError`."""
        values = asdict(new)
        values |= values.pop("limits")
        secret = values.pop("webhook_secret")
        row = self._sealed(values) | {"webhook_secrets": self._seal_webhook([] if secret is None else [(secret, None)])}
        into = insert_sqlite(tenants) if self._transactions.is_sqlite else insert_postgresql(tenants)
        inserted = into.values(**row).on_conflict_do_nothing().returning(tenants.c.name)
        async with self._transactions.write() as connection:
            if (await connection.execute(inserted)).one_or_none() is None:
                raise TenantExistsError(new.name)
            return await self._one(connection, new.name)

    async def get(self, name: str) -> Tenant:
        """Raises `TenantNotFoundError`, also for a removed one."""
        async with self._transactions.read() as connection:
            return await self._one(connection, name)

    async def list(self) -> builtins.list[Tenant]:
        """All that are not removed, by name."""
        statement = select(*TENANT_COLUMNS).where(tenants.c.removed_at.is_(None)).order_by(tenants.c.name)
        async with self._transactions.read() as connection:
            return [self.tenant(row) for row in await connection.execute(statement)]

    async def change(self, name: str, values: Mapping[str, Any]) -> Tenant:
        """Sets what is named: fields of `NewTenant` and `Limits`, and ``disabled``. Raises `TenantNotFoundError`."""
        row = self._sealed(values)
        if (disabled := row.pop("disabled", None)) is not None:
            row["disabled_at"] = func.coalesce(tenants.c.disabled_at, now()) if disabled else None
        async with self._transactions.write() as connection:
            if row:
                await connection.execute(update(tenants).where(*_named(name)).values(**row))
            return await self._one(connection, name)

    async def remove(self, name: str) -> None:
        """Its keys open nothing from here on and its secrets are forgotten; its rows go when its objects have gone.

        Raises `TenantNotFoundError`, `TenantBusyError`.
        """
        forgotten = dict.fromkeys((*_SEALED, "webhook_secrets"))
        open_jobs = select(func.count()).where(jobs.c.tenant == name, jobs.c.status.not_in(ENDED))
        async with self._transactions.write() as connection:
            await self._one(connection, name)
            if count := (await connection.execute(open_jobs)).scalar_one():
                raise TenantBusyError(name, count)
            await connection.execute(update(tenants).where(*_named(name)).values(removed_at=now(), **forgotten))
            await connection.execute(update(api_keys).where(api_keys.c.tenant == name).values(revoked_at=now()))

    async def removed(self) -> builtins.list[str]:
        """Names of those whose rows are still there."""
        statement = select(tenants.c.name).where(tenants.c.removed_at.is_not(None))
        async with self._transactions.read() as connection:
            return list((await connection.execute(statement)).scalars())

    async def retentions(self) -> dict[str, float]:
        """Days of those tenants that have their own; none for removed ones."""
        statement = select(tenants.c.name, tenants.c.retention_days, tenants.c.removed_at)
        async with self._transactions.read() as connection:
            found = (await connection.execute(statement)).all()
        days = {row.name: row.retention_days for row in found if row.retention_days is not None}
        return days | {row.name: 0.0 for row in found if row.removed_at is not None}

    async def forget(self, name: str) -> bool:
        """Deletes the rows of a removed tenant; False while some of its jobs or uploads have objects left."""
        async with self._transactions.write() as connection:
            unused = uploads.c.state != UploadState.USED
            for table, is_kept in (
                (jobs, jobs.c.cleaned_at.is_(None)),
                (bulks, bulks.c.cleaned_at.is_(None)),
                (uploads, unused),
            ):
                if (await connection.execute(select(1).where(table.c.tenant == name, is_kept).limit(1))).one_or_none():
                    return False
            for table in _OWNED:
                await connection.execute(delete(table).where(table.c.tenant == name))
            await connection.execute(delete(tenants).where(tenants.c.name == name, tenants.c.removed_at.is_not(None)))
        return True

    async def usage(self, name: str) -> TenantUsage:
        return await usage_of(self._transactions, name)

    async def credentials_of(self, names: Collection[str]) -> dict[str, TenantCredentials]:
        """In clear, of those that have some. Raises `SecretError` when ``SECRET_KEY`` no longer fits."""
        columns = (tenants.c.name, tenants.c.phoenix_url, *(tenants.c[name] for name in _SEALED))
        statement = select(*columns).where(tenants.c.name.in_(names), tenants.c.phoenix_client_secret.is_not(None))
        async with self._transactions.read() as connection:
            found = (await connection.execute(statement)).all()
        return {
            row.name: TenantCredentials(
                row.phoenix_url or "",
                self._secrets.open_text(row.phoenix_client_id),
                self._secrets.open_text(row.phoenix_client_secret),
            )
            for row in found
        }

    async def webhook_secrets(self, name: str) -> builtins.list[WebhookSecret]:
        """Those that are good now, the newest first; none where the service's own is used."""
        return await self._webhook_secrets(tenants.c.name == name)

    async def _webhook_secrets(self, whose: ColumnElement[bool]) -> builtins.list[WebhookSecret]:
        statement = select(tenants.c.webhook_secrets).where(whose)
        async with self._transactions.read() as connection:
            sealed = (await connection.execute(statement)).scalar_one_or_none()
        return self._opened_webhook(sealed)

    async def webhook_secrets_of_job(self, job_id: str) -> builtins.list[WebhookSecret]:
        """Those of the job's tenant, as `webhook_secrets`."""
        owner = select(jobs.c.tenant).where(jobs.c.job_id == job_id).scalar_subquery()
        return await self._webhook_secrets(tenants.c.name == owner)

    async def rotate_webhook_secret(self, name: str, secret: str, *, previous: str | None, until: datetime) -> None:
        """``previous`` signs beside it until then. Raises `TenantNotFoundError`."""
        secrets = [(secret, None), *([] if previous is None else [(previous, until.timestamp())])]
        async with self._transactions.write() as connection:
            await self._one(connection, name)
            values = {"webhook_secrets": self._seal_webhook(secrets)}
            await connection.execute(update(tenants).where(*_named(name)).values(**values))

    def tenant(self, row: Row[*tuple[Any, ...]]) -> Tenant:
        """Of a row that has `TENANT_COLUMNS`."""
        sealed = row._mapping["tenant_phoenix_client_id"]
        return tenant_of(row, None if sealed is None else self._secrets.open_text(sealed))

    async def _one(self, connection: AsyncConnection, name: str) -> Tenant:
        row = (await connection.execute(select(*TENANT_COLUMNS).where(*_named(name)))).one_or_none()
        if row is None:
            raise TenantNotFoundError(name)
        return self.tenant(row)

    def _sealed(self, values: Mapping[str, Any]) -> dict[str, Any]:
        row = dict(values)
        if "defaults" in row:
            row["defaults"] = json.dumps(dict(row["defaults"]))
        for name in _SEALED:
            if row.get(name) is not None:
                row[name] = self._secrets.seal_text(row[name])
        return row

    def _seal_webhook(self, secrets: Sequence[tuple[str, float | None]]) -> str | None:
        return self._secrets.seal_text(json.dumps(secrets)) if secrets else None

    def _opened_webhook(self, sealed: str | None) -> builtins.list[WebhookSecret]:
        if sealed is None:
            return []
        time = datetime.now(UTC)
        stored = [
            WebhookSecret(text, None if until is None else datetime.fromtimestamp(until, UTC))
            for text, until in json.loads(self._secrets.open_text(sealed))
        ]
        return [secret for secret in stored if secret.until is None or secret.until > time]


def _named(name: str) -> tuple[Any, ...]:
    return tenants.c.name == name, tenants.c.removed_at.is_(None)
