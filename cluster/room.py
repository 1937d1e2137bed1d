"""A bound on bytes that several coroutines hold at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class ByteRoom:
    """Room for ``limit_bytes``; first come, first served. What is larger than all of it gets it alone. For one event loop."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = self._free_bytes = limit_bytes
        self._turn = asyncio.Lock()
        self._freed = asyncio.Event()

    @asynccontextmanager
    async def taken(self, size_bytes: int) -> AsyncIterator[None]:
        size = min(size_bytes, self._limit_bytes)
        async with self._turn:  # the lock is the queue: a large request is not overtaken for ever by small ones
            while self._free_bytes < size:
                self._freed.clear()
                await self._freed.wait()
            self._free_bytes -= size
        try:
            yield
        finally:
            self._free_bytes += size
            self._freed.set()
