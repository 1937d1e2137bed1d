"""Deliveries of webhooks as they cross the border of the store. Times are aware and in UTC."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Delivery:
    """``delivery_id`` is the same for every attempt: receivers tell repetitions by it. ``attempts`` were made before."""

    delivery_id: str
    job_id: str
    sealed_url: str = field(repr=False)
    """For `WebhookRepository.url`."""
    body: str = field(repr=False)
    created_at: datetime
    attempts: int


@dataclass(frozen=True)
class TrackedDelivery:
    """A message about a job and what has become of it, for whoever looks on."""

    delivery_id: str
    job_id: str
    tenant: str
    created_at: datetime
    delivered_at: datetime | None
    next_at: datetime | None
    attempts: tuple["Attempt", ...]


@dataclass(frozen=True)
class Attempt:
    """One attempt: the answer's status code, or why there was none."""

    number: int
    time: datetime
    status_code: int | None
    error: str | None
