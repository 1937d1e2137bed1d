"""Whether a tenant may go on: what is counted, what is asked of the store, and what is told of both.

A window that moves counts uploads, each by its own time: no sixty seconds have more than a minute's allowance. Points of
queries, of which there are many, are reckoned from the counts of two windows; bytes are counted by the day. Watchers count
themselves each half minute, so that those of a replica that died are forgotten by themselves. What nobody has limited is not
counted. While the counters are away nobody is refused: they guard the service, and must not stop it.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from typing import TypeVar

import structlog
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.aio.storage import Storage
from limits.aio.strategies import (
    FixedWindowRateLimiter,
    MovingWindowRateLimiter,
    RateLimiter,
    SlidingWindowCounterRateLimiter,
)
from limits.util import WindowStats
from ray.exceptions import RayError
from redis.exceptions import RedisError

from jobs_store.tenants import Limits, Tenant
from jobs_store.tenants.usage import TenantUsage
from serve_app.edge_settings import EdgeSettings
from serve_app.errors import InvalidParametersError
from serve_app.limiting.errors import LimitReachedError

_WATCH_SECONDS = 30
_LATER_SECONDS = 30
"""When what depends on jobs that end is worth asking for again."""
_AWAY = (RayError, RedisError, ValueError, OSError)
Answer = TypeVar("Answer")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Used:
    """``most`` None: unlimited; ``used`` None: not known, as what nobody limits is not counted."""

    most: int | None
    used: int | None
    renewed_in_seconds: int | None = None


class Limiter:
    def __init__(
        self,
        counters: Storage,
        edge: EdgeSettings,
        usage: Callable[[str], Awaitable[TenantUsage]],
        reached: Callable[[str], None] = lambda _limit: None,
    ) -> None:
        """``reached`` is told of each refusal."""
        self._edge, self._usage, self._reached = edge, usage, reached
        self._sliding, self._fixed = SlidingWindowCounterRateLimiter(counters), FixedWindowRateLimiter(counters)
        self._moving = MovingWindowRateLimiter(counters)

    def limits_of(self, tenant: Tenant) -> Limits:
        """Its own, and the service's where it has none."""
        return Limits(
            **{
                each.name: own if (own := getattr(tenant.limits, each.name)) is not None else self._service(each.name)
                for each in fields(Limits)
            }
        )

    async def admit(self, tenant: Tenant, actor: str, announced_bytes: int = 0) -> None:
        """For who brings a report, announces or orders one. Counts the request. Raises `LimitReachedError`."""
        most = self.limits_of(tenant)
        if most.bytes_per_day is not None:
            await self._require(self._fixed, "bytes_per_day", most.bytes_per_day, tenant.name, announced_bytes, dry=True)
        if most.stored_bytes is not None or most.jobs_waiting is not None:
            used = await self._usage(tenant.name)
            self._require_room("stored_bytes", most.stored_bytes, used.stored_bytes + announced_bytes, None)
            self._require_room("jobs_waiting", most.jobs_waiting, used.jobs_waiting + 1, _LATER_SECONDS)
        if self._edge.limit_key_uploads_per_minute is not None:
            own = self._edge.limit_key_uploads_per_minute
            await self._require(self._moving, "key_uploads_per_minute", own, actor, 1)
        if most.uploads_per_minute is not None:
            await self._require(self._moving, "uploads_per_minute", most.uploads_per_minute, tenant.name, 1)

    async def count_bytes(self, tenant: Tenant, size_bytes: int) -> None:
        """What has arrived, before it is taken. Raises `LimitReachedError`, and then it is not counted."""
        most = self.limits_of(tenant).bytes_per_day
        if most is not None:
            await self._require(self._fixed, "bytes_per_day", most, tenant.name, size_bytes)

    async def count_graphql(self, tenant: Tenant, cost: int) -> None:
        """What a query is reckoned to cost, before it is carried out. Raises `LimitReachedError`; then it is not counted.

        And `InvalidParametersError` for one that costs more than a whole allowance: no waiting helps there.
        """
        most = self.limits_of(tenant).graphql_cost
        if most is not None and cost > most:
            self._reached("graphql_cost")
            raise InvalidParametersError({"query": f"costs {cost:,} points; {most:,} is the most that a minute has"})
        if most is not None:
            await self._require(self._sliding, "graphql_cost", most, tenant.name, cost)

    @asynccontextmanager
    async def watching(self, tenant: Tenant) -> AsyncIterator[None]:
        """For as long as somebody watches. Raises `LimitReachedError` at the beginning."""
        most = self.limits_of(tenant).watchers
        if most is None:
            yield
            return
        await self._require(self._sliding, "watchers", most, tenant.name, 1)
        counting = asyncio.create_task(self._count_watcher(most, tenant.name))
        try:
            yield
        finally:
            counting.cancel()

    async def usage(self, tenant: Tenant) -> dict[str, Used]:
        """By the limit's name."""
        most, stored = self.limits_of(tenant), await self._usage(tenant.name)
        sliding, fixed, name = self._sliding, self._fixed, tenant.name
        return {
            "uploads_per_minute": await self._counted(self._moving, "uploads_per_minute", most.uploads_per_minute, name),
            "bytes_per_day": await self._counted(fixed, "bytes_per_day", most.bytes_per_day, name),
            "stored_bytes": Used(most.stored_bytes, stored.stored_bytes),
            "jobs_waiting": Used(most.jobs_waiting, stored.jobs_waiting),
            "jobs_running": Used(most.jobs_running, stored.jobs_running),
            "watchers": await self._counted(sliding, "watchers", most.watchers, name),
            "graphql_cost": await self._counted(sliding, "graphql_cost", most.graphql_cost, name),
        }

    def _service(self, name: str) -> int | None:
        value: int | None = getattr(self._edge, f"limit_{name}", None)
        return value

    async def _count_watcher(self, most: int, tenant: str) -> None:
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            await self._tried(self._sliding.hit(_item("watchers", most), tenant), True)

    async def _require(self, window: RateLimiter, limit: str, most: int, who: str, cost: int, *, dry: bool = False) -> None:
        item = _item(limit, max(most, 1))
        if cost <= most and await self._tried((window.test if dry else window.hit)(item, who, cost=cost), True):
            return
        self._reached(limit)
        stats = await self._tried(window.get_window_stats(item, who), None)
        raise LimitReachedError(limit, most, item.get_expiry(), _seconds_to(stats))

    def _require_room(self, limit: str, most: int | None, wanted: int, retry_after_seconds: int | None) -> None:
        if most is not None and wanted > most:
            self._reached(limit)
            raise LimitReachedError(limit, most, 0, retry_after_seconds)

    async def _counted(self, window: RateLimiter, limit: str, most: int | None, tenant: str) -> Used:
        if not most:
            return Used(most, None)
        stats = await self._tried(window.get_window_stats(_item(limit, most), tenant), None)
        return Used(most, None) if stats is None else Used(most, most - stats.remaining, _seconds_to(stats))

    async def _tried(self, counting: Awaitable[Answer], otherwise: Answer) -> Answer:
        try:
            return await counting
        except _AWAY as error:
            _log.warning("limits are not counted", error=type(error).__name__)
            return otherwise


def _item(limit: str, most: int) -> RateLimitItem:
    match limit:
        case "bytes_per_day":
            return RateLimitItemPerDay(most, 1, limit)
        case "watchers":
            return RateLimitItemPerSecond(most, _WATCH_SECONDS, limit)
        case _:
            return RateLimitItemPerMinute(most, 1, limit)


def _seconds_to(stats: WindowStats | None) -> int:
    return _LATER_SECONDS if stats is None else max(1, math.ceil(stats.reset_time - time.time()))
