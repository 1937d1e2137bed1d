"""What every progress bus does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime

from cluster.progress.bus import ProgressBus
from jobs_store.events import Event, EventKind


def event(seq: int, *, job_id: str = "job-1") -> Event:
    return Event(job_id, seq, datetime(2030, 1, 1, tzinfo=UTC), EventKind.LOG, "INFO", f'{{"message":"{seq}"}}')


async def taken(events: AsyncIterator[Event | None], number: int) -> list[Event]:
    found: list[Event] = []
    async with asyncio.timeout(15):
        async for heard in events:
            if heard is not None:
                found.append(heard)
            if len(found) == number:
                break
    return found


async def check_bus(bus: ProgressBus) -> None:
    """Two watchers of a job hear its events in order and none of another's; one who left hears nothing more."""
    await bus.ping()
    await bus.publish([])
    await bus.publish([event(1, job_id="job-unwatched")])
    async with aclosing(bus.watch("job-1")) as first, aclosing(bus.watch("job-1")) as second:  # type: ignore[type-var]
        async with asyncio.timeout(15):
            assert await anext(first) is None
            assert await anext(second) is None
        await bus.publish([event(1), event(2)])
        await bus.publish([event(7, job_id="job-2")])
        await bus.publish([event(3)])
        assert await taken(first, 3) == await taken(second, 3) == [event(1), event(2), event(3)]
    await bus.publish([event(4)])
