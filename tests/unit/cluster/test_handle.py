"""Waking an actor: at once, seldom, and without ever being in the way of whoever rings."""

import asyncio
from typing import Any

import pytest
from ray.exceptions import RayActorError

from cluster import handle
from cluster.handle import ClusterHandle


class Dispatcher:
    """Answers `wake` at once; dead as long as ``is_away``."""

    def __init__(self) -> None:
        self.woken = self.found = 0
        self.is_away = False
        self.wake = self

    def find(self, _name: str) -> Any:
        self.found += 1
        return self

    def remote(self) -> "asyncio.Future[None]":
        self.woken += 1
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.is_away:
            answer.set_exception(RayActorError())
        else:
            answer.set_result(None)
        return answer


@pytest.fixture
def dispatcher(monkeypatch: pytest.MonkeyPatch) -> Dispatcher:
    dispatcher = Dispatcher()
    monkeypatch.setattr(handle, "find_actor", dispatcher.find)
    monkeypatch.setattr(handle, "_PAUSE_SECONDS", 0.0)
    return dispatcher


async def answered() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_many_rings_are_two_calls_and_one_look_for_the_actor(dispatcher: Dispatcher) -> None:
    cluster = ClusterHandle()
    await cluster.wake()
    await asyncio.sleep(0)
    for _ in range(50):
        await cluster.wake()
    await answered()
    await cluster.wake()
    await answered()
    assert (dispatcher.woken, dispatcher.found) == (3, 1)


async def test_an_actor_that_died_is_looked_for_again(dispatcher: Dispatcher) -> None:
    cluster = ClusterHandle()
    dispatcher.is_away = True
    await cluster.wake()
    await answered()
    dispatcher.is_away = False
    await cluster.wake()
    await answered()
    assert (dispatcher.woken, dispatcher.found) == (2, 2)
