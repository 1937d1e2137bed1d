"""The actor that has the request budgets and tokens of all Phoenix tenants."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from cluster.account import Account
from cluster.accounts import Accounts, database_of
from cluster.actors import find_actor, start_actor
from cluster.metering import process_meter
from cluster.metering.metrics import PHOENIX_BUDGET
from cluster.names import PHOENIX_TENANTS
from cluster.settings import Settings
from cluster.telemetry import look_after
from cluster.tenants import Holder, PhoenixTenant, Release
from cluster.tracing import adopted
from scanner.phoenix.window import BudgetSnapshot

_IDLE_SECONDS = 300.0
"""A tenant that nobody asked for in so long is forgotten, if nobody has a place there."""
_LOST_SECONDS = 3600.0
"""The same where places are held that nobody can have any more."""
_MOST_IDLE = 16
"""Idle Phoenix tenants of one of our tenants: beyond that the one that was used longest ago goes, however lately that was."""
_SWEEP_SECONDS = 60.0


@dataclass
class _Kept:
    tenant: PhoenixTenant
    owner: str
    """Ours, that used it last."""
    used_at: float
    users: int = 0
    """Calls that are under way."""


class PhoenixTenants:
    """One process for all of them: credentials, right or wrong, cost some kilobytes for some minutes.

    Holds at most as many tenants as have requests under way, and `_MOST_IDLE` more of each of ours. Each call names an
    account, whose credentials are opened from the store when they are not known here: so it is safe to restart.
    """

    def __init__(self, settings: Settings) -> None:
        self._accounts = Accounts(settings, database_of(settings))
        self._kept = KeptTenants()
        look_after(settings)
        process_meter().ask(PHOENIX_BUDGET, self._kept.budget)
        self._opening: dict[str, asyncio.Lock] = {}
        self._sweeping = asyncio.create_task(self._sweep_forever())

    async def acquire(self, account: Account, holder: Holder, numbers: list[int], over: list[Release]) -> list[int]:
        async with self._using(account) as tenant:
            return await tenant.acquire(holder, numbers, over)

    async def release(self, account: Account, holder: Holder, releases: list[Release]) -> None:
        """Places in a tenant that is not known any more are not known either."""
        if account.digest in self._kept:
            async with self._using(account) as tenant:
                await tenant.release(holder, releases)

    async def give_up(self, account: Account, holder: Holder, numbers: list[int], over: list[Release]) -> None:
        async with self._using(account) as tenant:
            await tenant.give_up(holder, numbers, over)

    async def token(self, account: Account, traceparent: str | None = None) -> tuple[str, float]:
        """Fetching one belongs to the trace of whoever asks first."""
        async with self._using(account) as tenant:
            with adopted(traceparent):
                return await tenant.token()

    async def renew(self, account: Account, stale: str, traceparent: str | None = None) -> tuple[str, float]:
        async with self._using(account) as tenant:
            with adopted(traceparent):
                return await tenant.renew(stale)

    async def largest_body(self, account: Account) -> int | None:
        async with self._using(account) as tenant:
            return tenant.largest_body()

    async def found_too_large(self, account: Account, size_bytes: int) -> None:
        async with self._using(account) as tenant:
            tenant.found_too_large(size_bytes)

    async def snapshot(self, account: Account) -> BudgetSnapshot:
        async with self._using(account) as tenant:
            return tenant.budget()

    async def known(self) -> int:
        """How many tenants it has."""
        return len(self._kept)

    async def ping(self) -> None:
        return None

    @asynccontextmanager
    async def _using(self, account: Account) -> AsyncIterator[PhoenixTenant]:
        while account.digest not in self._kept:  # it may have had to go for another while we waited
            await self._open(account)
        with self._kept.used(account) as tenant:
            yield tenant

    async def _open(self, account: Account) -> None:
        """Once, however many ask for it at the same time."""
        lock = self._opening.setdefault(account.digest, asyncio.Lock())
        try:
            async with lock:
                if account.digest not in self._kept:
                    credentials = await self._accounts.open(account)
                    for gone in self._kept.add(account, PhoenixTenant(credentials)):
                        await gone.close()
        finally:
            if not lock.locked():
                self._opening.pop(account.digest, None)

    async def _sweep_forever(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            for gone in self._kept.sweep():
                await gone.close()


class KeptTenants:
    """Which tenants are known, by the digest of their account, and which are to be forgotten."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[str, _Kept] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, digest: str) -> bool:
        return digest in self._kept

    def budget(self) -> float:
        """Requests that may be under way at once, of all of them."""
        return sum(kept.tenant.budget().window for kept in self._kept.values())

    def add(self, account: Account, tenant: PhoenixTenant) -> list[PhoenixTenant]:
        """Those that have to go for it."""
        idle = [digest for digest, kept in self._kept.items() if kept.owner == account.tenant and self._is_idle(kept)]
        self._kept[account.digest] = _Kept(tenant, account.tenant, self._clock())
        if len(idle) < _MOST_IDLE:
            return []
        return [self._kept.pop(min(idle, key=lambda digest: self._kept[digest].used_at)).tenant]

    @contextmanager
    def used(self, account: Account) -> Iterator[PhoenixTenant]:
        kept = self._kept[account.digest]
        kept.owner, kept.users = account.tenant, kept.users + 1
        try:
            yield kept.tenant
        finally:
            kept.users -= 1
            kept.used_at = self._clock()

    def sweep(self) -> list[PhoenixTenant]:
        """Forgets those that have not been used for long, and gives them back to be closed."""
        now = self._clock()
        old = [
            digest
            for digest, kept in self._kept.items()
            if not kept.users and now - kept.used_at > (_IDLE_SECONDS if kept.tenant.is_idle else _LOST_SECONDS)
        ]
        return [self._kept.pop(digest).tenant for digest in old]

    @staticmethod
    def _is_idle(kept: _Kept) -> bool:
        return not kept.users and kept.tenant.is_idle


def start_tenants_actor(settings: Settings) -> Any:
    """The actor, started unless it runs."""
    if settings.actors_together:
        return find_actor(PHOENIX_TENANTS)
    resource = settings.actor_resource
    return start_actor(PhoenixTenants, PHOENIX_TENANTS, settings, resource=resource, max_concurrency=10_000, max_task_retries=3)
