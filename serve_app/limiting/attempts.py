"""Who presents wrong keys is slowed down; whoever has a right one is never, wherever they come from."""

import time
from collections.abc import Callable

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from serve_app.limiting.errors import LimitReachedError

_LIMIT = "attempts_per_minute"
_MOST = 10
"""Of one address, of one replica: enough for a person, nothing to find 238 bits with."""


class Attempts:
    """Counted in this process: it need not be exact."""

    def __init__(self, reached: Callable[[str], None] = lambda _limit: None) -> None:
        self._reached = reached
        self._window = FixedWindowRateLimiter(MemoryStorage())
        self._item = RateLimitItemPerMinute(_MOST, 1, _LIMIT)

    async def failed(self, address: str) -> None:
        """Counts one. Raises `LimitReachedError` instead of telling once more that the key is wrong."""
        if await self._window.hit(self._item, address):
            return
        self._reached(_LIMIT)
        stats = await self._window.get_window_stats(self._item, address)
        raise LimitReachedError(_LIMIT, _MOST, 60, max(1, int(stats.reset_time - time.time()) + 1))
