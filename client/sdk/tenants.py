"""What the service says about tenants and what they use."""

from datetime import datetime

import msgspec


class PhoenixAccount(msgspec.Struct, frozen=True, kw_only=True):
    url: str
    client_id: str | None = None
    has_secret: bool = False


class WebhookSigning(msgspec.Struct, frozen=True, kw_only=True):
    has_secret: bool = False
    """False: webhooks are signed by the service's own secret."""


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant as it was when the service answered; its secrets are told by nobody."""

    name: str
    title: str = ""
    share: int = 1
    """Of the work, beside others that have jobs waiting."""
    limits: dict[str, int | None] = {}
    retention_days: float = 0.0
    defaults: dict[str, object] = {}
    phoenix: PhoenixAccount
    webhook: WebhookSigning = WebhookSigning()
    uses_service_account: bool = False
    disabled: bool = False
    created_at: datetime | None = None


class TenantList(msgspec.Struct, frozen=True, kw_only=True):
    total: int
    tenants: list[Tenant]


class WebhookSecret(msgspec.Struct, frozen=True, kw_only=True):
    secret: str


class LimitUse(msgspec.Struct, frozen=True, kw_only=True):
    """None for what is not limited, and for what is not counted because of that."""

    limit: int | None = None
    used: int | None = None
    remaining: int | None = None
    renewed_at: datetime | None = None


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    tenant: str
    limits: dict[str, LimitUse]
