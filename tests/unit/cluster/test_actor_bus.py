"""The actor behind the bus, on an ordinary event loop."""

import asyncio

from bus_contract import event

from cluster.progress.actor_bus import BusActor


async def test_who_leaves_has_heard_the_end_and_not_a_cancellation() -> None:
    actor = BusActor()
    one, other = actor.listen("one"), actor.listen("other")
    assert [await anext(one), await anext(other)] == [None, None]
    await actor.publish([event(1)])
    assert [await anext(one), await anext(other)] == [[event(1)], [event(1)]]
    await actor.leave("one")
    await actor.leave("nobody")
    async with asyncio.timeout(10):
        assert [heard async for heard in one] == []
        await actor.publish([event(2)])
        assert await anext(other) == [event(2)]
    await other.aclose()


async def test_a_call_to_leave_may_overtake_the_one_to_listen() -> None:
    actor = BusActor()
    await actor.leave("one")
    async with asyncio.timeout(10):
        assert [heard async for heard in actor.listen("one")] == [None]
