"""One job's events in order, nothing lost and nothing twice: from the store what was, from the bus what comes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from typing import Protocol

from cluster.errors import ProgressUnavailableError
from cluster.progress.bus import ProgressBus
from jobs_store.events import Event

_PAGE = 500
_BUS_PATIENCE_SECONDS = 0.1
"""How long a bus that does not say that it watches keeps somebody waiting for what is stored."""
POLL_SECONDS = 3.0
"""How often the store is asked while the bus is silent: the longest that a lost event is late."""


class EventLog(Protocol):
    """What is needed of the store's event repository."""

    async def read(self, job_id: str, after: int = 0, limit: int = 1000) -> list[Event]: ...


async def follow(
    log: EventLog, bus: ProgressBus, job_id: str, *, after: int = 0, poll_seconds: float = POLL_SECONDS
) -> AsyncIterator[Event]:
    """Events numbered above ``after``, for as long as the caller asks; never ends by itself.

    Reads what is stored once the bus says that it watches, so that nothing falls between the two. A gap in what the bus brings
    is filled from the store; while the bus is away the store is polled. Raises what the store raises.
    """
    live: asyncio.Queue[Event | None] = asyncio.Queue(1000)
    pump = asyncio.create_task(_pump(bus, job_id, live, poll_seconds))
    last = after
    try:
        await _next(live, _BUS_PATIENCE_SECONDS)
        catch_up = True
        while True:
            if catch_up:
                async for event in _stored(log, job_id, last):
                    last = event.seq
                    yield event
            heard = await _next(live, poll_seconds)
            catch_up = heard is None or heard.seq > last + 1
            if heard is not None and heard.seq == last + 1:
                last = heard.seq
                yield heard
    finally:
        pump.cancel()
        with suppress(asyncio.CancelledError):
            await pump


async def _next(live: "asyncio.Queue[Event | None]", seconds: float) -> Event | None:
    """None also when the bus was silent for so long."""
    try:
        async with asyncio.timeout(seconds):
            return await live.get()
    except TimeoutError:
        return None


async def _stored(log: EventLog, job_id: str, after: int) -> AsyncIterator[Event]:
    while True:
        page = await log.read(job_id, after=after, limit=_PAGE)
        for event in page:
            yield event
        if len(page) < _PAGE:
            return
        after = page[-1].seq


async def _pump(bus: ProgressBus, job_id: str, live: "asyncio.Queue[Event | None]", pause_seconds: float) -> None:
    """Moves events from the bus to the queue; a queue that is full loses them, which shows as a gap and is filled."""
    while True:
        try:
            async with aclosing(bus.watch(job_id)) as events:  # type: ignore[type-var]
                async for event in events:
                    if event is None:
                        await live.put(None)
                    else:
                        with suppress(asyncio.QueueFull):
                            live.put_nowait(event)
        except ProgressUnavailableError:
            pass  # the store is polled meanwhile
        await asyncio.sleep(pause_seconds)
