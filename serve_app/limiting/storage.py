"""Where requests are counted: in Redis where there is one, else in the cluster's own actor."""

from typing import Any

from limits.aio.storage import RedisStorage, Storage
from redis.asyncio import BlockingConnectionPool

from cluster.counters import ActorCounters

_PATIENCE_SECONDS = 2.0
_CONNECTIONS = 20
"""Of a replica: six hundred uploads at once are no reason to open as many."""


class RedisCounters(RedisStorage):
    """On connections of its own, opened as they are needed, that `close` ends."""

    STORAGE_SCHEME: list[str] = []  # noqa: RUF012 - as its base has it; the base's schemes stay the base's

    def __init__(self, url: str) -> None:
        self._pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=_PATIENCE_SECONDS,
            socket_timeout=_PATIENCE_SECONDS,
            socket_connect_timeout=_PATIENCE_SECONDS,
        )
        pool: Any = {"connection_pool": self._pool}
        scheme_of_limits = url.replace("unix://", "redis+unix://") if url.startswith("unix:") else url
        super().__init__(
            f"async+{scheme_of_limits}",
            implementation="redispy",
            key_prefix="phoenix-scanner:limits",
            **pool,
        )

    async def close(self) -> None:
        await self._pool.disconnect()


def open_counters(redis_url: str | None) -> Storage:
    """Connects at its first use."""
    return RedisCounters(redis_url) if redis_url else ActorCounters()
