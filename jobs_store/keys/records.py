"""API keys as they cross the border of the store: never their text. Times are aware and in UTC."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from jobs_store.tenants.records import Tenant


class Scope(StrEnum):
    SUBMIT = "submit"
    """Upload, order, and cancel, retry and watch what one sees; without `read` that is what the same key has submitted."""
    READ = "read"
    """See everything of the tenant."""
    ADMIN = "admin"
    """Keys, webhooks, settings and audit of the tenant."""
    OPERATOR = "operator"
    """All of it, for all tenants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """``tenant`` has no default: a key that nobody has given to a tenant is refused."""

    DEFAULT_SCOPES: ClassVar = frozenset((Scope.SUBMIT, Scope.READ))

    name: str
    tenant: str
    scopes: frozenset[Scope] = DEFAULT_SCOPES
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    key_id: str
    name: str
    tenant: str
    scopes: frozenset[Scope]
    prefix: str
    """How its text begins: enough to recognise it by, too little to guess it from. Empty for keys of before."""
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    """Exact to a minute."""
    revoked_at: datetime | None
    rotated_at: datetime | None


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key that opens something now, and whose it is."""

    key: ApiKey
    tenant: Tenant
