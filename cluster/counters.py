"""Counters of requests that all replicas share, in a named actor: where there is no Redis to hold them."""

from typing import Any

from limits.aio.storage import MemoryStorage, MovingWindowSupport, SlidingWindowCounterSupport, Storage
from ray.exceptions import RayError

from cluster.actors import find_actor, start_actor
from cluster.names import COUNTERS


class CountersActor:
    """The memory of `ActorCounters`. A restart forgets what was counted: limits begin anew."""

    def __init__(self) -> None:
        self._memory = MemoryStorage()

    async def count(self, method: str, *arguments: Any) -> Any:
        return await getattr(self._memory, method)(*arguments)

    async def ping(self) -> None:
        return None


def start_counters_actor(resource: str) -> Any:
    """The actor, started unless it runs."""
    return start_actor(CountersActor, COUNTERS, resource=resource, max_concurrency=10_000)


class ActorCounters(Storage, MovingWindowSupport, SlidingWindowCounterSupport):
    """A storage of `limits` as seen from a process of the cluster. Raises RayError, or ValueError where no actor runs."""

    STORAGE_SCHEME = None

    def __init__(self) -> None:
        super().__init__()
        self._actor: Any = None

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        return RayError, ValueError

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        return int(await self._count("incr", key, expiry, amount))

    async def get(self, key: str) -> int:
        return int(await self._count("get", key))

    async def get_expiry(self, key: str) -> float:
        return float(await self._count("get_expiry", key))

    async def check(self) -> bool:
        return bool(await self._count("check"))

    async def reset(self) -> int | None:
        return int(await self._count("reset"))

    async def clear(self, key: str) -> None:
        await self._count("clear", key)

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        return bool(await self._count("acquire_entry", key, limit, expiry, amount))

    async def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        began, count = await self._count("get_moving_window", key, limit, expiry)
        return began, count

    async def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        return bool(await self._count("acquire_sliding_window_entry", key, limit, expiry, amount))

    async def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        before, before_left, now, now_left = await self._count("get_sliding_window", key, expiry)
        return before, before_left, now, now_left

    async def clear_sliding_window(self, key: str, expiry: int) -> None:
        await self._count("clear_sliding_window", key, expiry)

    async def _count(self, method: str, *arguments: Any) -> Any:
        try:
            self._actor = self._actor or find_actor(COUNTERS)
            return await self._actor.count.remote(method, *arguments)
        except (RayError, ValueError):
            self._actor = None
            raise
