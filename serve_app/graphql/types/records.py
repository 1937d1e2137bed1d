"""What belongs to a job or bulk: events, batches, records that were left out, webhooks."""

import json
from datetime import datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from jobs_store import events, jobs, webhooks
from jobs_store.events import EventKind
from jobs_store.jobs import BatchState
from serve_app.graphql.types.scalars import BigInt


@strawberry.type(description="An event of a job's stream.")
class Event:
    seq: BigInt
    time: datetime
    kind: EventKind
    level: str
    data: JSON

    @classmethod
    def of(cls, event: events.Event) -> Self:
        return cls(seq=event.seq, time=event.time, kind=event.kind, level=event.level, data=json.loads(event.payload))


@strawberry.type(description="One request body of a job, and how far its import is.")
class Batch:
    number: int
    state: BatchState
    asset_type: str
    import_type: str
    needs: list[int]
    assets: BigInt
    findings: BigInt
    size_bytes: BigInt
    attempts: int
    requests: int
    request_id: str | None
    error: str | None
    updated_at: datetime | None

    @classmethod
    def of(cls, batch: jobs.Batch) -> Self:
        return cls(
            number=batch.number,
            state=batch.state,
            asset_type=batch.asset_type,
            import_type=batch.import_type,
            needs=list(batch.needs),
            assets=batch.assets,
            findings=batch.findings,
            size_bytes=batch.size_bytes,
            attempts=batch.attempts,
            requests=batch.requests,
            request_id=batch.request_id,
            error=batch.error,
            updated_at=batch.updated_at,
        )


@strawberry.type(description="A record that did not become a finding.")
class SkippedRecord:
    number: int
    place: str
    reason: str


@strawberry.type(description="A finding that the tool or a team has put aside; `note` is what was said of it.")
class DismissedRecord:
    number: int
    place: str
    reason: str
    name: str
    asset: str
    note: str


@strawberry.type(description="A finding that another one of the same asset, name and location stands for.")
class MergedRecord:
    number: int
    asset: str
    name: str
    location: str
    reason: str
    differs: JSON


@strawberry.type(description="A member of a bulk that became no job.")
class SkippedMember:
    number: BigInt
    name: str
    reason: str


@strawberry.type
class WebhookAttempt:
    number: int
    time: datetime
    status_code: int | None
    error: str | None


@strawberry.type(description="A message about a job, and every attempt to deliver it.")
class Webhook:
    id: strawberry.ID
    created_at: datetime
    delivered_at: datetime | None
    next_attempt_at: datetime | None
    attempts: list[WebhookAttempt]

    @classmethod
    def of(cls, delivery: webhooks.TrackedDelivery) -> Self:
        return cls(
            id=strawberry.ID(delivery.delivery_id),
            created_at=delivery.created_at,
            delivered_at=delivery.delivered_at,
            next_attempt_at=delivery.next_at,
            attempts=[
                WebhookAttempt(number=each.number, time=each.time, status_code=each.status_code, error=each.error)
                for each in delivery.attempts
            ],
        )
