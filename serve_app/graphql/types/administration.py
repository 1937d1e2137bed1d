"""Tenants, keys, limits, and who did what."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from jobs_store import audit, keys
from jobs_store.keys import Scope
from serve_app.graphql.types.scalars import BigInt
from serve_app.schemas.tenants import LimitAnswer, TenantAnswer, UsageAnswer


@strawberry.type
class Limit:
    name: str
    limit: BigInt | None = strawberry.field(description="Null: there is none.")
    used: BigInt | None
    remaining: BigInt | None
    renewed_at: datetime | None

    @classmethod
    def of(cls, name: str, answer: LimitAnswer) -> Self:
        return cls(name=name, **answer.model_dump())


@strawberry.type
class Usage:
    tenant: str
    limits: list[Limit]

    @classmethod
    def of(cls, answer: UsageAnswer) -> Self:
        return cls(tenant=answer.tenant, limits=[Limit.of(name, each) for name, each in answer.limits.items()])


@strawberry.type(description="An API key, without its text.")
class Key:
    id: strawberry.ID
    name: str
    tenant: str
    scopes: list[Scope]
    prefix: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    rotated_at: datetime | None

    @classmethod
    def of(cls, key: keys.ApiKey) -> Self:
        return cls(
            id=strawberry.ID(key.key_id),
            name=key.name,
            tenant=key.tenant,
            scopes=sorted(key.scopes),
            prefix=key.prefix,
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
            rotated_at=key.rotated_at,
        )


@strawberry.type(description="A team with its limits, credentials and defaults; no secret is told.")
class Tenant:
    name: strawberry.ID
    title: str
    limits: JSON
    retention_days: float | None
    defaults: JSON
    phoenix_url: str | None
    has_phoenix_secret: bool
    has_webhook_secret: bool
    disabled: bool

    @classmethod
    def of(cls, answer: TenantAnswer) -> Self:
        return cls(
            name=strawberry.ID(answer.name),
            title=answer.title,
            limits=JSON(answer.limits),
            retention_days=answer.retention_days,
            defaults=JSON(answer.defaults),
            phoenix_url=answer.phoenix.url,
            has_phoenix_secret=answer.phoenix.has_secret,
            has_webhook_secret=answer.webhook.has_secret,
            disabled=answer.disabled,
        )


@strawberry.type(description="Who did what to which, from where, and how it ended.")
class AuditEntry:
    seq: BigInt
    at: datetime
    actor: str
    tenant: str
    action: str
    object: str
    outcome: str
    address: str
    hash: str

    @classmethod
    def of(cls, entry: audit.AuditEntry) -> Self:
        return cls(
            seq=entry.seq,
            at=entry.at,
            actor=entry.actor,
            tenant=entry.tenant,
            action=entry.action,
            object=entry.object,
            outcome=entry.outcome,
            address=entry.address,
            hash=entry.hash,
        )
