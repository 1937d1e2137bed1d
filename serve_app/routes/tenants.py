"""``/api/v1/tenants``: teams that share the service, each with its limits, credentials, secrets and defaults."""

from fastapi import APIRouter, Response

from serve_app.access.auditing import AuditDep
from serve_app.access.auth import AdminDep, OperatorDep, WiringDep, key_required
from serve_app.schemas.tenants import (
    NewTenantOrder,
    TenantAnswer,
    TenantChange,
    Tenants,
    WebhookSecretAnswer,
    WebhookSecretOrder,
)
from serve_app.services import tenants

router = APIRouter(prefix="/api/v1/tenants", tags=["tenants"], dependencies=key_required)


@router.get("", summary="List tenants")
async def list_tenants(wiring: WiringDep, caller: AdminDep) -> Tenants:
    """All for who operates the service; else the key's own."""
    shown = [TenantAnswer.of(tenant, wiring.settings) for tenant in await tenants.listed(wiring, caller)]
    return Tenants(total=len(shown), tenants=shown)


@router.post("", status_code=201, summary="Make a tenant")
async def make_tenant(order: NewTenantOrder, wiring: WiringDep, caller: OperatorDep, audit: AuditDep) -> TenantAnswer:
    """With a webhook signing secret of its own; `POST …/webhook-secret` tells one. A key comes from `POST /api/v1/keys`."""
    return TenantAnswer.of(await tenants.make(audit, order), wiring.settings)


@router.get("/{name}", summary="Show a tenant")
async def show_tenant(name: str, wiring: WiringDep, caller: AdminDep) -> TenantAnswer:
    return TenantAnswer.of(await tenants.find(wiring, caller, name), wiring.settings)


@router.patch("/{name}", summary="Change a tenant")
async def change_tenant(name: str, change: TenantChange, wiring: WiringDep, caller: AdminDep, audit: AuditDep) -> TenantAnswer:
    """What is sent is changed. An administrator changes the tenant's title, defaults and Phoenix account."""
    return TenantAnswer.of(await tenants.change(audit, name, change), wiring.settings)


@router.delete("/{name}", status_code=204, summary="Remove a tenant")
async def remove_tenant(name: str, caller: AdminDep, audit: AuditDep) -> Response:
    """Its keys open nothing from here on, its secrets are forgotten, its jobs and reports go with the next clean-up.

    409 while some of its jobs have not ended.
    """
    await tenants.remove(audit, name)
    return Response(status_code=204)


@router.post("/{name}/webhook-secret", summary="Make a webhook signing secret")
async def rotate_webhook_secret(
    name: str, caller: AdminDep, audit: AuditDep, order: WebhookSecretOrder | None = None
) -> WebhookSecretAnswer:
    """The secret is in this answer and never again. Webhooks carry signatures by it and, for a while, by the one before."""
    order = order or WebhookSecretOrder.model_validate({})
    return WebhookSecretAnswer(secret=await tenants.rotate_webhook_secret(audit, name, order))
