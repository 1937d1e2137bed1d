"""Progress over a named actor: the bus where there is no Redis, enough for one cluster's replicas."""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any

from ray.exceptions import RayError

from cluster.actors import find_actor, start_actor
from cluster.errors import ProgressUnavailableError
from cluster.names import PROGRESS_BUS
from cluster.progress.fanning_out import FanOut, Heard
from jobs_store.events import Event

_BEHIND = 100_000
"""Events that a process may be behind; further ones are dropped for it, and its watchers read them from the store."""

_TOGETHER_SECONDS = 0.01
"""What comes within this time travels together: a hundred journeys a second to each process, however many the events."""


class BusActor:
    """Hands events to the processes that listen at this moment: all to each, which knows what is watched there.

    Keeps none; memory is bounded by what listeners may be behind. Safe to restart: watchers notice and ask the store.
    """

    def __init__(self) -> None:
        self._listeners: dict[str, _Listener] = {}
        self._left: deque[str] = deque(maxlen=1000)
        """Who left before it was heard that they listen: calls may overtake each other."""

    async def publish(self, events: list[Event]) -> None:
        for listener in self._listeners.values():
            listener.tell(events)

    async def listen(self, name: str) -> AsyncGenerator[list[Event] | None, None]:
        """None first; then events as they come, in groups, until ``name`` leaves."""
        listener = self._listeners[name] = _Listener()
        if name in self._left:
            listener.dismiss()
        try:
            yield None
            while events := await listener.heard():
                yield events
        finally:
            self._listeners.pop(name, None)

    async def leave(self, name: str) -> None:
        """Ends what `listen` gives under that name: a call that is cancelled counts as failed with Ray. Idempotent."""
        if name in self._listeners:
            self._listeners[name].dismiss()
        else:
            self._left.append(name)

    async def ping(self) -> None:
        return None


class _Listener:
    def __init__(self) -> None:
        self._events: list[Event] = []
        self._come = asyncio.Event()
        self._dismissed = False

    def tell(self, events: list[Event]) -> None:
        if events and len(self._events) < _BEHIND:  # a group of none must not look like an end
            self._events += events
            self._come.set()

    def dismiss(self) -> None:
        self._dismissed = True
        self._come.set()

    async def heard(self) -> list[Event]:
        """At least one; none once it is dismissed."""
        await self._come.wait()
        if self._dismissed:
            return []
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
        name = secrets.token_hex(8)
        try:
            actor = self._actor()
            stream: Any = actor.listen.options(num_returns="streaming", name="listen").remote(name)
        except (RayError, ValueError) as error:
            self._handle = None
            raise ProgressUnavailableError(str(error)) from error
        try:
            async for reference in stream:
                yield await reference
        except RayError as error:
            raise ProgressUnavailableError(str(error)) from error
        finally:
            actor.leave.remote(name)

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
