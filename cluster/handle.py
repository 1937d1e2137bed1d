"""The cluster as the API sees it: wake it, cancel in it, ask how it is. Actors are found by name."""

import asyncio
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import RayError

from cluster.actors import find_actor
from cluster.errors import ClusterUnavailableError
from cluster.names import BULK_CLERK, COURIER, DISPATCHER

_PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class ClusterHealth:
    nodes: int
    cpus: float
    """Of all nodes."""
    coordinators: int
    """That answer now."""
    running_jobs: int


_PAUSE_SECONDS = 0.1
"""From one wake-up to the next: whoever is woken has enough to do for so long."""


class _Bell:
    """Wakes an actor at once. However often it is rung while that is on its way or just over, one more follows."""

    def __init__(self, actor: str) -> None:
        self._actor = actor
        self._handle: Any = None
        self._rung = False
        self._ringing: asyncio.Task[None] | None = None

    def ring(self) -> None:
        self._rung = True
        if self._ringing is None or self._ringing.done():
            self._ringing = asyncio.create_task(self._call())

    async def _call(self) -> None:
        try:
            while self._rung:
                self._rung = False
                self._handle = self._handle or find_actor(self._actor)
                await self._handle.wake.remote()
                await asyncio.sleep(_PAUSE_SECONDS)
        except (RayError, ValueError):  # whom we cannot wake polls
            self._handle = None


class ClusterHandle:
    """For processes that are connected to Ray. Belongs to one event loop."""

    def __init__(self) -> None:
        self._dispatcher_bell, self._clerk_bell, self._courier_bell = _Bell(DISPATCHER), _Bell(BULK_CLERK), _Bell(COURIER)

    async def wake(self) -> None:
        """Tells the dispatcher that there is work. Never raises and never waits: the dispatcher polls as well."""
        self._dispatcher_bell.ring()

    async def wake_bulks(self) -> None:
        """Tells the clerk that a bulk was ordered or changed. Never raises and never waits: the clerk polls as well."""
        self._clerk_bell.ring()

    async def wake_courier(self) -> None:
        """Tells the courier that a webhook is due. Never raises and never waits: the courier polls as well."""
        self._courier_bell.ring()

    async def cancel(self, job_id: str) -> None:
        """Passes on at once what the store already knows. Never raises: the job's coordinator sees it at its next renewal."""
        try:
            self._dispatcher().cancel.remote(job_id)
        except (RayError, ValueError, ClusterUnavailableError):
            return

    async def health(self) -> ClusterHealth:
        """Raises `ClusterUnavailableError` when the dispatcher does not answer in five seconds."""
        try:
            report: Any = await asyncio.wait_for(self._dispatcher().health.remote(), _PATIENCE_SECONDS)
        except (RayError, ValueError, TimeoutError) as error:
            raise ClusterUnavailableError("the dispatcher", str(error) or type(error).__name__) from error
        alive = [node for node in await asyncio.to_thread(ray.nodes) if node["Alive"]]
        cpus = sum(node["Resources"].get("CPU", 0.0) for node in alive)
        return ClusterHealth(len(alive), cpus, report.coordinators, report.running_jobs)

    def _dispatcher(self) -> Any:
        try:
            return find_actor(DISPATCHER)
        except ValueError as error:
            raise ClusterUnavailableError("the dispatcher", "it has not been started") from error
