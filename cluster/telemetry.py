"""The one place of a cluster that knows what all of its processes have counted, and which log level they are to have.

Each process counts for itself (`cluster.metering.meter`) and tells it once a second, whatever node it is on. So whichever
replica is asked tells the same sums. They begin anew with the actor: counters that were reset, as Prometheus understands.
"""

import asyncio
import logging
import os
import secrets
import time
from functools import cache
from typing import Any, Protocol

import ray
from ray.exceptions import RayError

from cluster.actors import find_actor, start_actor
from cluster.errors import ClusterUnavailableError
from cluster.logs import configure_logs, set_level
from cluster.metering import Meter, Readings, process_meter
from cluster.metering.totals import Told, Totals
from cluster.names import TELEMETRY
from cluster.settings import Settings

log = logging.getLogger(__name__)
_TELL_SECONDS = 1.0
_SILENT_SECONDS = 5.0
"""With nothing to tell: what a gauge shows is still so, and the log level may have changed."""
_PATIENCE_SECONDS = 5.0
_AWAY = (RayError, ValueError, TimeoutError)


class TelemetryActor:
    """Keeps sums and the log level that an operator has set. Both go with it: levels are then the settings' again."""

    def __init__(self) -> None:
        self._totals = Totals()
        self._level: str | None = None

    async def tell(self, told: Told) -> str | None:
        """Gives back the log level that is wanted; None: the settings'."""
        self._totals.add(told, time.monotonic())
        return self._level

    async def read(self) -> Readings:
        return self._totals.read(time.monotonic())

    async def set_level(self, level: str | None) -> None:
        self._level = level

    async def level(self) -> str | None:
        return self._level

    async def ping(self) -> None:
        return None


def start_telemetry_actor(resource: str) -> Any:
    """The actor, started unless it runs."""
    return start_actor(TelemetryActor, TELEMETRY, resource=resource, max_concurrency=10_000)


class Telemetry(Protocol):
    """As the edge sees it."""

    @property
    def meter(self) -> Meter: ...

    def start(self) -> None:
        """Goes on telling, from the running event loop."""
        ...

    async def read(self) -> Readings:
        """What all processes have counted, this one's until now included. Raises `ClusterUnavailableError`."""
        ...

    async def level(self) -> str | None:
        """The log level that all processes were told; None: what the settings say. Raises `ClusterUnavailableError`."""
        ...

    async def set_level(self, level: str | None) -> None:
        """In all processes, within seconds; None: what the settings say. Raises `ClusterUnavailableError`."""
        ...


class LocalTelemetry:
    """Of a process that is all there is."""

    def __init__(self) -> None:
        self.meter = Meter()
        self._totals, self._number = Totals(), 0
        self._level: str | None = None

    def start(self) -> None:
        return None

    async def read(self) -> Readings:
        self._number += 1
        self._totals.add(Told("", self._number, self.meter.take()), time.monotonic())
        return self._totals.read(time.monotonic())

    async def level(self) -> str | None:
        return self._level

    async def set_level(self, level: str | None) -> None:
        self._level = level
        set_level(level)


class ClusterTelemetry:
    """Of a process of the cluster: tells the actor what is counted here. One per process, see `process_telemetry`."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self._process, self._number = secrets.token_hex(8), 0
        self._untold: Told | None = None
        self._telling = asyncio.Lock()
        self._actor: Any = None
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._loop is None or self._loop.done():
            self._loop = asyncio.create_task(self._tell_forever())

    async def read(self) -> Readings:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self.tell()
                readings: Readings = await self._found().read.remote()
        except _AWAY as error:
            raise self._lost(error) from error
        return readings

    async def level(self) -> str | None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                level: str | None = await self._found().level.remote()
        except _AWAY as error:
            raise self._lost(error) from error
        return level

    async def set_level(self, level: str | None) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._found().set_level.remote(level)
        except _AWAY as error:
            raise self._lost(error) from error
        set_level(level)

    async def tell(self) -> None:
        """What was counted since; what could not be told is told again before anything else, under its number."""
        async with self._telling:
            if self._untold is None:
                self._number += 1
                self._untold = Told(self._process, self._number, self.meter.take())
            wanted = await self._found().tell.remote(self._untold)
            self._untold = None
        set_level(wanted)

    async def _tell_forever(self) -> None:
        told_at = 0.0
        while True:
            if not self.meter.is_empty or self._untold is not None or time.monotonic() - told_at > _SILENT_SECONDS:
                told_at = time.monotonic()
                try:
                    await self.tell()
                except _AWAY as error:
                    self._lost(error)
            await asyncio.sleep(_TELL_SECONDS)

    def _found(self) -> Any:
        self._actor = self._actor or find_actor(TELEMETRY)
        return self._actor

    def _lost(self, error: BaseException) -> ClusterUnavailableError:
        """It is looked for anew the next time."""
        self._actor = None
        return ClusterUnavailableError("the telemetry actor", type(error).__name__)


@cache
def process_telemetry() -> ClusterTelemetry:
    """This process's, whichever of its actors counts."""
    return ClusterTelemetry(process_meter())


def look_after(settings: Settings) -> None:
    """For each actor of the service, as it starts: its process logs as the settings say, and tells what it counts."""
    if ray.is_initialized():  # else it is a test's, in the test's own process
        configure_logs(settings.log_level)
        process_telemetry().start()
        _say_begun(ray.get_runtime_context().get_actor_name() or "without a name")


@cache
def _say_begun(actor: str) -> None:
    """Once, however many of ours share it."""
    log.info("the actor %s begins in process %d", actor, os.getpid())
