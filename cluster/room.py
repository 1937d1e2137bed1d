"""A bound on what several users hold at once, of which none can take all."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_SHARE = 3
"""A user may hold so many times what it leaves free: three quarters alone, three sevenths each of two."""


@dataclass(eq=False, slots=True)
class _Request:
    size: int
    granted: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class SharedRoom:
    """Room for ``limit``, in any unit, for one event loop.

    Who holds nothing comes before everybody else, and finds room, because who holds some leaves some. Requests of one user are
    granted in their order, users in turn. What is larger than all of the room gets it alone.
    """

    def __init__(self, limit: int) -> None:
        self._limit = self._free = limit
        self._held: Counter[Hashable] = Counter()
        self._waiting: dict[Hashable, deque[_Request]] = {}

    @asynccontextmanager
    async def taken(self, size: int, user: Hashable) -> AsyncIterator[None]:
        request = _Request(min(size, self._limit))
        self._waiting.setdefault(user, deque()).append(request)
        self._grant()
        try:
            await request.granted
            yield
        finally:
            if request.granted.cancelled():
                self._take_off(request, user)
            else:
                self._move(-request.size, user)
            self._grant()

    def _grant(self) -> None:
        while (user := self._next()) is not None:
            request = self._waiting[user][0]
            self._take_off(request, user)
            if user in self._waiting:
                self._waiting[user] = self._waiting.pop(user)  # the others' turn
            self._move(request.size, user)
            request.granted.set_result(None)

    def _next(self) -> Hashable | None:
        """Whose first request is to be granted now."""
        for user, requests in self._waiting.items():
            if not self._held[user]:
                return user if requests[0].size <= self._free else None  # not overtaken for ever by small ones
        for user, requests in self._waiting.items():
            size = requests[0].size
            if self._held[user] + size <= _SHARE * (self._free - size):
                return user
        return None

    def _take_off(self, request: _Request, user: Hashable) -> None:
        self._waiting[user].remove(request)
        if not self._waiting[user]:
            del self._waiting[user]

    def _move(self, size: int, user: Hashable) -> None:
        self._free -= size
        self._held[user] += size
        if not self._held[user]:
            del self._held[user]
