"""One Phoenix tenant's request budget and access token, shared by all who send to it."""

import hashlib

from cluster.actors import start_actor
from cluster.names import tenant as tenant_name
from scanner.phoenix.budget import AdaptiveBudget
from scanner.phoenix.credentials import PhoenixCredentials
from scanner.phoenix.exchange import phoenix_http
from scanner.phoenix.tokens import LocalTokens
from scanner.phoenix.window import BudgetSnapshot, Outcome


class PhoenixTenant:
    """First come, first served; one token fetch at a time. Holds no request's data.

    Safe to restart: the window starts small again and the token is fetched anew. A place that a dead importer held comes back
    after a while, see `WindowLimits.lost_after_seconds`.
    """

    def __init__(self, credentials: PhoenixCredentials) -> None:
        self._http = phoenix_http(max_connections=2)
        self._tokens = LocalTokens(credentials, self._http)
        self._budget = AdaptiveBudget()

    async def acquire(self) -> None:
        await self._budget.acquire()

    async def release(self, outcome: Outcome, latency_seconds: float) -> None:
        await self._budget.release(outcome, latency_seconds)

    async def token(self) -> str:
        return await self._tokens.token()

    async def renew(self, stale: str) -> str:
        return await self._tokens.renew(stale)

    async def snapshot(self) -> BudgetSnapshot:
        return self._budget.snapshot()


class SharedTenant:
    """A `TokenSource` and `RequestBudget` of scanner.phoenix that asks the tenant's actor."""

    def __init__(self, credentials: PhoenixCredentials) -> None:
        name = tenant_name(digest(credentials))
        self._actor = start_actor(PhoenixTenant, name, credentials, max_concurrency=10_000, max_task_retries=3)

    async def acquire(self) -> None:
        await self._actor.acquire.remote()

    async def release(self, outcome: Outcome, latency_seconds: float) -> None:
        self._actor.release.remote(outcome, latency_seconds)

    async def token(self) -> str:
        token: str = await self._actor.token.remote()
        return token

    async def renew(self, stale: str) -> str:
        token: str = await self._actor.renew.remote(stale)
        return token


def digest(credentials: PhoenixCredentials) -> str:
    """Names a tenant without telling who it is. Another secret is another tenant: a wrong one never borrows a right token."""
    text = "\0".join((credentials.api_url, credentials.client_id, credentials.client_secret))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
