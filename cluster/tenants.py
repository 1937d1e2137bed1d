"""One Phoenix tenant's request budget and access token, shared by all who send to it."""

import asyncio
import hashlib
from collections import Counter, defaultdict
from typing import Any, NamedTuple

import ray

from cluster.actors import start_actor
from cluster.names import tenant as tenant_name
from scanner.phoenix.budget import AdaptiveBudget
from scanner.phoenix.credentials import PhoenixCredentials
from scanner.phoenix.exchange import phoenix_http
from scanner.phoenix.tokens import LocalTokens
from scanner.phoenix.window import BudgetSnapshot, Outcome, Verdict


class Holder(NamedTuple):
    """Who has a place: an actor, and which of its processes, as Ray restarts it."""

    actor: str
    process: str


class PhoenixTenant:
    """First come, first served; one token fetch at a time. Holds no request's data.

    Safe to restart: the window starts small again and the token is fetched anew. Places that a dead importer held come back
    when its restarted self asks for one, else after a while, see `WindowLimits.lost_after_seconds`.
    """

    def __init__(self, credentials: PhoenixCredentials) -> None:
        self._http = phoenix_http(max_connections=2)
        self._tokens = LocalTokens(credentials, self._http)
        self._budget = AdaptiveBudget()
        self._held: Counter[Holder] = Counter()
        self._waiting: defaultdict[Holder, set[asyncio.Task[Any]]] = defaultdict(set)

    async def acquire(self, holder: "Holder") -> None:
        await self._inherit(holder)
        task = asyncio.current_task()
        assert task is not None
        self._waiting[holder].add(task)
        try:
            await self._budget.acquire()
        finally:
            self._waiting[holder].discard(task)
        self._held[holder] += 1

    async def release(self, holder: "Holder", outcome: Outcome, latency_seconds: float) -> None:
        """A place that an earlier process of this actor gave is no longer known, and teaches nothing."""
        if self._held[holder]:
            self._held[holder] -= 1
            await self._budget.release(outcome, latency_seconds)

    async def give_back(self, holder: "Holder", _acquired: None) -> None:
        """The place that `acquire` gave when nobody waited for it any more. Ray does not run this if it gave none."""
        await self.release(holder, Outcome(Verdict.UNSENT), 0.0)

    async def _inherit(self, holder: "Holder") -> None:
        """Frees what earlier processes of a restarted holder had, and forgets that they waited."""
        for other in [other for other in (*self._held, *self._waiting) if other.actor == holder.actor and other != holder]:
            for task in self._waiting.pop(other, ()):
                task.cancel()
            for _ in range(self._held.pop(other, 0)):
                await self._budget.release(Outcome(Verdict.UNSENT), 0.0)

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
        context = ray.get_runtime_context()
        self._holder = Holder(context.get_actor_id() or "", context.get_worker_id())

    async def acquire(self) -> None:
        """A caller that is cancelled leaves no place taken, also where it was given one at this very moment."""
        acquired = self._actor.acquire.remote(self._holder)
        try:
            await acquired
        except asyncio.CancelledError:
            self._actor.give_back.remote(self._holder, acquired)
            ray.cancel(acquired)
            raise

    async def release(self, outcome: Outcome, latency_seconds: float) -> None:
        self._actor.release.remote(self._holder, outcome, latency_seconds)

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
