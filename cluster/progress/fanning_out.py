"""One stream of events for a whole process, however many watch in it."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, suppress

from cluster.errors import ProgressUnavailableError
from jobs_store.events import Event

Heard = Sequence[Event] | None
_BEHIND = 10_000
"""Events that a watcher may be behind; further ones are dropped for it, and it reads them from the store."""


class FanOut:
    """Hands what a source tells to those who watch. The source runs for as long as anybody does.

    It gives None once, from when on it tells everything, and raises `ProgressUnavailableError` when it breaks: so do all who
    watch then, and the next to come begins it anew.
    """

    def __init__(self, source: Callable[[], AsyncGenerator[Heard, None]]) -> None:
        self._source = source
        self._queues: defaultdict[str, set[asyncio.Queue[Event | ProgressUnavailableError | None]]] = defaultdict(set)
        self._running: asyncio.Task[None] | None = None
        self._telling = False

    async def watch(self, job_id: str) -> AsyncIterator[Event | None]:
        """As `ProgressBus.watch`."""
        queue: asyncio.Queue[Event | ProgressUnavailableError | None] = asyncio.Queue(_BEHIND)
        self._queues[job_id].add(queue)
        try:
            if self._telling:
                yield None
            elif self._running is None or self._running.done():
                self._running = asyncio.create_task(self._run())
            while True:
                heard = await queue.get()
                if isinstance(heard, ProgressUnavailableError):
                    raise ProgressUnavailableError(*heard.args) from heard
                yield heard
        finally:
            self._queues[job_id].discard(queue)
            if not self._queues[job_id]:
                del self._queues[job_id]
            if not self._queues:
                await self.close()

    async def close(self) -> None:
        running, self._running, self._telling = self._running, None, False
        if running is not None:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def _run(self) -> None:
        broken = ProgressUnavailableError("the stream of events has ended")
        async with aclosing(self._source()) as source:
            try:
                async for heard in source:
                    if heard is None:
                        self._telling = True
                        self._tell_all(None)
                    else:
                        self._tell(heard)
            except ProgressUnavailableError as error:
                broken = error
        self._running, self._telling = None, False
        self._tell_all(broken)

    def _tell(self, events: Sequence[Event]) -> None:
        for event in events:
            for queue in self._queues.get(event.job_id, ()):
                with suppress(asyncio.QueueFull):
                    queue.put_nowait(event)

    def _tell_all(self, heard: ProgressUnavailableError | None) -> None:
        for queues in self._queues.values():
            for queue in queues:
                if queue.full():  # it has lost events anyway
                    queue.get_nowait()
                queue.put_nowait(heard)
