"""Who listens to the bus's actor hears what comes until leaving, and nothing else ends it."""

import asyncio
from datetime import UTC, datetime

from cluster.progress.actor_bus import BusActor
from jobs_store.events import Event, EventKind

EVENT = Event("job-1", 1, datetime(2030, 1, 1, tzinfo=UTC), EventKind.LOG, "INFO", "{}")


async def test_a_group_of_no_events_ends_nothing() -> None:
    bus = BusActor()
    heard = bus.listen("a")
    assert await anext(heard) is None
    waiting = asyncio.create_task(anext(heard, "the end"))
    await asyncio.sleep(0)
    await bus.publish([])
    ended, _ = await asyncio.wait({waiting}, timeout=0.2)
    assert not ended
    await bus.publish([EVENT])
    assert await waiting == [EVENT]
    await bus.leave("a")
    assert [events async for events in heard] == []


async def test_who_leaves_while_waiting_is_told_at_once() -> None:
    bus = BusActor()
    heard = bus.listen("a")
    assert await anext(heard) is None
    waiting = asyncio.create_task(anext(heard, "the end"))
    await asyncio.sleep(0)
    await bus.leave("a")
    assert await waiting == "the end"
