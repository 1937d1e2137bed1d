"""Webhooks in the API."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from jobs_store.webhooks import TrackedDelivery
from serve_app.schemas.jobs import JOB_ID, ApiAnswer


class AttemptAnswer(ApiAnswer):
    number: int
    time: datetime
    status_code: int | None
    error: str | None
    """Why there was no answer."""


class WebhookAnswer(ApiAnswer):
    """A message about a job, and every attempt to deliver it."""

    id: str = Field(examples=["msg_5f0c1b2e9d8a47c6b3e1f2a4d5c6b7a8"])
    """The header `webhook-id`, the same in every attempt."""
    job_id: str = Field(examples=[JOB_ID])
    created_at: datetime
    delivered_at: datetime | None
    next_attempt_at: datetime | None
    """Null once it is delivered or given up."""
    attempts: list[AttemptAnswer]

    @classmethod
    def of(cls, delivery: TrackedDelivery) -> "WebhookAnswer":
        attempts = [
            AttemptAnswer(number=each.number, time=each.time, status_code=each.status_code, error=each.error)
            for each in delivery.attempts
        ]
        return cls(
            id=delivery.delivery_id,
            job_id=delivery.job_id,
            created_at=delivery.created_at,
            delivered_at=delivery.delivered_at,
            next_attempt_at=delivery.next_at,
            attempts=attempts,
        )


class Webhooks(ApiAnswer):
    total: int
    webhooks: list[WebhookAnswer]


class TrialOrder(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    webhook_url: str = Field(max_length=1024, examples=["https://ci.example.com/hooks/phoenix"])
    webhook_headers: dict[str, str] | None = None
    """Sent with it, as an upload would have them."""


class TrialAnswer(ApiAnswer):
    id: str
    delivered: bool
    """Whether the receiver answered with 2xx."""
    status_code: int | None
    error: str | None
    seconds: float
