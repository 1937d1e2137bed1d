"""What the service says about itself."""

from datetime import datetime

import msgspec


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the service depends on."""

    status: str
    message: str | None = None


class Workers(msgspec.Struct, frozen=True, kw_only=True):
    status: str = "unknown"
    active_workers: int = 0
    max_concurrent_jobs: int = 0


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    redis_status: str = "unknown"
    pending_jobs: int = 0
    processing_jobs: int = 0
    total_jobs: int = 0


class Health(msgspec.Struct, frozen=True, kw_only=True):
    status: str
    """``healthy``, ``degraded`` or ``unhealthy``."""
    version: str = ""
    timestamp: datetime | None = None
    workers: Workers = Workers()
    queue: Queue = Queue()
    database: Part | None = None
    storage: Part | None = None
    ray: Part | None = None


class LogLevel(msgspec.Struct, frozen=True, kw_only=True):
    level: str
    configured: str
    """What the service's ``LOG_LEVEL`` says."""


class Ping(msgspec.Struct, frozen=True, kw_only=True):
    status: str
    timestamp: datetime | None = None


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """A format that the service reads; ``slug`` is what ``scanner_type`` takes."""

    slug: str
    titles: list[str] = []
    scanner: str | None = None
    kinds: list[str] = []
    asset_type: str | None = None


class Formats(msgspec.Struct, frozen=True, kw_only=True):
    formats: list[Format]
