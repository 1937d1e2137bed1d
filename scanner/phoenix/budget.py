"""One request budget per Phoenix tenant, shared by all who send to it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from scanner.phoenix.window import BudgetSnapshot, Outcome, RequestWindow, WindowLimits


class RequestBudget(Protocol):
    """Every `acquire` that returned is followed by one `release`."""

    async def acquire(self) -> None:
        """Waits until a request may leave."""
        ...

    async def release(self, outcome: Outcome, latency_seconds: float) -> None:
        """The request is over; latency is from leaving to the end of the answer."""
        ...


class AdaptiveBudget:
    """A `RequestWindow` that one can wait at; first come, first served. For one event loop.

    A waiter that is cancelled takes nothing with it. ``clock`` is monotonic.
    """

    def __init__(
        self,
        limits: WindowLimits | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._window = RequestWindow(limits or WindowLimits())
        self._clock = clock
        self._sleep = sleep
        self._turn = asyncio.Lock()
        self._released = asyncio.Event()
        self._waiting = 0

    async def acquire(self) -> None:
        self._waiting += 1
        try:
            # The lock is the queue: only its head looks at the window, so nobody overtakes.
            async with self._turn:
                while (seconds := self._window.wait_seconds(self._clock())) > 0:
                    await self._until_released_or(seconds)
                self._window.start(self._clock())
        finally:
            self._waiting -= 1

    def acquire_now(self) -> bool:
        """A place, if there is one and nobody waits for it."""
        free = not self._turn.locked() and self._window.wait_seconds(self._clock()) <= 0
        if free:
            self._window.start(self._clock())
        return free

    async def release(self, outcome: Outcome, latency_seconds: float) -> None:
        self._window.finish(outcome, latency_seconds, self._clock())
        self._released.set()

    def snapshot(self) -> BudgetSnapshot:
        return self._window.snapshot(self._clock(), waiting=self._waiting)

    async def _until_released_or(self, seconds: float) -> None:
        self._released.clear()
        waits = [asyncio.ensure_future(self._released.wait()), asyncio.ensure_future(self._sleep(seconds))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
