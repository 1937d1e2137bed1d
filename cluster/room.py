"""A bound on what several users hold at once, of which none can take all."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

_SHARE = 3
"""A user may hold so many times what it leaves free: three quarters alone, three sevenths each of two."""


@dataclass(eq=False, slots=True)
class _Request:
    size: int
    granted: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class SharedRoom:
    """Room for ``limit``, in any unit, for one event loop.

    Who holds nothing comes before everybody else, and finds room, because who holds some leaves some. Users are granted in
    turn, and so are the jobs of one user; requests of one job in their order. What is larger than all of the room gets it
    alone.
    """

    def __init__(self, limit: int) -> None:
        self._limit = self._free = limit
        self._held: Counter[Hashable] = Counter()
        self._waiting: dict[Hashable, dict[Hashable, deque[_Request]]] = {}
        """By user and job: whose turn it is comes first."""

    @asynccontextmanager
    async def taken(self, size: int, user: Hashable, job: Hashable = None) -> AsyncIterator[None]:
        request = _Request(min(size, self._limit))
        self._waiting.setdefault(user, {}).setdefault(job, deque()).append(request)
        self._grant()
        try:
            await request.granted
            yield
        finally:
            if request.granted.cancelled():
                self._take_off(request, user, job)
            else:
                self._move(-request.size, user)
            self._grant()

    def _grant(self) -> None:
        while (user := self._next()) is not None:
            job, request = self._first(user)
            self._take_off(request, user, job)
            if jobs := self._waiting.pop(user, None):
                if requests := jobs.pop(job, None):
                    jobs[job] = requests
                self._waiting[user] = jobs  # the others' turn
            if not request.granted.cancelled():  # in this turn of the event loop: whoever waited has not come to take it off
                self._move(request.size, user)
                request.granted.set_result(None)

    def _next(self) -> Hashable | None:
        """Whose first request is to be granted now."""
        for user in self._waiting:
            if not self._held[user]:
                return user if self._first(user)[1].size <= self._free else None  # not overtaken for ever by small ones
        for user in self._waiting:
            size = self._first(user)[1].size
            if self._held[user] + size <= _SHARE * (self._free - size):
                return user
        return None

    def _first(self, user: Hashable) -> tuple[Hashable, _Request]:
        """Of the job whose turn it is."""
        job, requests = next(iter(self._waiting[user].items()))
        return job, requests[0]

    def _take_off(self, request: _Request, user: Hashable, job: Hashable) -> None:
        """Unless that has been done."""
        jobs = self._waiting.get(user, {})
        requests = jobs.get(job, deque())
        with suppress(ValueError):
            requests.remove(request)
        if not requests:
            jobs.pop(job, None)
        if not jobs:
            self._waiting.pop(user, None)

    def _move(self, size: int, user: Hashable) -> None:
        self._free -= size
        self._held[user] += size
        if not self._held[user]:
            del self._held[user]
