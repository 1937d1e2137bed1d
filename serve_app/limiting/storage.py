"""Where requests are counted: in Redis where there is one, else in the cluster's own actor."""

from limits.aio.storage import RedisStorage, Storage

from cluster.counters import ActorCounters

_PATIENCE_SECONDS = 2.0


def open_counters(redis_url: str | None) -> Storage:
    """Connects at its first use."""
    if not redis_url:
        return ActorCounters()
    url = redis_url.replace("unix://", "async+redis+unix://") if redis_url.startswith("unix:") else f"async+{redis_url}"
    return RedisStorage(
        url,
        implementation="redispy",
        key_prefix="phoenix-scanner:limits",
        socket_timeout=_PATIENCE_SECONDS,
        socket_connect_timeout=_PATIENCE_SECONDS,
    )
