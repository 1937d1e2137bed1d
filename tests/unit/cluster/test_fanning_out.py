"""One source for all watchers of a process."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest
from bus_contract import event

from cluster.errors import ProgressUnavailableError
from cluster.progress.fanning_out import FanOut, Heard


class Source:
    """Tells what is put into ``coming``; None breaks it."""

    def __init__(self) -> None:
        self.coming: asyncio.Queue[Heard] = asyncio.Queue()
        self.begun = self.ended = 0

    async def __call__(self) -> AsyncGenerator[Heard, None]:
        self.begun += 1
        try:
            yield None
            while (heard := await self.coming.get()) is not None:
                yield heard
            raise ProgressUnavailableError("away")
        finally:
            self.ended += 1


async def test_all_watchers_share_one_source_which_ends_with_the_last() -> None:
    source = Source()
    fan_out = FanOut(source)
    async with aclosing(fan_out.watch("job-1")) as first, aclosing(fan_out.watch("job-2")) as second:  # type: ignore[type-var]
        assert await anext(first) is None
        assert await anext(second) is None
        await source.coming.put([event(1), event(1, job_id="job-2"), event(2)])
        assert [await anext(first), await anext(first)] == [event(1), event(2)]
        assert await anext(second) == event(1, job_id="job-2")
    assert (source.begun, source.ended) == (1, 1)


async def test_a_source_that_breaks_is_told_to_all_and_begun_anew_by_the_next() -> None:
    source = Source()
    fan_out = FanOut(source)
    async with aclosing(fan_out.watch("job-1")) as first, aclosing(fan_out.watch("job-1")) as second:  # type: ignore[type-var]
        assert await anext(first) is None
        assert await anext(second) is None
        await source.coming.put(None)
        for watcher in (first, second):
            with pytest.raises(ProgressUnavailableError):
                await anext(watcher)
    async with aclosing(fan_out.watch("job-1")) as again:  # type: ignore[type-var]
        assert await anext(again) is None
    assert (source.begun, source.ended) == (2, 2)
