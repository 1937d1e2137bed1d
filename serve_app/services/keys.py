"""API keys: listed, made, rotated, revoked."""

from datetime import timedelta

from jobs_store.errors import KeyNotFoundError, TenantNotFoundError
from jobs_store.keys import ApiKey, NewKey, Scope
from serve_app.access.actions import Action
from serve_app.access.auditing import Auditing
from serve_app.access.auth import Caller
from serve_app.errors import InvalidParametersError, NotAllowedError
from serve_app.moments import zulu
from serve_app.schemas.keys import KeyOrder, RotationOrder
from serve_app.wiring import Wiring


async def listed(wiring: Wiring, caller: Caller) -> list[ApiKey]:
    """The tenant's that are not revoked, oldest first; all tenants' for who operates the service."""
    return [key for key in await wiring.database.keys.list(caller.reach.tenant) if key.revoked_at is None]


def place(key: ApiKey) -> str:
    """In the order of `listed`."""
    return f"{zulu(key.created_at)} {key.key_id}"


async def make(auditing: Auditing, order: KeyOrder) -> tuple[ApiKey, str]:
    """The key and its text. Raises `InvalidParametersError`, `NotAllowedError`, `TenantNotFoundError`."""
    wiring, caller = auditing.wiring, auditing.caller
    if order.expires_at is not None and order.expires_at <= wiring.now():
        raise InvalidParametersError({"expires_at": "is over already"})
    async with auditing.attempt(Action.KEY_CREATE, "key"):
        _require_grantable(caller, order.scopes)
        tenant = _owner(caller, order.tenant)
    new = NewKey(name=order.name, tenant=tenant, scopes=order.scopes, expires_at=order.expires_at)
    key, plain = await wiring.database.keys.create(new)
    await auditing.record(Action.KEY_CREATE, f"key:{key.key_id}", tenant=key.tenant)
    return key, plain


async def revoke(auditing: Auditing, key_id: str) -> ApiKey:
    """At once and for good. Raises `KeyNotFoundError`, `NotAllowedError`."""
    async with auditing.attempt(Action.KEY_REVOKE, f"key:{key_id}"):
        key = await _manageable(auditing.wiring, auditing.caller, key_id)
    async with auditing.of(Action.KEY_REVOKE, f"key:{key.key_id}", tenant=key.tenant):
        if not await auditing.wiring.database.keys.revoke(key.key_id):
            raise KeyNotFoundError(key_id)
    return key


async def rotate(auditing: Auditing, key_id: str, order: RotationOrder) -> tuple[ApiKey, str]:
    """Another text for the same key. Raises `KeyNotFoundError`, `NotAllowedError`, `InvalidParametersError`."""
    wiring = auditing.wiring
    if order.expires_at is not None and order.expires_at <= wiring.now():
        raise InvalidParametersError({"expires_at": "is over already"})
    async with auditing.attempt(Action.KEY_ROTATE, f"key:{key_id}"):
        key = await _manageable(wiring, auditing.caller, key_id)
    overlap = timedelta(minutes=order.overlap_minutes)
    async with auditing.of(Action.KEY_ROTATE, f"key:{key.key_id}", tenant=key.tenant):
        return await wiring.database.keys.rotate(key.key_id, overlap=overlap, expires_at=order.expires_at)


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
