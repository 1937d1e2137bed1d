"""Tenants as they were some seconds ago at most: what each request of the configured key needs, without a statement."""

from cachetools import TTLCache

from jobs_store.tenants import Tenant
from jobs_store.tenants.repository import TenantRepository

FRESH_SECONDS = 5.0
"""A change made through another replica counts here after that."""


class TenantCache:
    def __init__(self, tenants: TenantRepository) -> None:
        self._tenants = tenants
        self._known: TTLCache[str, Tenant] = TTLCache(maxsize=1000, ttl=FRESH_SECONDS)

    async def get(self, name: str) -> Tenant:
        """Raises `TenantNotFoundError`."""
        if (tenant := self._known.get(name)) is None:
            tenant = self._known[name] = await self._tenants.get(name)
        return tenant

    def forget(self, name: str) -> None:
        """It has been changed here."""
        self._known.pop(name, None)
