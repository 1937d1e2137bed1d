"""Following a job: everything once and in order, whatever the bus does."""

import asyncio
from contextlib import aclosing

from bus_contract import check_bus, event
from hypothesis import given
from hypothesis import strategies as st
from memory_bus import MemoryBus

from cluster.progress import follow
from cluster.progress.redis_bus import RedisBus
from jobs_store.events import Event


class MemoryLog:
    def __init__(self) -> None:
        self.events: list[Event] = []
        self.reads = 0

    async def read(self, job_id: str, after: int = 0, limit: int = 1000) -> list[Event]:
        self.reads += 1
        return [found for found in self.events if found.seq > after][:limit]


async def happen(log: MemoryLog, bus: MemoryBus, *numbers: int) -> None:
    """As the journal does it: durable first, then told."""
    events = [event(number) for number in numbers]
    log.events += events
    await bus.publish(events)


async def followed(log: MemoryLog, bus: MemoryBus, last: int, *, after: int = 0, poll_seconds: float = 30.0) -> list[int]:
    seen: list[int] = []
    async with asyncio.timeout(10), aclosing(follow(log, bus, "job-1", after=after, poll_seconds=poll_seconds)) as events:
        async for found in events:
            seen.append(found.seq)
            if found.seq == last:
                return seen
    return seen


async def watched(bus: MemoryBus) -> None:
    async with asyncio.timeout(10):
        while not bus.watchers("job-1"):
            await asyncio.sleep(0)


async def test_the_bus_of_one_process_keeps_the_contract() -> None:
    await check_bus(MemoryBus())


async def test_redis_keeps_the_contract(valkey_url: str) -> None:
    bus = RedisBus(valkey_url)
    await check_bus(bus)
    await bus.close()


async def test_a_redis_that_is_away_delays_nobody() -> None:
    bus = RedisBus("redis://127.0.0.1:1")
    async with asyncio.timeout(10):
        await bus.publish([event(1)])
    await bus.close()


async def test_what_was_and_what_comes() -> None:
    log, bus = MemoryLog(), MemoryBus()
    await happen(log, bus, 1, 2)
    watching = asyncio.create_task(followed(log, bus, 4))
    await watched(bus)
    await happen(log, bus, 3)
    await happen(log, bus, 4)
    assert await watching == [1, 2, 3, 4]
    assert bus.watchers("job-1") == 0


async def test_resumes_behind_what_was_seen() -> None:
    log, bus = MemoryLog(), MemoryBus()
    await happen(log, bus, 1, 2, 3)
    assert await followed(log, bus, 3, after=2) == [3]


async def test_a_gap_is_filled_from_the_store_and_repetitions_are_dropped() -> None:
    log, bus = MemoryLog(), MemoryBus()
    bus.lose = {1, 2}
    watching = asyncio.create_task(followed(log, bus, 4))
    await watched(bus)
    await happen(log, bus, 1, 2, 3)
    await bus.publish([event(3), event(2), event(3)])
    await happen(log, bus, 4)
    assert await watching == [1, 2, 3, 4]


async def test_the_store_is_asked_while_the_bus_is_away() -> None:
    log, bus = MemoryLog(), MemoryBus()
    bus.away = True
    watching = asyncio.create_task(followed(log, bus, 3, poll_seconds=0.01))
    await happen(log, bus, 1, 2)
    bus.away = False
    await watched(bus)
    await happen(log, bus, 3)
    assert await watching == [1, 2, 3]


async def test_a_slow_watcher_misses_nothing() -> None:
    log, bus = MemoryLog(), MemoryBus()
    seen: list[int] = []
    async with aclosing(follow(log, bus, "job-1", poll_seconds=0.05)) as events:
        await happen(log, bus, 1)
        seen.append((await anext(events)).seq)
        await watched(bus)
        await happen(log, bus, *range(2, 3001))  # more than wait for it
        async for found in events:
            seen.append(found.seq)
            if found.seq == 3000:
                break
    assert seen == list(range(1, 3001))


@given(lost=st.sets(st.integers(1, 12)), before=st.integers(0, 12), after=st.integers(0, 5))
async def test_whatever_is_lost_each_event_comes_once_and_in_order(lost: set[int], before: int, after: int) -> None:
    log, bus = MemoryLog(), MemoryBus()
    bus.lose = lost
    await happen(log, bus, *range(1, before + 1))
    watching = asyncio.create_task(followed(log, bus, 12, after=after, poll_seconds=0.01))
    if before < 12:
        await watched(bus)
    for number in range(before + 1, 13):
        await happen(log, bus, number)
    assert await watching == list(range(after + 1, 13))
