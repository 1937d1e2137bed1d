"""``/api/v1/keys``: who may ask, for which tenant, and what."""

from datetime import timedelta

from fastapi import APIRouter, Response

from jobs_store.errors import KeyNotFoundError, TenantNotFoundError
from jobs_store.keys import ApiKey, NewKey, Scope
from serve_app.access.auditing import Action, AuditDep
from serve_app.access.auth import AdminDep, Caller, WiringDep, key_required
from serve_app.errors import InvalidParametersError, NotAllowedError
from serve_app.schemas.keys import KeyAnswer, KeyOrder, Keys, NewKeyAnswer, RotationOrder
from serve_app.wiring import Wiring

router = APIRouter(prefix="/api/v1/keys", tags=["keys"], dependencies=key_required)


@router.get("", summary="List the keys of the tenant")
async def list_keys(wiring: WiringDep, caller: AdminDep) -> Keys:
    """All tenants' for who operates the service."""
    found = [key for key in await wiring.database.keys.list(caller.reach.tenant) if key.revoked_at is None]
    return Keys(total=len(found), keys=[KeyAnswer.of(key) for key in found])


@router.post("", status_code=201, summary="Make a key")
async def make_key(order: KeyOrder, wiring: WiringDep, caller: AdminDep, audit: AuditDep) -> NewKeyAnswer:
    """Its text is in this answer and never again."""
    if order.expires_at is not None and order.expires_at <= wiring.now():
        raise InvalidParametersError({"expires_at": "is over already"})
    _require_grantable(caller, order.scopes)
    new = NewKey(name=order.name, tenant=_owner(caller, order.tenant), scopes=order.scopes, expires_at=order.expires_at)
    key, plain = await wiring.database.keys.create(new)
    await audit.record(Action.KEY_CREATE, f"key:{key.key_id}", tenant=key.tenant)
    return NewKeyAnswer(**KeyAnswer.of(key).model_dump(), key=plain)


@router.delete("/{key_id}", status_code=204, summary="Revoke a key")
async def revoke_key(key_id: str, wiring: WiringDep, caller: AdminDep, audit: AuditDep) -> Response:
    """At once and for good."""
    key = await _manageable(wiring, caller, key_id)
    async with audit.of(Action.KEY_REVOKE, f"key:{key.key_id}", tenant=key.tenant):
        if not await wiring.database.keys.revoke(key.key_id):
            raise KeyNotFoundError(key_id)
    return Response(status_code=204)


@router.post("/{key_id}/rotate", summary="Give a key another text")
async def rotate_key(
    key_id: str, wiring: WiringDep, caller: AdminDep, audit: AuditDep, order: RotationOrder | None = None
) -> NewKeyAnswer:
    """The key stays the same in all else: its id, its jobs, its scopes. The text before is good for `overlap_minutes` more."""
    order = order or RotationOrder.model_validate({})
    if order.expires_at is not None and order.expires_at <= wiring.now():
        raise InvalidParametersError({"expires_at": "is over already"})
    key = await _manageable(wiring, caller, key_id)
    overlap = timedelta(minutes=order.overlap_minutes)
    async with audit.of(Action.KEY_ROTATE, f"key:{key.key_id}", tenant=key.tenant):
        key, plain = await wiring.database.keys.rotate(key.key_id, overlap=overlap, expires_at=order.expires_at)
    return NewKeyAnswer(**KeyAnswer.of(key).model_dump(), key=plain)


def _owner(caller: Caller, tenant: str | None) -> str:
    """Whose the new key is. Raises `TenantNotFoundError` for a tenant that is not the caller's to see."""
    if caller.is_operator:
        if not tenant:
            raise InvalidParametersError({"tenant": "is missing: a key belongs to a tenant; GET /api/v1/tenants lists them"})
        return tenant
    if tenant not in (None, caller.owner):
        raise TenantNotFoundError(tenant or "")
    return caller.owner


def _require_grantable(caller: Caller, scopes: frozenset[Scope]) -> None:
    """An administrator has all that there is in a tenant to give; only an operator makes another one."""
    if Scope.OPERATOR in scopes and not caller.is_operator:
        raise NotAllowedError(Scope.OPERATOR.value)


async def _manageable(wiring: Wiring, caller: Caller, key_id: str) -> ApiKey:
    """Raises `KeyNotFoundError`, also for another tenant's; `NotAllowedError` for an operator's: its text is worth more."""
    key = await wiring.database.keys.get(key_id, caller.reach.tenant)
    _require_grantable(caller, key.scopes)
    return key
