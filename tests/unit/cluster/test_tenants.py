"""What an importer asks of a tenant's actor, on the event loop that Ray gives its actors."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
import uvloop

from cluster import tenants
from cluster.tenants import Holder, Release, SharedTenant
from scanner.phoenix.credentials import PhoenixCredentials
from scanner.phoenix.window import Outcome, Verdict

DONE = Outcome(Verdict.ANSWERED)


class Actor:
    """Gives every place at once, or when the gate opens; notes what it is told."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, list[int]]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.acquire, self.release = SimpleNamespace(remote=self._acquire), SimpleNamespace(remote=self._release)

    async def _acquire(self, _holder: Holder, numbers: list[int], over: list[Release]) -> list[int]:
        self.calls.append(("acquire", [release.number for release in over]))
        await self.gate.wait()
        return numbers

    def _release(self, _holder: Holder, over: list[Release]) -> None:
        self.calls.append(("release", [release.number for release in over]))


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Any:
    def make() -> tuple[Actor, SharedTenant]:
        actor = Actor()
        context = SimpleNamespace(get_actor_id=lambda: "importer", get_worker_id=lambda: "process")
        monkeypatch.setattr(tenants.ray, "get_runtime_context", lambda: context)
        monkeypatch.setattr(tenants, "start_actor", lambda *_arguments, **_options: actor)
        return actor, SharedTenant(PhoenixCredentials("https://p", "id", "secret"), "")

    return make


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
