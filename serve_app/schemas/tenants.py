"""Tenants in the API."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from cluster.settings import Settings
from jobs_store.tenants import TENANT_NAME, Limits, Tenant
from serve_app.schemas.form_fields import FormFields
from serve_app.schemas.jobs import ApiAnswer

_Amount = Annotated[int | None, Field(ge=0, le=1 << 62)]
_NOT_A_DEFAULT = frozenset(
    {"scanner_type", "mapping", "path", "phoenix_client_id", "phoenix_client_secret", "phoenix_api_url", "webhook_headers"}
)
"""What belongs to one report, or is kept elsewhere and encrypted."""


class _Order(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True, extra="forbid")


def _checked_name(value: str) -> str:
    if not TENANT_NAME.fullmatch(value):
        raise ValueError("must be 1 to 63 of a-z, 0-9 and -, and not begin with -")
    return value


class LimitsOrder(_Order):
    """Null is the service's own setting."""

    uploads_per_minute: _Amount = None
    bytes_per_day: _Amount = None
    stored_bytes: _Amount = None
    jobs_waiting: _Amount = None
    jobs_running: _Amount = None
    watchers: _Amount = None
    graphql_cost: _Amount = None


class PhoenixOrder(_Order):
    """Where the tenant's findings go. Tried out by asking Phoenix for a token before it is kept."""

    url: str | None = Field(None, max_length=512, examples=["https://api.securityphoenix.cloud"])
    """Null: the service's own. Another one must be on the allow-list, and comes with the id and the secret for it."""
    client_id: str | None = Field(None, min_length=1, max_length=256, repr=False)
    client_secret: str | None = Field(None, min_length=1, max_length=1024, repr=False)
    """Kept encrypted; no answer tells it."""


def _checked_defaults(value: dict[str, Any]) -> dict[str, Any]:
    if wrong := sorted((value.keys() - FormFields.model_fields.keys()) | (value.keys() & _NOT_A_DEFAULT)):
        raise ValueError(f"{', '.join(wrong)} cannot be a default")
    return FormFields.model_validate(value).model_dump(mode="json", exclude_unset=True)


Defaults = Annotated[dict[str, Any], AfterValidator(_checked_defaults)]


class TenantSettings(_Order):
    """What an administrator of the tenant may change."""

    title: str = Field("", max_length=256, pattern=r"^[^\x00-\x1f\x7f]*$", examples=["Payments"])
    defaults: Defaults = Field(default_factory=dict, examples=[{"import_type": "merge", "assessment_name": "{stem}, {date}"}])
    """Text fields of an upload that are taken where it does not send them; replaced as a whole."""
    phoenix: PhoenixOrder | None = Field(None, examples=[{"client_id": "…", "client_secret": "…"}])
    """Null, in a change, forgets the tenant's credentials."""


class TenantChange(TenantSettings):
    """What is sent is changed; the rest stays. From `limits` on for operators alone."""

    limits: LimitsOrder = LimitsOrder.model_validate({})
    """What is sent in it is changed."""
    share: int = Field(1, ge=1, le=100)
    """Of the work, beside others that have jobs waiting: with 3 it has three running for each of a tenant that has 1."""
    retention_days: float | None = Field(None, ge=0, le=36_500, allow_inf_nan=False)
    """How long reports of ended jobs are kept; null is the service's own setting."""
    uses_service_account: bool = False
    """Whether jobs go to Phoenix by the service's own credentials where neither they nor the tenant bring some."""
    disabled: bool = False
    """Keys open nothing, waiting jobs wait; running ones go on."""


class NewTenantOrder(TenantChange):
    name: Annotated[str, AfterValidator(_checked_name)] = Field(examples=["payments"])


OPERATORS_OWN = frozenset({"limits", "share", "retention_days", "uses_service_account", "disabled"})


class PhoenixAnswer(ApiAnswer):
    url: str
    client_id: str | None
    has_secret: bool


class TenantWebhook(ApiAnswer):
    has_secret: bool
    """false: webhooks are signed by the service's own."""


class TenantAnswer(ApiAnswer):
    """A tenant without its secrets."""

    name: str
    title: str
    share: int
    limits: dict[str, int | None]
    """Null: the service's own setting; `GET /api/v1/usage` tells what it comes to."""
    retention_days: float
    defaults: dict[str, Any]
    phoenix: PhoenixAnswer
    webhook: TenantWebhook
    uses_service_account: bool
    disabled: bool
    created_at: Any

    @classmethod
    def of(cls, tenant: Tenant, settings: Settings) -> "TenantAnswer":
        days = settings.cleanup_after_days if tenant.retention_days is None else tenant.retention_days
        url = tenant.phoenix_url or settings.phoenix_api_url
        return cls(
            name=tenant.name,
            title=tenant.title,
            share=tenant.share,
            limits={name: getattr(tenant.limits, name) for name in Limits.__dataclass_fields__},
            retention_days=days,
            defaults=dict(tenant.defaults),
            phoenix=PhoenixAnswer(url=url, client_id=tenant.phoenix_client_id, has_secret=tenant.has_phoenix_secret),
            webhook=TenantWebhook(has_secret=tenant.has_webhook_secret),
            uses_service_account=tenant.uses_service_account,
            disabled=tenant.disabled_at is not None,
            created_at=tenant.created_at,
        )


class Tenants(ApiAnswer):
    total: int
    tenants: list[TenantAnswer]


class WebhookSecretOrder(_Order):
    overlap_minutes: float = Field(1440, ge=0, le=43_200, allow_inf_nan=False)
    """How long webhooks are signed by the secret before, too."""


class WebhookSecretAnswer(ApiAnswer):
    """The only answer that tells the secret."""

    secret: str = Field(repr=False, examples=["whsec_…"])


class LimitAnswer(ApiAnswer):
    limit: int | None
    """Null: there is none."""
    used: int | None
    """Null: it is not counted, since there is no limit."""
    remaining: int | None
    renewed_at: datetime | None
    """Of what is counted in a time: when all of it is free again, if nothing comes."""


class UsageAnswer(ApiAnswer):
    tenant: str
    limits: dict[str, LimitAnswer]
    """By name, as `PATCH /api/v1/tenants/{name}` sets them."""
