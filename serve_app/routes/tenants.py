"""``/api/v1/tenants``: teams that share the service, each with its limits, credentials, secrets and defaults."""

import base64
import secrets
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Response

from cluster.webhook_signing import webhook_secret
from jobs_store.errors import TenantNotFoundError
from jobs_store.keys import Scope
from jobs_store.tenants import DEFAULT_TENANT, Limits, NewTenant, Tenant
from serve_app.access.auditing import Action, AuditDep
from serve_app.access.auth import AdminDep, Caller, OperatorDep, WiringDep, key_required, require
from serve_app.errors import InvalidParametersError, NotAllowedError
from serve_app.schemas.tenants import (
    OPERATORS_OWN,
    NewTenantOrder,
    PhoenixOrder,
    TenantAnswer,
    TenantChange,
    Tenants,
    WebhookSecretAnswer,
    WebhookSecretOrder,
)
from serve_app.submitting.phoenix_accounts import require_working
from serve_app.submitting.submission import allowed_urls, is_among
from serve_app.wiring import Wiring

router = APIRouter(prefix="/api/v1/tenants", tags=["tenants"], dependencies=key_required)


@router.get("", summary="List tenants")
async def list_tenants(wiring: WiringDep, caller: AdminDep) -> Tenants:
    """All for who operates the service; else the key's own."""
    found = await wiring.database.tenants.list()
    shown = [TenantAnswer.of(tenant, wiring.settings) for tenant in found if caller.is_operator or tenant.name == caller.owner]
    return Tenants(total=len(shown), tenants=shown)


@router.post("", status_code=201, summary="Make a tenant")
async def make_tenant(order: NewTenantOrder, wiring: WiringDep, caller: OperatorDep, audit: AuditDep) -> TenantAnswer:
    """With a webhook signing secret of its own; `POST …/webhook-secret` tells one. A key comes from `POST /api/v1/keys`."""
    account = await _account(wiring, order.phoenix) if order.phoenix is not None else {}
    new = NewTenant(
        name=order.name,
        title=order.title,
        limits=Limits(**order.limits.model_dump()),
        retention_days=order.retention_days,
        defaults=order.defaults,
        webhook_secret=_new_secret(),
        uses_service_account=order.uses_service_account,
        **account,
    )
    async with audit.of(Action.TENANT_CREATE, order.name, tenant=order.name):
        tenant = await wiring.database.tenants.create(new)
    if order.disabled:
        tenant = await wiring.database.tenants.change(tenant.name, {"disabled": True})
    return TenantAnswer.of(tenant, wiring.settings)


@router.get("/{name}", summary="Show a tenant")
async def show_tenant(name: str, wiring: WiringDep, caller: AdminDep) -> TenantAnswer:
    return TenantAnswer.of(await _visible(wiring, caller, name), wiring.settings)


@router.patch("/{name}", summary="Change a tenant")
async def change_tenant(name: str, change: TenantChange, wiring: WiringDep, caller: AdminDep, audit: AuditDep) -> TenantAnswer:
    """What is sent is changed. An administrator changes the tenant's title, defaults and Phoenix account."""
    tenant = await _visible(wiring, caller, name)
    if change.model_fields_set & OPERATORS_OWN and not caller.is_operator:
        raise NotAllowedError(Scope.OPERATOR.value)
    if change.disabled and tenant.name == DEFAULT_TENANT:
        raise InvalidParametersError({"disabled": "the tenant of API_KEY cannot be disabled"})
    values: dict[str, Any] = change.model_dump(include=change.model_fields_set - {"limits", "phoenix"})
    values |= change.limits.model_dump(include=change.limits.model_fields_set)
    if "phoenix" in change.model_fields_set:
        values |= _no_account() if change.phoenix is None else await _account(wiring, change.phoenix, tenant)
    told = f"{tenant.name}: {', '.join(sorted(change.model_fields_set))}"
    async with audit.of(Action.TENANT_CHANGE, told, tenant=tenant.name):
        changed = await wiring.database.tenants.change(tenant.name, values)
    wiring.tenants.forget(tenant.name)
    return TenantAnswer.of(changed, wiring.settings)


@router.delete("/{name}", status_code=204, summary="Remove a tenant")
async def remove_tenant(name: str, wiring: WiringDep, caller: AdminDep, audit: AuditDep) -> Response:
    """Its keys open nothing from here on, its secrets are forgotten, its jobs and reports go with the next clean-up.

    409 while some of its jobs have not ended.
    """
    await _visible(wiring, caller, name)  # nobody learns by the refusal below whom else there is
    require(caller, Scope.OPERATOR)
    if name == DEFAULT_TENANT:
        raise InvalidParametersError({"name": "the tenant of API_KEY cannot be removed"})
    async with audit.of(Action.TENANT_REMOVE, name, tenant=name):
        await wiring.database.tenants.remove(name)
    wiring.tenants.forget(name)
    return Response(status_code=204)


@router.post("/{name}/webhook-secret", summary="Make a webhook signing secret")
async def rotate_webhook_secret(
    name: str, wiring: WiringDep, caller: AdminDep, audit: AuditDep, order: WebhookSecretOrder | None = None
) -> WebhookSecretAnswer:
    """The secret is in this answer and never again. Webhooks carry signatures by it and, for a while, by the one before."""
    tenant = await _visible(wiring, caller, name)
    order = order or WebhookSecretOrder.model_validate({})
    known = await wiring.database.tenants.webhook_secrets(tenant.name)
    previous = known[0].text if known else webhook_secret(wiring.settings)
    secret, until = _new_secret(), wiring.now() + timedelta(minutes=order.overlap_minutes)
    async with audit.of(Action.TENANT_ROTATE_WEBHOOK_SECRET, tenant.name, tenant=tenant.name):
        await wiring.database.tenants.rotate_webhook_secret(tenant.name, secret, previous=previous, until=until)
    wiring.tenants.forget(tenant.name)
    return WebhookSecretAnswer(secret=secret)


async def _visible(wiring: Wiring, caller: Caller, name: str) -> Tenant:
    if not caller.is_operator and name != caller.owner:
        raise TenantNotFoundError(name)
    return await wiring.database.tenants.get(name)


async def _account(wiring: Wiring, order: PhoenixOrder, known: Tenant | None = None) -> dict[str, str | None]:
    """The columns of credentials that work. Raises `InvalidParametersError`, `PhoenixUnavailableError`."""
    own_url = None if known is None else known.phoenix_url
    url = order.url if "url" in order.model_fields_set else own_url
    if url is not None and not is_among(url, allowed_urls(wiring.settings)):
        raise InvalidParametersError(
            {"phoenix.url": "is not allowed; the service's administrator lists it in PHOENIX_ALLOWED_URLS"}
        )
    if order.client_id is None or order.client_secret is None:
        missing = "phoenix.client_id" if order.client_id is None else "phoenix.client_secret"
        raise InvalidParametersError({missing: "is missing: an account is its id and its secret, which go to one URL"})
    await require_working(url or wiring.settings.phoenix_api_url, order.client_id, order.client_secret)
    return {"phoenix_url": url, "phoenix_client_id": order.client_id, "phoenix_client_secret": order.client_secret}


def _no_account() -> dict[str, str | None]:
    return {"phoenix_url": None, "phoenix_client_id": None, "phoenix_client_secret": None}


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
