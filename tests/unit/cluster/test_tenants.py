"""What an importer asks of a tenant's actor, on the event loop that Ray gives its actors."""

import asyncio
import random
from collections.abc import Callable
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
import uvloop
from ray.exceptions import RayError, RayTaskError

from cluster import tenants
from cluster.account import Account
from cluster.tenants import Holder, PhoenixTenant, Release, SharedTenant
from scanner.phoenix.credentials import PhoenixCredentials
from scanner.phoenix.errors import PhoenixAuthError
from scanner.phoenix.window import Outcome, Verdict

CREDENTIALS = PhoenixCredentials("https://p", "id", "secret")
ACCOUNT = Account("digest", "job-1", "team")
DONE = Outcome(Verdict.ANSWERED)


class Actor:
    """Gives every place at once, or when the gate opens; notes what it is told."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, list[int]]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.acquire, self.release = SimpleNamespace(remote=self._acquire), SimpleNamespace(remote=self._release)

    async def _acquire(self, _account: Account, _holder: Holder, numbers: list[int], over: list[Release]) -> list[int]:
        self.calls.append(("acquire", [release.number for release in over]))
        await self.gate.wait()
        return numbers

    def _release(self, _account: Account, _holder: Holder, over: list[Release]) -> None:
        self.calls.append(("release", [release.number for release in over]))


class DisorderlyActor:
    """A tenant whose calls arrive in any order, of which some fail, done or not, as Ray's do."""

    def __init__(self, chance: random.Random) -> None:
        self.tenant = PhoenixTenant(CREDENTIALS)
        self.calls: set[asyncio.Task[Any]] = set()
        self._chance = chance
        self.acquire = SimpleNamespace(remote=self._acquire)
        self.release = SimpleNamespace(remote=lambda *given: self._call(self.tenant.release, *given))
        self.give_up = SimpleNamespace(remote=lambda *given: self._call(self.tenant.give_up, *given))

    def _call(self, method: Callable[..., Any], *given: Any) -> "asyncio.Task[Any]":
        call = asyncio.create_task(self._late(method, *given))
        self.calls.add(call)
        call.add_done_callback(self.calls.discard)
        return call

    async def _late(self, method: Callable[..., Any], _account: Account, *given: Any) -> Any:
        for _ in range(self._chance.randrange(6)):
            await asyncio.sleep(0)
        return await method(*given)

    async def _acquire(self, *given: Any) -> Any:
        if self._chance.random() < 0.1:
            raise RayError("it never arrived")
        call = self._call(self.tenant.acquire, *given)
        if self._chance.random() < 0.1:
            await asyncio.sleep(0)
            raise RayError("it arrived, and nobody knows")
        return await asyncio.shield(call)


@pytest.fixture
def share(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], SharedTenant]:
    """A tenant's actor as one importer's process has it."""
    context = SimpleNamespace(get_actor_id=lambda: "importer", get_worker_id=lambda: "process")
    monkeypatch.setattr(tenants.ray, "get_runtime_context", lambda: context)
    monkeypatch.setattr(tenants, "_NUMBERS", count(), raising=False)

    def share(actor: Any) -> SharedTenant:
        return SharedTenant(ACCOUNT, actor)

    return share


@pytest.fixture
def shared(share: Callable[[Any], SharedTenant]) -> Callable[[], tuple[Actor, SharedTenant]]:
    def make() -> tuple[Actor, SharedTenant]:
        actor = Actor()
        return actor, share(actor)

    return make


@pytest.mark.parametrize("seed", range(20))
def test_whoever_is_cancelled_and_whatever_fails_all_places_are_free_in_the_end(
    share: Callable[[Any], SharedTenant], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(tenants, "_LINGER_SECONDS", 0.0)
    monkeypatch.setattr(tenants, "_BRIEFLY_SECONDS", 0.0)
    monkeypatch.setattr(tenants, "phoenix_http", lambda **_options: None)
    chance = random.Random(seed)

    async def run() -> None:
        actor = DisorderlyActor(chance)
        tenant = share(actor)

        async def send() -> None:
            nonlocal tenant
            own = tenant
            try:
                await own.acquire()
            except RayError:
                tenant = share(actor)  # as an importer does it
                return
            try:
                for _ in range(chance.randrange(4)):
                    await asyncio.sleep(0)
            finally:
                await own.release(DONE, 0.01)

        sending = set[asyncio.Task[None]]()
        for _ in range(200):
            sending.add(asyncio.create_task(send()))
            for task in chance.sample([*sending], chance.randrange(min(len(sending), 4))):
                task.cancel()
            await asyncio.sleep(0)
            sending = {task for task in sending if not task.done()}
        await asyncio.gather(*sending, return_exceptions=True)
        async with asyncio.timeout(5):
            while actor.calls or (budget := actor.tenant.budget()).in_flight or budget.waiting:
                await asyncio.sleep(0)

    uvloop.run(run())


def test_places_that_are_over_travel_with_the_next_request(shared: Any) -> None:
    async def run() -> list[tuple[str, list[int]]]:
        actor, tenant = shared()
        await asyncio.gather(tenant.acquire(), tenant.acquire())
        await tenant.release(DONE, 0.1)
        await tenant.release(DONE, 0.1)
        await tenant.acquire()
        return actor.calls

    assert uvloop.run(run()) == [("acquire", []), ("acquire", [0, 1])]


@pytest.mark.parametrize("brief", [0.0, 0.001])
def test_places_are_told_soon_while_somebody_waits_for_one(shared: Any, monkeypatch: pytest.MonkeyPatch, brief: float) -> None:
    monkeypatch.setattr(tenants, "_BRIEFLY_SECONDS", brief)
    monkeypatch.setattr(tenants, "_LINGER_SECONDS", 60.0)

    async def run() -> list[tuple[str, list[int]]]:
        actor, tenant = shared()
        await asyncio.gather(tenant.acquire(), tenant.acquire(), tenant.acquire())
        actor.gate.clear()
        waiting = asyncio.create_task(tenant.acquire())
        while len(actor.calls) < 2:
            await asyncio.sleep(0)
        await tenant.release(DONE, 0.1)
        await tenant.release(DONE, 0.1)
        while len(actor.calls) < 3:
            await asyncio.sleep(0)
        actor.gate.set()
        await waiting
        return actor.calls

    calls = uvloop.run(run())
    assert calls[:2] == [("acquire", []), ("acquire", [])]
    assert [number for _, numbers in calls[2:] for number in numbers] == [0, 1]


async def test_a_wrong_secret_is_told_in_a_sentence(share: Callable[[Any], SharedTenant]) -> None:
    """What an actor raises arrives as an error of Ray's whose text is a traceback."""
    raised = RayTaskError("token", "Traceback (most recent call last): …", cause=PhoenixAuthError("wrong secret"))

    async def token(_account: Account, _traceparent: str | None) -> tuple[str, float]:
        raise raised.as_instanceof_cause()

    with pytest.raises(PhoenixAuthError) as caught:
        await share(SimpleNamespace(token=SimpleNamespace(remote=token))).token()
    assert "Traceback" not in str(caught.value)
    assert type(caught.value) is PhoenixAuthError
