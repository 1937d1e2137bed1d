"""Tenants as they cross the border of the store. Times are aware and in UTC."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any, Self

TENANT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
"""As a whole: it stands in paths, object names and labels."""
DEFAULT_TENANT = "default"
"""Of ``API_KEY``, and of all that was there before tenants were. Cannot be disabled or removed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a tenant may use at most; None is what the settings say, and where they are silent there is no limit."""

    uploads_per_minute: int | None = None
    """Requests that bring a report, or order or announce one."""
    bytes_per_day: int | None = None
    """Of reports, as they are sent."""
    stored_bytes: int | None = None
    """Of reports that are kept for jobs and unused uploads."""
    jobs_waiting: int | None = None
    jobs_running: int | None = None
    watchers: int | None = None
    """WebSockets and followed logs that are open at once."""
    graphql_cost: int | None = None
    """Points of one query."""

    def known(self) -> dict[str, int]:
        """Those that are set."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """From what a newer or older version stored: names that are unknown here are passed over."""
        return cls(**{each.name: values.get(each.name) for each in fields(cls)})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTenant:
    """``phoenix_client_secret`` and ``webhook_secret`` are in clear here, and encrypted in the store."""

    name: str
    title: str = ""
    limits: Limits = Limits()
    share: int = 1
    retention_days: float | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    phoenix_url: str | None = None
    phoenix_client_id: str | None = field(default=None, repr=False)
    phoenix_client_secret: str | None = field(default=None, repr=False)
    webhook_secret: str | None = field(default=None, repr=False)
    uses_service_account: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A tenant as it is now, without its secrets."""

    name: str
    title: str
    limits: Limits
    share: int
    """Of the work: with 3 it has three jobs running for each of a tenant that has 1, while both have some waiting."""
    retention_days: float | None
    """None: as the settings say."""
    defaults: Mapping[str, Any]
    """Text fields of an upload that are taken where it does not send them."""
    phoenix_url: str | None
    phoenix_client_id: str | None = field(repr=False)
    has_phoenix_secret: bool
    has_webhook_secret: bool
    uses_service_account: bool
    """Whether the credentials of the settings are taken where neither the upload nor the tenant has some."""
    created_at: datetime
    disabled_at: datetime | None
    removed_at: datetime | None
    """Nobody sees it any more; its rows go once its objects are gone."""

    @property
    def is_open(self) -> bool:
        return self.disabled_at is None and self.removed_at is None


@dataclass(frozen=True, slots=True)
class TenantCredentials:
    """A tenant's stored Phoenix credentials, in clear; ``url`` is where they may go."""

    url: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WebhookSecret:
    """``whsec_…`` in clear; good until then, and for good where that is None."""

    text: str = field(repr=False)
    until: datetime | None
