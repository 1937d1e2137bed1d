"""Tenants and keys for tests, and what has been tried for a job."""

from contextlib import suppress

from jobs_store.database import Database
from jobs_store.errors import TenantExistsError
from jobs_store.keys import NewKey, Scope
from jobs_store.tenants import NewTenant
from jobs_store.webhooks import Attempt


async def make_tenant(database: Database, name: str, **more: object) -> None:
    with suppress(TenantExistsError):
        await database.tenants.create(NewTenant(name=name, **({"uses_service_account": True} | more)))


async def make_key(database: Database, tenant: str, *scopes: Scope) -> str:
    """The text of a key of that tenant, which is made too; with everything but ``operator`` unless scopes are given."""
    await make_tenant(database, tenant)
    granted = frozenset(scopes or (Scope.SUBMIT, Scope.READ, Scope.ADMIN))
    _, plain = await database.keys.create(NewKey(name=f"key of {tenant}", tenant=tenant, scopes=granted))
    return plain


async def attempts_of(database: Database, job_id: str) -> list[Attempt]:
    """To tell of the job's end to all its receivers."""
    return [attempt for delivery in await database.webhooks.tracked(job_id) for attempt in delivery.attempts]
