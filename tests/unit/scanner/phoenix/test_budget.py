"""Waiting for a place among the requests to Phoenix."""

import asyncio

from scanner.phoenix.budget import AdaptiveBudget
from scanner.phoenix.window import Outcome, Verdict, WindowLimits

GOOD = Outcome(Verdict.ANSWERED)


class SteppedTime:
    """Sleepers wake when the test says that it is their time."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._sleepers.append((self.now + seconds, woken))
        await woken.wait()

    async def pass_(self, seconds: float) -> None:
        self.now += seconds
        for until, woken in self._sleepers:
            if until <= self.now:
                woken.set()
        await settle()


async def settle() -> None:
    """Lets every task run until all of them wait for something else than each other."""
    for _ in range(20):
        await asyncio.sleep(0)


def narrow(places: int, **limits) -> tuple[AdaptiveBudget, SteppedTime]:
    time = SteppedTime()
    return AdaptiveBudget(WindowLimits(first=places, largest=places, **limits), clock=time.clock, sleep=time.sleep), time


async def test_who_comes_first_goes_first():
    budget, _ = narrow(1)
    await budget.acquire()
    went = []

    async def go(name: str) -> None:
        await budget.acquire()
        went.append(name)

    tasks = [asyncio.create_task(go(name)) for name in "abc"]
    await settle()
    assert (went, budget.snapshot().waiting) == ([], 3)
    for expected in ("a", "ab", "abc"):
        await budget.release(GOOD, 1)
        await settle()
        assert "".join(went) == expected
    await asyncio.gather(*tasks)
    assert budget.snapshot().waiting == 0


async def test_everybody_waits_until_retry_after_is_over():
    budget, time = narrow(4)
    await budget.acquire()
    await budget.release(Outcome(Verdict.THROTTLED, 30), 0)
    waiting = asyncio.create_task(budget.acquire())

    await time.pass_(29)
    assert not waiting.done()
    await time.pass_(1)
    assert waiting.done()


async def test_a_pause_that_grows_meanwhile_is_kept():
    budget, time = narrow(4)
    await budget.acquire()
    await budget.acquire()
    await budget.release(Outcome(Verdict.THROTTLED, 10), 0)
    waiting = asyncio.create_task(budget.acquire())
    await settle()
    await budget.release(Outcome(Verdict.THROTTLED, 30), 0)

    await time.pass_(10)
    assert not waiting.done()
    await time.pass_(20)
    assert waiting.done()


async def test_a_waiter_that_is_cancelled_takes_no_place():
    budget, _ = narrow(1)
    await budget.acquire()
    first, second = (asyncio.create_task(budget.acquire()) for _ in range(2))
    await settle()
    first.cancel()
    await budget.release(GOOD, 1)
    await settle()

    assert first.cancelled()
    assert second.done()
    assert (budget.snapshot().in_flight, budget.snapshot().waiting) == (1, 0)


async def test_the_place_of_a_dead_worker_comes_back():
    budget, time = narrow(1, lost_after_seconds=100)
    await budget.acquire()
    waiting = asyncio.create_task(budget.acquire())
    await settle()

    await time.pass_(99)
    assert not waiting.done()
    await time.pass_(1)
    assert waiting.done()


async def test_a_place_at_once_is_for_nobody_while_somebody_waits():
    budget, _ = narrow(2)
    assert budget.acquire_now()
    await budget.acquire()
    assert not budget.acquire_now()
    waiting = asyncio.create_task(budget.acquire())
    await settle()
    await budget.release(GOOD, 1)
    assert not budget.acquire_now()
    await settle()
    assert waiting.done()
