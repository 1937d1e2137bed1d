"""How the service is: each dependency really probed, side by side, within a time limit."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum
from importlib.metadata import version
from typing import TypeVar

import anyio
import structlog
from anyio.to_thread import run_sync
from pydantic import BaseModel

from cluster.handle import ClusterHealth
from jobs_store.jobs import QueueCounts
from serve_app.moments import zulu
from serve_app.wiring import Wiring

PATIENCE_SECONDS = 5.0
FRESH_SECONDS = 1.0
"""How long an answer is given again: the route needs no key, so asking often must cost nothing."""
VERSION = version("phoenix-scanner")
T = TypeVar("T")
_log = structlog.get_logger(__name__)


class Condition(StrEnum):
    """``degraded``: reports are taken and wait. ``unhealthy``: nothing can be taken."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


class PartHealth(BaseModel):
    status: Condition
    message: str | None = None


class RayHealth(PartHealth):
    nodes: int = 0
    cpus: float = 0.0


class WorkersHealth(BaseModel):
    status: Condition
    active_workers: int = 0
    """Coordinators that answer."""
    max_concurrent_jobs: int
    running_jobs: int = 0


class QueueHealth(BaseModel):
    redis_status: str
    """connected, unavailable or not_configured."""
    pending_jobs: int = 0
    processing_jobs: int = 0
    total_jobs: int = 0


class Health(BaseModel):
    status: Condition
    version: str
    timestamp: str
    workers: WorkersHealth
    queue: QueueHealth
    database: PartHealth
    storage: PartHealth
    ray: RayHealth


class HealthCheck:
    """One per process. Those who ask at the same time share one probe, and its answer is good for a second."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._asking: asyncio.Task[Health] | None = None
        self._answered_at: datetime | None = None
        self._threads = anyio.CapacityLimiter(2)  # probes of a storage that hangs must not take the uploads' threads

    async def ask(self) -> Health:
        if self._asking is None or self._is_stale():
            self._answered_at = None
            self._asking = asyncio.create_task(self._probe())
        return await asyncio.shield(self._asking)

    def _is_stale(self) -> bool:
        return self._answered_at is not None and (self._wiring.now() - self._answered_at).total_seconds() > FRESH_SECONDS

    async def _probe(self) -> Health:
        wiring = self._wiring
        database, storage, bus, cluster, counts = await asyncio.gather(
            _try("database", wiring.database.ping),
            _try("storage", self._ping_storage),
            _try("progress bus", wiring.bus.ping),
            _try("cluster", wiring.cluster.health),
            _try("queue", wiring.database.jobs.counts),
        )
        self._answered_at = wiring.now()
        return _assess(wiring, database, storage, bus, cluster, counts)

    async def _ping_storage(self) -> None:
        await run_sync(self._wiring.storage.ping, abandon_on_cancel=True, limiter=self._threads)


class Failed(BaseModel):
    """A probe that did not succeed, in words that name no host and no account."""

    message: str


async def _try(what: str, probe: Callable[[], Awaitable[T]]) -> T | Failed:
    try:
        return await asyncio.wait_for(probe(), PATIENCE_SECONDS)
    except TimeoutError:
        reason = f"no answer in {PATIENCE_SECONDS:.0f} seconds"
    except Exception as error:  # noqa: BLE001  # any failure of a dependency is this probe's answer, and the log has it
        reason = "cannot be reached, or refuses"
        _log.warning("unhealthy", part=what, error=f"{type(error).__name__}: {error}")
    return Failed(message=f"the {what}: {reason}")


def _assess(
    wiring: Wiring,
    database: Failed | None,
    storage: Failed | None,
    bus: Failed | None,
    cluster: ClusterHealth | Failed,
    counts: QueueCounts | Failed,
) -> Health:
    settings = wiring.settings
    overall = Condition.HEALTHY
    if isinstance(bus, Failed) or isinstance(cluster, Failed) or cluster.coordinators == 0:
        overall = Condition.DEGRADED
    if isinstance(database, Failed) or isinstance(storage, Failed):
        overall = Condition.UNHEALTHY
    redis_status = "not_configured" if settings.redis_url is None else "unavailable" if isinstance(bus, Failed) else "connected"
    queue = QueueHealth(redis_status=redis_status)
    if isinstance(counts, QueueCounts):
        queue = queue.model_copy(
            update={"pending_jobs": counts.pending, "processing_jobs": counts.processing, "total_jobs": counts.total}
        )
    return Health(
        status=overall,
        version=VERSION,
        timestamp=zulu(wiring.now()),
        workers=_workers(cluster, settings.max_concurrent_jobs),
        queue=queue,
        database=_part(database),
        storage=_part(storage),
        ray=_ray(cluster, bus),
    )


def _workers(cluster: ClusterHealth | Failed, most: int) -> WorkersHealth:
    if isinstance(cluster, Failed):
        return WorkersHealth(status=Condition.UNHEALTHY, max_concurrent_jobs=most)
    return WorkersHealth(
        status=Condition.HEALTHY if cluster.coordinators else Condition.UNHEALTHY,
        active_workers=cluster.coordinators,
        max_concurrent_jobs=most,
        running_jobs=cluster.running_jobs,
    )


def _ray(cluster: ClusterHealth | Failed, bus: Failed | None) -> RayHealth:
    if isinstance(cluster, Failed):
        return RayHealth(status=Condition.UNHEALTHY, message=cluster.message)
    if isinstance(bus, Failed):
        return RayHealth(status=Condition.DEGRADED, message=bus.message, nodes=cluster.nodes, cpus=cluster.cpus)
    return RayHealth(
        status=Condition.HEALTHY,
        message=f"{cluster.nodes} nodes, {cluster.cpus:g} CPUs",
        nodes=cluster.nodes,
        cpus=cluster.cpus,
    )


def _part(probed: Failed | None) -> PartHealth:
    if isinstance(probed, Failed):
        return PartHealth(status=Condition.UNHEALTHY, message=probed.message)
    return PartHealth(status=Condition.HEALTHY)
