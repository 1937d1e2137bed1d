"""Progress over Redis streams: one short-lived stream per job, so that any API replica can follow any job."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from cluster.errors import ProgressUnavailableError
from cluster.progress.fanning_out import FanOut, Heard
from jobs_store.events import Event

_KEPT_EVENTS = 1000
_KEPT_SECONDS = 3600
_BLOCK_MS = 10_000
_PATIENCE_SECONDS = 2.0
"""How long a job waits for a Redis that does not answer."""


class RedisBus:
    """A stream keeps about a thousand events for an hour after the last. A connection per watched job, one to publish."""

    def __init__(self, url: str) -> None:
        no_retry: Any = Retry(NoBackoff(), 0)  # who publishes goes on at once, who watches asks the store meanwhile
        self._fan_outs: WeakValueDictionary[str, FanOut] = WeakValueDictionary()
        """By job; each lives as long as somebody watches with it."""
        self._redis: Redis = Redis.from_url(url, socket_connect_timeout=5, health_check_interval=30, retry=no_retry)

    async def publish(self, events: Sequence[Event]) -> None:
        if not events:
            return
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS), self._redis.pipeline(transaction=False) as pipeline:
                for event in events:
                    pipeline.xadd(
                        _stream(event.job_id), {"event": msgspec.json.encode(event)}, maxlen=_KEPT_EVENTS, approximate=True
                    )
                for job_id in {event.job_id for event in events}:
                    pipeline.expire(_stream(job_id), _KEPT_SECONDS)
                await pipeline.execute()
        except (RedisError, OSError, TimeoutError):
            return  # watchers poll the store when the bus is silent

    def watch(self, job_id: str) -> AsyncIterator[Event | None]:
        fan_out = self._fan_outs.get(job_id)
        if fan_out is None:
            fan_out = self._fan_outs[job_id] = FanOut(partial(self._read, job_id))
        return fan_out.watch(job_id)

    async def _read(self, job_id: str) -> AsyncGenerator[Heard, None]:
        """Starts with what the stream still has, so nothing is missed from the first answer on."""
        stream, position = _stream(job_id), "0"
        try:
            yield None
            while True:
                read: Any = await self._redis.xread({stream: position}, block=_BLOCK_MS)
                for _, entries in read or ():
                    position = entries[-1][0]
                    yield [msgspec.json.decode(fields[b"event"], type=Event) for _, fields in entries]
        except (RedisError, OSError) as error:
            raise ProgressUnavailableError(str(error)) from error

    async def ping(self) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._redis.ping()
        except (RedisError, OSError, TimeoutError) as error:
            raise ProgressUnavailableError(str(error) or type(error).__name__) from error

    async def close(self) -> None:
        await self._redis.aclose()


def _stream(job_id: str) -> str:
    return f"phoenix-scanner:events:{job_id}"
