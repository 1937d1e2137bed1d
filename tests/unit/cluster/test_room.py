"""What is held at once stays within the room, nobody waits for ever, and no user takes all."""

import asyncio
import random
from contextlib import AsyncExitStack

import pytest

from cluster.room import SharedRoom


async def test_what_is_held_at_once_stays_within_the_limit() -> None:
    room, held, most = SharedRoom(100), 0, 0

    async def hold(size: int, user: int) -> None:
        nonlocal held, most
        async with room.taken(size, user):
            held += size
            most = max(most, held)
            await asyncio.sleep(0)
            held -= size

    await asyncio.gather(*(hold(size, user % 3) for user, size in enumerate((60, 30, 50, 100, 10, 90, 40) * 5)))
    assert held == 0
    assert 60 <= most <= 100


async def test_the_oversized_gets_it_alone() -> None:
    room = SharedRoom(10)
    async with room.taken(1000, "one"):
        second = asyncio.create_task(_take(room, 1, "two"))
        await asyncio.sleep(0)
        assert not second.done()
    assert await second


async def test_a_waiter_that_is_cancelled_takes_nothing_with_it() -> None:
    room = SharedRoom(10)
    async with room.taken(10, "one"):
        waiter = asyncio.create_task(_take(room, 10, "one"))
        await asyncio.sleep(0)
        waiter.cancel()
        await asyncio.gather(waiter, return_exceptions=True)
    assert await _take(room, 10, "one")


async def test_one_that_is_cancelled_when_it_was_just_granted_gives_it_back() -> None:
    room = SharedRoom(10)
    async with room.taken(10, "one"):
        waiter = asyncio.create_task(_take(room, 10, "two"))
        await asyncio.sleep(0)
    waiter.cancel()
    await asyncio.gather(waiter, return_exceptions=True)
    assert await _take(room, 10, "three")


async def test_a_waiter_that_is_cancelled_along_with_whoever_makes_room_for_it_takes_nothing_with_it() -> None:
    room, held = SharedRoom(4), asyncio.Event()

    async def hold() -> None:
        async with room.taken(4, "one"):
            held.set()
            await asyncio.sleep(60)

    both = [asyncio.create_task(hold()), asyncio.create_task(_take(room, 4, "one"))]
    third = asyncio.create_task(_take(room, 4, "two"))
    await held.wait()
    for task in both:
        task.cancel()
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError, asyncio.CancelledError]
    assert await third
    assert await _take(room, 4, "three")


@pytest.mark.parametrize("seed", range(20))
async def test_whoever_is_cancelled_whenever_all_of_it_is_free_in_the_end(seed: int) -> None:
    chance, room = random.Random(seed), SharedRoom(20)

    async def hold(size: int, user: int, job: int) -> None:
        async with room.taken(size, user, job):
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)

    tasks = [asyncio.create_task(hold(chance.randrange(1, 25), chance.randrange(3), chance.randrange(3))) for _ in range(100)]
    while left := [task for task in tasks if not task.done()]:
        for task in chance.sample(left, min(len(left), chance.randrange(6))):
            task.cancel()
        await asyncio.sleep(0)
    assert await asyncio.wait_for(_take(room, 20, "all of it"), 5)


async def test_a_user_that_gives_nothing_back_leaves_room_for_others() -> None:
    room = SharedRoom(64)
    async with AsyncExitStack() as stuck:
        waiting = await _hold_until_it_waits(room, "slow", stuck)
        more = await _hold_until_it_waits(room, "slower", stuck)
        assert await _take(room, 1, "quick")
        for task in (waiting, more):
            task.cancel()
        await asyncio.gather(waiting, more, return_exceptions=True)


async def test_who_holds_nothing_is_not_overtaken() -> None:
    room, order = SharedRoom(8), list[str]()

    async def take(size: int, user: str) -> None:
        async with room.taken(size, user):
            order.append(user)

    async with room.taken(1, "old"), AsyncExitStack() as others:
        await others.enter_async_context(room.taken(4, "other"))
        waiting = [asyncio.create_task(take(6, "large")), asyncio.create_task(take(1, "old"))]
        await asyncio.sleep(0)
        assert order == []
    await asyncio.gather(*waiting)
    assert order == ["large", "old"]


async def test_jobs_of_one_user_are_granted_in_turn() -> None:
    room, order = SharedRoom(4), list[str]()

    async def take(job: str) -> None:
        async with room.taken(4, "user", job):
            order.append(job)
            await asyncio.sleep(0)

    await asyncio.gather(*(take(job) for job in ("long", "long", "long", "long", "short", "short", "late")))
    assert order == ["long", "long", "short", "late", "long", "short", "long"]


async def _hold_until_it_waits(room: SharedRoom, user: str, stack: AsyncExitStack) -> "asyncio.Task[bool]":
    """Takes one after the other for good; gives back the first that is not granted."""
    while True:
        probe = asyncio.create_task(_take(room, 1, user))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if not probe.done():
            return probe
        await stack.enter_async_context(room.taken(1, user))


async def _take(room: SharedRoom, size: int, user: str) -> bool:
    async with room.taken(size, user):
        return True
