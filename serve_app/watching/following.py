"""A job's frames for as long as it goes on, for whoever watches: over the WebSocket or as a stream of lines."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass

from cluster.progress import follow
from jobs_store.events import Event, EventKind
from jobs_store.jobs import Job, JobStatus
from jobs_store.reach import EVERYWHERE
from serve_app.watching import frames
from serve_app.watching.frames import Frame, FrameType
from serve_app.wiring import Wiring

_LAST = (EventKind.COMPLETE, EventKind.ERROR)


@dataclass(frozen=True)
class WatchedJob:
    """What a WebSocket tells of a job."""

    wiring: Wiring
    job: Job

    @property
    def owner(self) -> str:
        return self.job.tenant

    def greeting(self) -> Frame:
        return frames.connected(self.job, self.wiring.now())

    async def status(self) -> Frame:
        return frames.status(await self.wiring.database.jobs.get(EVERYWHERE, self.job.job_id), self.wiring.now())

    def bare(self, kind: FrameType) -> Frame:
        return frames.bare(kind, self.job.job_id, self.wiring.now())

    def frames(self, after: int) -> AsyncGenerator[Frame, None]:
        return job_frames(self.wiring, self.job, after=after)


async def job_frames(wiring: Wiring, job: Job, *, after: int = 0) -> AsyncGenerator[Frame, None]:
    """Stored events numbered above ``after``, then those that come, heartbeats in silence; ends after the job's last event.

    The end of an attempt that was retried since is left out: watchers take it for the end of the job. Close the generator
    (``aclose``) to stop watching. Raises what the store raises.
    """
    if await _all_seen(wiring, job, after):
        yield frames.ending(job, wiring.now())
        return
    events = follow(wiring.database.events, wiring.bus, job.job_id, after=after)
    async with aclosing(with_silences(events, wiring.heartbeat_seconds)) as heard:
        async for event in heard:
            if event is None:
                job = await wiring.database.jobs.get(EVERYWHERE, job.job_id)
                if await _all_seen(wiring, job, after):
                    yield frames.ending(job, wiring.now())
                    return
                yield frames.bare(FrameType.HEARTBEAT, job.job_id, wiring.now())
                continue
            after = event.seq
            if event.kind not in _LAST:
                yield frames.event_frame(event)
            elif not await _overtaken(wiring, event):
                yield frames.event_frame(event)
                return


async def _all_seen(wiring: Wiring, job: Job, after: int) -> bool:
    """Whether the job has ended and has no event above ``after``."""
    return job.status.ended and not await wiring.database.events.read(job.job_id, after=after, limit=1)


async def _overtaken(wiring: Wiring, end: Event) -> bool:
    """Whether the job went on after this end of an attempt: a retry tells its state first."""
    later = await wiring.database.events.read(end.job_id, after=end.seq, kinds=(EventKind.STATUS,))
    return any(not JobStatus(json.loads(event.payload)["status"]).ended for event in later)


async def with_silences(events: AsyncIterator[Event], seconds: float) -> AsyncGenerator[Event | None, None]:
    """The events, and None whenever there was none for so long."""
    coming: asyncio.Task[Event] | None = None
    try:
        while True:
            coming = coming or asyncio.create_task(_next(events))
            done, _ = await asyncio.wait({coming}, timeout=seconds)
            if not done:
                yield None
                continue
            event, coming = coming.result(), None
            yield event
    finally:
        if coming is not None:
            coming.cancel()
            with suppress(asyncio.CancelledError):
                await coming
        await events.aclose()  # type: ignore[attr-defined]  # it is a generator, which its type does not say


async def _next(events: AsyncIterator[Event]) -> Event:
    return await anext(events)
