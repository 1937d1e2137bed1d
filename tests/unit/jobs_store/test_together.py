"""What waits together goes together, and a lone item at once."""

import asyncio
from collections.abc import Sequence

import pytest

from jobs_store.together import Together, Waiting

Group = Sequence[Waiting[int, int]]


class Carrier:
    """Answers with the tenfold once it is let go; ``bad`` ones take their group with them."""

    def __init__(self, *, bad: frozenset[int] = frozenset(), is_open: bool = True) -> None:
        self.groups: list[list[int]] = []
        self.cancelled = 0
        self.gate = asyncio.Event()
        self._bad = bad
        if is_open:
            self.gate.set()

    async def __call__(self, group: Group) -> None:
        self.groups.append([waiting.item for waiting in group])
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self._bad & {waiting.item for waiting in group}:
            raise ValueError("bad")
        for waiting in group:
            waiting.answered(waiting.item * 10)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_lone_item_leaves_at_once() -> None:
    carrier = Carrier()
    together = Together(carrier, groups=1, most=10)
    assert await together(1) == 10
    assert await together(2) == 20
    assert carrier.groups == [[1], [2]]


async def test_what_comes_while_a_group_is_on_its_way_is_the_next_group() -> None:
    carrier = Carrier(is_open=False)
    together = Together(carrier, groups=1, most=10)
    first = asyncio.create_task(together(1))
    await settle()
    others = [asyncio.create_task(together(number)) for number in (2, 3, 4)]
    await settle()
    assert carrier.groups == [[1]]
    assert not together.is_idle
    carrier.gate.set()
    assert await asyncio.gather(first, *others) == [10, 20, 30, 40]
    await settle()
    assert carrier.groups == [[1], [2, 3, 4]]
    assert together.is_idle


async def test_groups_are_bounded_by_number_and_weight() -> None:
    carrier = Carrier()
    together = Together(carrier, groups=5, most=3, room=10, weigh=lambda item: item)
    await asyncio.gather(*map(together, (1, 1, 1, 1, 5, 5, 99, 2)))
    assert carrier.groups == [[1, 1, 1], [1, 5], [5], [99], [2]]


@pytest.mark.parametrize(("to_blame", "groups"), [(False, [[1, 2, 3]]), (True, [[1, 2, 3], [1], [2], [3]])])
async def test_an_error_is_everybodys_unless_one_may_be_to_blame(to_blame: bool, groups: list[list[int]]) -> None:
    carrier = Carrier(bad=frozenset({2}))
    together = Together(carrier, groups=1, most=10, one_is_to_blame=lambda _error: to_blame)
    answers = await asyncio.gather(*map(together, (1, 2, 3)), return_exceptions=True)
    assert carrier.groups == groups
    assert [isinstance(answer, ValueError) for answer in answers] == [not to_blame, True, not to_blame]


async def test_what_has_its_answer_does_not_go_again() -> None:
    groups: list[list[int]] = []

    async def carry(group: Group) -> None:
        groups.append([waiting.item for waiting in group])
        group[0].answered(group[0].item * 10)
        if len(group) > 1:
            raise ValueError("bad")

    together = Together(carry, groups=1, most=10, one_is_to_blame=lambda _error: True)
    assert await asyncio.gather(*map(together, (1, 2))) == [10, 20]
    assert groups == [[1, 2], [2]]


async def test_who_gives_up_takes_nobody_along() -> None:
    carrier = Carrier(is_open=False)
    together = Together(carrier, groups=1, most=10)
    on_the_way = [asyncio.create_task(together(number)) for number in (1, 2)]
    await settle()
    queued = [asyncio.create_task(together(number)) for number in (3, 4)]
    await settle()
    on_the_way[0].cancel()
    queued[0].cancel()
    carrier.gate.set()
    assert await asyncio.gather(on_the_way[1], queued[1]) == [20, 40]
    assert (carrier.groups, carrier.cancelled) == ([[1, 2], [4]], 0)


async def test_a_group_for_which_nobody_waits_is_cancelled() -> None:
    carrier = Carrier(is_open=False)
    together = Together(carrier, groups=1, most=10)
    tasks = [asyncio.create_task(together(number)) for number in (1, 2)]
    await settle()
    for task in tasks:
        task.cancel()
    await settle()
    assert carrier.cancelled == 1
    carrier.gate.set()
    assert await together(3) == 30


async def test_no_answer_is_not_forgotten() -> None:
    async def forgetful(_group: Group) -> None:
        return None

    with pytest.raises(asyncio.CancelledError):
        await Together(forgetful, groups=1, most=1)(1)


async def test_after_a_group_there_is_a_pause_in_which_the_next_one_gathers() -> None:
    carrier = Carrier()
    together = Together(carrier, groups=1, most=10, pause_seconds=0.05)
    assert await together(1) == 10
    others = [asyncio.create_task(together(number)) for number in (2, 3)]
    await settle()
    assert carrier.groups == [[1]]
    assert await asyncio.gather(*others) == [20, 30]
    assert carrier.groups == [[1], [2, 3]]
