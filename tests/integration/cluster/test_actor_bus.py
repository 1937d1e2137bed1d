"""The bus that is an actor."""

import asyncio

from bus_contract import check_bus, event
from ray_service import Service

from cluster.progress.actor_bus import ActorBus


async def test_the_actor_keeps_the_contract_of_a_bus(service: Service) -> None:
    bus = ActorBus()
    await check_bus(bus)
    await bus.close()


async def test_publishing_waits_for_nobody(service: Service) -> None:
    bus = ActorBus()
    async with asyncio.timeout(30):
        for number in range(200):
            await bus.publish([event(number, job_id="job-unwatched")])
