"""``/api/v2/keys``, ``/tenants`` and ``/audit``: listed. They are changed by version 1 and by GraphQL."""

from operator import attrgetter
from typing import Annotated

from fastapi import APIRouter, Query

from jobs_store.audit.records import document
from serve_app.access.auth import AdminDep, WiringDep, key_required
from serve_app.routes.v2.parameters import After, Limit
from serve_app.schemas.keys import KeyAnswer
from serve_app.schemas.problems import problems
from serve_app.schemas.tenants import TenantAnswer
from serve_app.schemas.v2 import AuditEntryV2, AuditV2, KeysV2, TenantsV2
from serve_app.services import keys, tenants
from serve_app.services.pages import number_of, slice_of

router = APIRouter(
    prefix="/api/v2",
    tags=["v2 administration"],
    dependencies=key_required,
    responses=problems(400, 401, 403, 503),
)


@router.get("/keys", summary="List the keys of the tenant, the oldest first")
async def list_keys(wiring: WiringDep, caller: AdminDep, after: After = "", limit: Limit = 100) -> KeysV2:
    """All tenants' for who operates the service."""
    page = slice_of(await keys.listed(wiring, caller), keys.place, after, limit)
    return KeysV2(items=[KeyAnswer.of(key) for key in page.items], next=page.next)


@router.get("/tenants", summary="List tenants, by name")
async def list_tenants(wiring: WiringDep, caller: AdminDep, after: After = "", limit: Limit = 100) -> TenantsV2:
    """All for who operates the service; else the key's own."""
    page = slice_of(await tenants.listed(wiring, caller), attrgetter("name"), after, limit)
    return TenantsV2(items=[TenantAnswer.of(tenant, wiring.settings) for tenant in page.items], next=page.next)


@router.get("/audit", summary="The audit log, the oldest first")
async def audit_log(
    wiring: WiringDep,
    caller: AdminDep,
    action: Annotated[str, Query(max_length=64, description="Only entries of this action.")] = "",
    actor: Annotated[str, Query(max_length=256, description="Only what this actor did.")] = "",
    after: After = "",
    limit: Limit = 100,
) -> AuditV2:
    """Of the tenant, of everybody for who operates the service. An entry's `seq` is a cursor."""
    found = await wiring.database.audit.list(
        after=max(0, number_of(after)), limit=limit + 1, tenant=caller.reach.tenant, action=action, actor=actor
    )
    items = [AuditEntryV2.model_validate(document(entry)) for entry in found[:limit]]
    return AuditV2(items=items, next=str(items[-1].seq) if len(found) > limit else None)
