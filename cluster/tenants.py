"""One Phoenix tenant's request budget and access token, shared by all who send to it."""

import asyncio
import hashlib
from itertools import count
from typing import Any, NamedTuple

import ray

from cluster.actors import start_actor
from cluster.names import tenant as tenant_name
from scanner.phoenix.budget import AdaptiveBudget
from scanner.phoenix.credentials import PhoenixCredentials
from scanner.phoenix.exchange import phoenix_http
from scanner.phoenix.tokens import LocalTokens
from scanner.phoenix.window import BudgetSnapshot, Outcome, Verdict


class Place(NamedTuple):
    """A place in the budget, and who has it: an actor, and which of its processes, as Ray restarts it."""

    actor: str
    process: str
    number: int


class PhoenixTenant:
    """First come, first served; one token fetch at a time. Holds no request's data.

    Safe to restart: the window starts small again and the token is fetched anew. Places that a dead importer held come back
    when its restarted self asks for one, else after a while, see `WindowLimits.lost_after_seconds`.
    """

    def __init__(self, credentials: PhoenixCredentials) -> None:
        self._http = phoenix_http(max_connections=2)
        self._tokens = LocalTokens(credentials, self._http)
        self._budget = AdaptiveBudget()
        self._held: set[Place] = set()
        self._waiting: dict[Place, asyncio.Task[Any]] = {}

    async def acquire(self, place: "Place") -> None:
        await self._inherit(place)
        task = asyncio.current_task()
        assert task is not None
        self._waiting[place] = task
        try:
            await self._budget.acquire()
        finally:
            self._waiting.pop(place, None)
        self._held.add(place)

    async def release(self, place: "Place", outcome: Outcome, latency_seconds: float) -> None:
        """A place that an earlier process of this actor gave is not known, and teaches nothing."""
        if place in self._held:
            self._held.discard(place)
            await self._budget.release(outcome, latency_seconds)

    async def give_up(self, place: "Place") -> None:
        """Nobody waits for it any more, whether it has been given by now or not."""
        waiting = self._waiting.pop(place, None)
        if waiting is not None:
            waiting.cancel()
        await self.release(place, Outcome(Verdict.UNSENT), 0.0)

    async def _inherit(self, place: "Place") -> None:
        """Frees what earlier processes of a restarted actor had, and forgets what they waited for."""
        for other in [*self._held, *self._waiting]:
            if other.actor == place.actor and other.process != place.process:
                await self.give_up(other)

    async def token(self) -> str:
        return await self._tokens.token()

    async def renew(self, stale: str) -> str:
        return await self._tokens.renew(stale)

    async def snapshot(self) -> BudgetSnapshot:
        return self._budget.snapshot()


class SharedTenant:
    """A `TokenSource` and `RequestBudget` of scanner.phoenix that asks the tenant's actor; starts it where ``resource`` is."""

    def __init__(self, credentials: PhoenixCredentials, resource: str) -> None:
        name = tenant_name(digest(credentials))
        self._actor = start_actor(
            PhoenixTenant, name, credentials, resource=resource, max_concurrency=10_000, max_task_retries=3
        )
        context = ray.get_runtime_context()
        self._self = context.get_actor_id() or "", context.get_worker_id()
        self._numbers = count()
        self._places: list[Place] = []

    async def acquire(self) -> None:
        """A caller that is cancelled leaves no place taken, also where it was given one at this very moment."""
        place = Place(*self._self, next(self._numbers))
        try:
            await self._actor.acquire.remote(place)
        except asyncio.CancelledError:
            self._actor.give_up.remote(place)
            raise
        self._places.append(place)

    async def release(self, outcome: Outcome, latency_seconds: float) -> None:
        """Of its places the one that it has had longest: they are alike."""
        self._actor.release.remote(self._places.pop(0), outcome, latency_seconds)

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
