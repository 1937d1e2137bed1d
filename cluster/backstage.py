"""Several of the service's actors in one process: on one machine each process costs memory and a start, and gains nothing."""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cluster import names
from cluster.actors import start_actor
from cluster.bulks.clerk import BulkClerk
from cluster.coordinator import JobCoordinator
from cluster.counters import CountersActor
from cluster.dispatcher import Dispatcher
from cluster.progress.actor_bus import BusActor
from cluster.settings import Settings
from cluster.telemetry import TelemetryActor
from cluster.tenants_actor import PhoenixTenants
from cluster.webhooks import WebhookCourier

_THREADS = 128
"""Half of them are left where the courier's, which look up names, all wait for slow name servers. They start when needed."""


class Backstage:
    """Everything that has no work of its own but to look after that of others, under the names that each has for itself.

    Whoever finds one of them by its name (`find_actor`) does not see that they are together. They die and are restarted
    together: all of them are safe to, since none keeps a truth. Jobs of the coordinator come back when their leases run out.
    """

    def __init__(self, settings: Settings) -> None:
        self._parts: dict[str, Any] = {
            names.TELEMETRY: TelemetryActor(),
            names.PHOENIX_TENANTS: PhoenixTenants(settings),
            names.COURIER: WebhookCourier(settings),
            names.BULK_CLERK: BulkClerk(settings),
        }
        if not settings.redis_url:
            self._parts |= {names.PROGRESS_BUS: BusActor(), names.COUNTERS: CountersActor()}
        self._parts |= {names.coordinator(number): JobCoordinator(settings) for number in range(settings.coordinators)}
        self._parts[names.DISPATCHER] = Dispatcher(settings)
        # the courier has just put its own in its place
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS, "backstage"))

    async def call(self, part: str, method: str, *arguments: Any) -> Any:
        return await getattr(self._parts[part], method)(*arguments)

    async def stream(self, part: str, method: str, *arguments: Any) -> AsyncGenerator[Any, None]:
        """Of a method that answers in pieces."""
        async for piece in getattr(self._parts[part], method)(*arguments):
            yield piece

    async def give_back(self) -> None:
        """See `JobCoordinator.give_back`; the dispatcher would hand the jobs over again."""
        await self._parts[names.DISPATCHER].stop()
        carriers = [part for part in self._parts.values() if isinstance(part, JobCoordinator)]
        await asyncio.gather(*(carrier.give_back() for carrier in carriers))

    async def ping(self) -> None:
        return None


def start_backstage(settings: Settings) -> Any:
    """The actor, started unless it runs."""
    return start_actor(
        Backstage, names.BACKSTAGE, settings, resource=settings.actor_resource, max_concurrency=10_000, max_task_retries=3
    )
