"""What waits together goes together: the one way in which small things share the cost of a transaction, a task or a call."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Waiting(Generic[Item, Answer]):
    """An item, and whoever waits for its answer."""

    __slots__ = ("answer", "item")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def answered(self, answer: Answer | Exception) -> None:
        """Once; nobody minds where nobody waits any more."""
        if self.answer.done():
            return
        if isinstance(answer, Exception):
            self.answer.set_exception(answer)
        else:
            self.answer.set_result(answer)


Carry = Callable[[Sequence[Waiting[Item, Answer]]], Awaitable[None]]
"""Answers each, as soon as it can; what it raises is the answer to those that are left."""


class Together(Generic[Item, Answer]):
    """Gives items to ``carry`` in groups: what came while earlier groups were on their way, in the order in which it came.

    A lone item leaves at once and is a group of one. At most ``groups`` are on their way, each counted for ``pause_seconds``
    longer than it is; it has at most ``most`` items, and weighs at most ``room`` unless it is a single one. After an error that
    may be one item's fault (``one_is_to_blame``) each that has no answer goes alone. A group for which nobody waits any more is
    cancelled. For one event loop.
    """

    def __init__(
        self,
        carry: Carry[Item, Answer],
        *,
        groups: int | Callable[[], int],
        most: int,
        room: int = 0,
        weigh: Callable[[Item], int] = lambda _item: 0,
        one_is_to_blame: Callable[[Exception], bool] = lambda _error: False,
        pause_seconds: float = 0.0,
    ) -> None:
        self._carry, self._most, self._room, self._weigh = carry, most, room, weigh
        self._groups = groups if callable(groups) else lambda: groups
        self._one_is_to_blame, self._pause_seconds = one_is_to_blame, pause_seconds
        self._queue: deque[Waiting[Item, Answer]] = deque()
        self._leaving = False
        self._under_way: set[asyncio.Task[None]] = set()

    async def __call__(self, item: Item) -> Answer:
        """The item's answer, or what was raised for it."""
        return await self.put(item).answer

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits for an answer."""
        return not self._queue and not self._under_way

    def put(self, item: Item) -> Waiting[Item, Answer]:
        """For whoever does not wait."""
        waiting: Waiting[Item, Answer] = Waiting(item)
        self._queue.append(waiting)
        self._call_soon()
        return waiting

    def _call_soon(self) -> None:
        """Not at once: whatever else happens in this turn of the event loop comes along."""
        if not self._leaving:
            self._leaving = True
            asyncio.get_running_loop().call_soon(self._leave)

    def _leave(self) -> None:
        self._leaving = False
        while self._queue and len(self._under_way) < self._groups():
            if group := self._next_group():
                task = asyncio.create_task(self._carried(group))
                self._under_way.add(task)
                task.add_done_callback(self._arrived)
                for waiting in group:
                    waiting.answer.add_done_callback(partial(_cancel_if_left, group, task))

    def _next_group(self) -> list[Waiting[Item, Answer]]:
        group: list[Waiting[Item, Answer]] = []
        weight = 0
        while self._queue and len(group) < self._most:
            if self._queue[0].answer.done():  # given up before it left
                self._queue.popleft()
                continue
            weight += self._weigh(self._queue[0].item)
            if group and weight > self._room:
                break
            group.append(self._queue.popleft())
        return group

    async def _carried(self, group: Sequence[Waiting[Item, Answer]]) -> None:
        try:
            await self._carry(group)
        except Exception as error:  # noqa: BLE001 - whoever waits is told, and deals with it
            if len(group) > 1 and self._one_is_to_blame(error):
                for waiting in group:
                    if not waiting.answer.done():
                        await self._carried([waiting])
                return
            for waiting in group:
                waiting.answered(error)
        finally:
            for waiting in group:
                waiting.answer.cancel()  # does nothing to an answer

    def _arrived(self, task: asyncio.Task[None]) -> None:
        if self._pause_seconds:
            asyncio.get_running_loop().call_later(self._pause_seconds, self._make_way, task)
        else:
            self._make_way(task)

    def _make_way(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._call_soon()


def _cancel_if_left(group: Sequence[Waiting[Item, Answer]], task: asyncio.Task[None], _answer: asyncio.Future[Answer]) -> None:
    if all(waiting.answer.cancelled() for waiting in group):
        task.cancel()
