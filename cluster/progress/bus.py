"""The bus that carries events while they happen. It may lose them: the store is what is complete."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from jobs_store.events import Event


class ProgressBus(Protocol):
    async def publish(self, events: Sequence[Event]) -> None:
        """Tells whoever watches now. Never raises: a watcher that misses an event finds it in the store."""
        ...

    def watch(self, job_id: str) -> AsyncIterator[Event | None]:
        """Events of a job in their order, possibly with gaps; None says that from here on it watches.

        Raises `ProgressUnavailableError` when it breaks. Close the iterator (``aclose``) to stop watching.
        """
        ...

    async def ping(self) -> None:
        """Raises `ProgressUnavailableError`."""
        ...

    async def close(self) -> None: ...


def open_bus(redis_url: str | None) -> ProgressBus:
    """Redis streams where there is a Redis, else the actor of this cluster. Connects at its first use."""
    if redis_url:
        from cluster.progress.redis_bus import RedisBus

        return RedisBus(redis_url)
    from cluster.progress.actor_bus import ActorBus

    return ActorBus()
