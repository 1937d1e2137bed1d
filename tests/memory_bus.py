"""A progress bus within one process, which passes the contract that the real ones pass."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from cluster.errors import ProgressUnavailableError
from jobs_store.events import Event


class MemoryBus:
    """``away`` makes it unreachable; ``lose`` are numbers of events that never arrive."""

    def __init__(self) -> None:
        self._watchers: dict[str, set[asyncio.Queue[Event | None]]] = {}
        self.away = False
        self.lose: set[int] = set()

    async def publish(self, events: Sequence[Event]) -> None:
        for event in events:
            if not self.away and event.seq not in self.lose:
                for queue in self._watchers.get(event.job_id, ()):
                    queue.put_nowait(event)

    async def watch(self, job_id: str) -> AsyncIterator[Event | None]:
        if self.away:
            raise ProgressUnavailableError("away")
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._watchers.setdefault(job_id, set()).add(queue)
        try:
            yield None
            while (event := await queue.get()) is not None:
                yield event
            raise ProgressUnavailableError("away")
        finally:
            self._watchers[job_id].discard(queue)

    def watchers(self, job_id: str) -> int:
        return len(self._watchers.get(job_id, ()))

    async def ping(self) -> None:
        if self.away:
            raise ProgressUnavailableError("away")

    async def close(self) -> None:
        return None
