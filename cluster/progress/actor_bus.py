"""Progress over a named actor: the bus where there is no Redis, enough for one cluster's replicas."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any

import ray
from ray.exceptions import RayError

from cluster.actors import find_actor, start_actor
from cluster.errors import ProgressUnavailableError
from cluster.names import PROGRESS_BUS
from cluster.progress.fanning_out import FanOut, Heard
from jobs_store.records import Event

_BEHIND = 100_000
"""Events that a process may be behind; further ones are dropped for it, and its watchers read them from the store."""

_TOGETHER_SECONDS = 0.01
"""What comes within this time travels together: a hundred journeys a second to each process, however many the events."""


class BusActor:
    """Hands events to the processes that listen at this moment: all to each, which knows what is watched there.

    Keeps none; memory is bounded by what listeners may be behind. Safe to restart: watchers notice and ask the store.
    """

    def __init__(self) -> None:
        self._listeners: set[_Listener] = set()

    async def publish(self, events: list[Event]) -> None:
        for listener in self._listeners:
            listener.tell(events)

    async def listen(self) -> AsyncGenerator[list[Event] | None, None]:
        """None first; then events as they come, in groups."""
        listener = _Listener()
        self._listeners.add(listener)
        try:
            yield None
            while True:
                yield await listener.heard()
        finally:
            self._listeners.discard(listener)

    async def ping(self) -> None:
        return None


class _Listener:
    def __init__(self) -> None:
        self._events: list[Event] = []
        self._come = asyncio.Event()

    def tell(self, events: list[Event]) -> None:
        if len(self._events) < _BEHIND:
            self._events += events
            self._come.set()

    async def heard(self) -> list[Event]:
        await self._come.wait()
        await asyncio.sleep(_TOGETHER_SECONDS)
        self._come.clear()
        events, self._events = self._events, []
        return events


def start_bus_actor(resource: str) -> None:
    """Starts the actor unless it runs."""
    start_actor(BusActor, PROGRESS_BUS, resource=resource, max_concurrency=10_000)


class ActorBus:
    """The bus as seen from a process of the cluster."""

    def __init__(self) -> None:
        self._handle: Any = None
        self._fan_out = FanOut(self._listen)

    async def publish(self, events: Sequence[Event]) -> None:
        try:
            if events:
                self._actor().publish.remote(list(events))
        except (RayError, ValueError):
            self._handle = None  # watchers poll the store when the bus is silent

    def watch(self, job_id: str) -> AsyncIterator[Event | None]:
        return self._fan_out.watch(job_id)

    async def _listen(self) -> AsyncGenerator[Heard, None]:
        try:
            stream: Any = self._actor().listen.options(num_returns="streaming", name="listen").remote()
        except (RayError, ValueError) as error:
            self._handle = None
            raise ProgressUnavailableError(str(error)) from error
        try:
            async for reference in stream:
                yield await reference
        except RayError as error:
            raise ProgressUnavailableError(str(error)) from error
        finally:
            ray.cancel(stream)

    async def ping(self) -> None:
        try:
            await asyncio.wait_for(self._actor().ping.remote(), 5)
        except (RayError, ValueError, TimeoutError) as error:
            self._handle = None
            raise ProgressUnavailableError(str(error) or type(error).__name__) from error

    async def close(self) -> None:
        await self._fan_out.close()
        self._handle = None

    def _actor(self) -> Any:
        if self._handle is None:
            self._handle = find_actor(PROGRESS_BUS)
        return self._handle
