"""Usage: what is used of each limit."""

from datetime import timedelta

from serve_app.access.auth import Caller, require_tenant
from serve_app.schemas.tenants import LimitAnswer, UsageAnswer
from serve_app.wiring import Wiring


async def of(wiring: Wiring, caller: Caller, tenant: str = "") -> UsageAnswer:
    """The caller's tenant's where none is named. Raises `TenantNotFoundError`."""
    require_tenant(caller, tenant or None)
    owner = caller.tenant if tenant in ("", caller.owner) else await wiring.database.tenants.get(tenant)
    limits = {}
    for name, used in (await wiring.limiter.usage(owner)).items():
        renewed_at = None if used.renewed_in_seconds is None else wiring.now() + timedelta(seconds=used.renewed_in_seconds)
        remaining = None if used.most is None or used.used is None else max(0, used.most - used.used)
        limits[name] = LimitAnswer(limit=used.most, used=used.used, remaining=remaining, renewed_at=renewed_at)
    return UsageAnswer(tenant=owner.name, limits=limits)
