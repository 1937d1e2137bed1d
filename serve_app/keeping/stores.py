"""Where answers are kept for a while: in Redis where there is one, which all replicas share, else in this process."""

from typing import Protocol

import structlog
from cachetools import TTLCache
from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

FRESH_SECONDS = 60
"""What is kept longer than that is forgotten; it is what a version that was seen twice could bring back after a restore."""
_PROCESS_BYTES = 32_000_000
_CONNECTIONS = 20
_PATIENCE_SECONDS = 0.5
"""Asking the database takes less."""
_PREFIX = "phoenix-scanner:kept:"
_log = structlog.get_logger(__name__)


class KeptStore(Protocol):
    async def find(self, key: str) -> bytes | None: ...

    async def keep(self, key: str, value: bytes) -> None: ...

    async def close(self) -> None: ...


class ProcessStore:
    """A bounded number of bytes of this process."""

    def __init__(self) -> None:
        self._kept: TTLCache[str, bytes] = TTLCache(_PROCESS_BYTES, FRESH_SECONDS, getsizeof=len)

    async def find(self, key: str) -> bytes | None:
        return self._kept.get(key)

    async def keep(self, key: str, value: bytes) -> None:
        if len(value) <= _PROCESS_BYTES:
            self._kept[key] = value

    async def close(self) -> None:
        self._kept.clear()


class RedisStore:
    """Speed and no more: while Redis is away nothing is found, and nobody is told of it but the log."""

    def __init__(self, url: str) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=_PATIENCE_SECONDS,
            socket_timeout=_PATIENCE_SECONDS,
            socket_connect_timeout=_PATIENCE_SECONDS,
        )
        self._redis = Redis.from_pool(pool)

    async def find(self, key: str) -> bytes | None:
        try:
            found = await self._redis.get(_PREFIX + key)
        except (RedisError, OSError) as error:
            _log.warning("kept answers are away", error=type(error).__name__)
            return None
        return found if isinstance(found, bytes) else None

    async def keep(self, key: str, value: bytes) -> None:
        try:
            await self._redis.set(_PREFIX + key, value, ex=FRESH_SECONDS)
        except (RedisError, OSError) as error:
            _log.warning("kept answers are away", error=type(error).__name__)

    async def close(self) -> None:
        await self._redis.aclose()


def open_kept_store(redis_url: str | None) -> KeptStore:
    """Connects at its first use."""
    return RedisStore(redis_url) if redis_url else ProcessStore()
