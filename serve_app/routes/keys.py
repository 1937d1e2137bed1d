"""``/api/v1/keys``: who may ask, for which tenant, and what."""

from fastapi import APIRouter, Response

from serve_app.access.auditing import AuditDep
from serve_app.access.auth import AdminDep, WiringDep, key_required
from serve_app.schemas.keys import KeyAnswer, KeyOrder, Keys, NewKeyAnswer, RotationOrder
from serve_app.services import keys

router = APIRouter(prefix="/api/v1/keys", tags=["keys"], dependencies=key_required)


@router.get("", summary="List the keys of the tenant")
async def list_keys(wiring: WiringDep, caller: AdminDep) -> Keys:
    """All tenants' for who operates the service."""
    found = await keys.listed(wiring, caller)
    return Keys(total=len(found), keys=[KeyAnswer.of(key) for key in found])


@router.post("", status_code=201, summary="Make a key")
async def make_key(order: KeyOrder, caller: AdminDep, audit: AuditDep) -> NewKeyAnswer:
    """Its text is in this answer and never again."""
    key, plain = await keys.make(audit, order)
    return NewKeyAnswer(**KeyAnswer.of(key).model_dump(), key=plain)


@router.delete("/{key_id}", status_code=204, summary="Revoke a key")
async def revoke_key(key_id: str, caller: AdminDep, audit: AuditDep) -> Response:
    """At once and for good."""
    await keys.revoke(audit, key_id)
    return Response(status_code=204)


@router.post("/{key_id}/rotate", summary="Give a key another text")
async def rotate_key(key_id: str, caller: AdminDep, audit: AuditDep, order: RotationOrder | None = None) -> NewKeyAnswer:
    """The key stays the same in all else: its id, its jobs, its scopes. The text before is good for `overlap_minutes` more."""
    key, plain = await keys.rotate(audit, key_id, order or RotationOrder.model_validate({}))
    return NewKeyAnswer(**KeyAnswer.of(key).model_dump(), key=plain)
