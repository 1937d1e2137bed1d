"""Tenants: listed, made, changed, removed, given other webhook secrets."""

import base64
import secrets
from datetime import timedelta
from typing import Any

from cluster.webhook_signing import webhook_secret
from jobs_store.keys import Scope
from jobs_store.tenants import DEFAULT_TENANT, Limits, NewTenant, Tenant
from serve_app.access.actions import Action
from serve_app.access.auditing import Auditing
from serve_app.access.auth import Caller, require, require_tenant
from serve_app.errors import InvalidParametersError, NotAllowedError
from serve_app.schemas.tenants import OPERATORS_OWN, NewTenantOrder, PhoenixOrder, TenantChange, WebhookSecretOrder
from serve_app.submitting.phoenix_accounts import require_working
from serve_app.submitting.submission import allowed_urls, is_among
from serve_app.wiring import Wiring


async def listed(wiring: Wiring, caller: Caller) -> list[Tenant]:
    """All for who operates the service; else the caller's own."""
    return [each for each in await wiring.database.tenants.list() if caller.is_operator or each.name == caller.owner]


async def find(wiring: Wiring, caller: Caller, name: str) -> Tenant:
    """Raises `TenantNotFoundError`, also for one that is not the caller's to see."""
    require_tenant(caller, name)
    return await wiring.database.tenants.get(name)


async def make(auditing: Auditing, order: NewTenantOrder) -> Tenant:
    """For who operates the service. Raises `TenantExistsError`, or what a Phoenix account that does not work gives cause to."""
    wiring = auditing.wiring
    account = await _account(wiring, order.phoenix) if order.phoenix is not None else {}
    new = NewTenant(
        name=order.name,
        title=order.title,
        limits=Limits(**order.limits.model_dump()),
        share=order.share,
        retention_days=order.retention_days,
        defaults=order.defaults,
        webhook_secret=_new_secret(),
        uses_service_account=order.uses_service_account,
        **account,
    )
    async with auditing.of(Action.TENANT_CREATE, order.name, tenant=order.name):
        tenant = await wiring.database.tenants.create(new)
    if order.disabled:
        tenant = await wiring.database.tenants.change(tenant.name, {"disabled": True})
    return tenant


async def change(auditing: Auditing, name: str, change: TenantChange) -> Tenant:
    """What is sent is changed; an administrator changes the tenant's title, defaults and Phoenix account."""
    wiring, caller = auditing.wiring, auditing.caller
    async with auditing.attempt(Action.TENANT_CHANGE, name):
        tenant = await find(wiring, caller, name)
        if change.model_fields_set & OPERATORS_OWN and not caller.is_operator:
            raise NotAllowedError(Scope.OPERATOR.value)
    if change.disabled and tenant.name == DEFAULT_TENANT:
        raise InvalidParametersError({"disabled": "the tenant of API_KEY cannot be disabled"})
    values: dict[str, Any] = change.model_dump(include=change.model_fields_set - {"limits", "phoenix"})
    values |= change.limits.model_dump(include=change.limits.model_fields_set)
    if "phoenix" in change.model_fields_set:
        values |= _no_account() if change.phoenix is None else await _account(wiring, change.phoenix, tenant)
    changes = {"enabled" if name == "disabled" and not change.disabled else name for name in change.model_fields_set}
    told = f"{tenant.name}: {', '.join(sorted(changes))}"
    async with auditing.of(Action.TENANT_CHANGE, told, tenant=tenant.name):
        changed = await wiring.database.tenants.change(tenant.name, values)
    wiring.tenants.forget(tenant.name)
    return changed


async def remove(auditing: Auditing, name: str) -> None:
    """For who operates the service. Raises `TenantNotFoundError`, `NotAllowedError`, `TenantBusyError`."""
    wiring, caller = auditing.wiring, auditing.caller
    async with auditing.attempt(Action.TENANT_REMOVE, name):
        await find(wiring, caller, name)  # nobody learns by the refusal below whom else there is
        require(caller, Scope.OPERATOR)
    if name == DEFAULT_TENANT:
        raise InvalidParametersError({"name": "the tenant of API_KEY cannot be removed"})
    async with auditing.of(Action.TENANT_REMOVE, name, tenant=name):
        await wiring.database.tenants.remove(name)
    wiring.tenants.forget(name)


async def rotate_webhook_secret(auditing: Auditing, name: str, order: WebhookSecretOrder) -> str:
    """The new secret, which is told now and never again; the one before signs beside it for a while."""
    wiring = auditing.wiring
    tenant = await find(wiring, auditing.caller, name)
    known = await wiring.database.tenants.webhook_secrets(tenant.name)
    previous = known[0].text if known else webhook_secret(wiring.settings)
    secret, until = _new_secret(), wiring.now() + timedelta(minutes=order.overlap_minutes)
    async with auditing.of(Action.TENANT_ROTATE_WEBHOOK_SECRET, tenant.name, tenant=tenant.name):
        await wiring.database.tenants.rotate_webhook_secret(tenant.name, secret, previous=previous, until=until)
    wiring.tenants.forget(tenant.name)
    return secret


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
