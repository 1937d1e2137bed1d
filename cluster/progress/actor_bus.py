"""Progress over a named actor: the bus where there is no Redis, enough for one cluster's replicas."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any

import ray
from ray.exceptions import RayError

from cluster.actors import find_actor, start_actor
from cluster.errors import ProgressUnavailableError
from cluster.names import PROGRESS_BUS
from jobs_store.records import Event

_BEHIND = 10_000
"""Events that a watcher may be behind; further ones are dropped for it, and it reads them from the store."""


class BusActor:
    """Hands events to those who watch a job at this moment. Keeps none; memory is bounded by the watchers' queues.

    Safe to restart: watchers notice and ask the store.
    """

    def __init__(self) -> None:
        self._watchers: dict[str, set[asyncio.Queue[Event]]] = {}

    async def publish(self, events: list[Event]) -> None:
        for event in events:
            for queue in self._watchers.get(event.job_id, ()):
                if not queue.full():
                    queue.put_nowait(event)

    async def watch(self, job_id: str) -> AsyncGenerator[Event | None, None]:
        queue: asyncio.Queue[Event] = asyncio.Queue(_BEHIND)
        watchers = self._watchers.setdefault(job_id, set())
        watchers.add(queue)
        try:
            yield None
            while True:
                yield await queue.get()
        finally:
            watchers.discard(queue)
            if not watchers:
                self._watchers.pop(job_id, None)

    async def ping(self) -> None:
        return None


def start_bus_actor(resource: str) -> None:
    """Starts the actor unless it runs."""
    start_actor(BusActor, PROGRESS_BUS, resource=resource, max_concurrency=10_000)


class ActorBus:
    """The bus as seen from a process of the cluster."""

    def __init__(self) -> None:
        self._handle: Any = None

    async def publish(self, events: Sequence[Event]) -> None:
        try:
            if events:
                self._actor().publish.remote(list(events))
        except (RayError, ValueError):
            self._handle = None  # watchers poll the store when the bus is silent

    async def watch(self, job_id: str) -> AsyncIterator[Event | None]:
        try:
            stream: Any = self._actor().watch.options(num_returns="streaming", name=f"watch {job_id}").remote(job_id)
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
        self._handle = None

    def _actor(self) -> Any:
        if self._handle is None:
            self._handle = find_actor(PROGRESS_BUS)
        return self._handle
