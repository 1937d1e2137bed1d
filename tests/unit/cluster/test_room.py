"""Bytes held at once stay within the room, in the order of asking, and nobody waits for ever."""

import asyncio

from cluster.room import ByteRoom


async def test_what_is_held_at_once_stays_within_the_limit() -> None:
    room, held, most = ByteRoom(100), 0, 0

    async def hold(size: int) -> None:
        nonlocal held, most
        async with room.taken(size):
            held += size
            most = max(most, held)
            await asyncio.sleep(0)
            held -= size

    await asyncio.gather(*(hold(size) for size in (60, 30, 50, 100, 10, 90, 40) * 5))
    assert held == 0
    assert 60 <= most <= 100


async def test_the_oversized_gets_it_alone() -> None:
    room = ByteRoom(10)
    async with room.taken(1000):
        second = asyncio.create_task(_take(room, 1))
        await asyncio.sleep(0)
        assert not second.done()
    assert await second


async def test_a_waiter_that_is_cancelled_takes_nothing_with_it() -> None:
    room = ByteRoom(10)
    async with room.taken(10):
        waiter = asyncio.create_task(_take(room, 10))
        await asyncio.sleep(0)
        waiter.cancel()
        await asyncio.gather(waiter, return_exceptions=True)
    assert await _take(room, 10)


async def _take(room: ByteRoom, size: int) -> bool:
    async with room.taken(size):
        return True
