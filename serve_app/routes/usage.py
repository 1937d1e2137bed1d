"""``GET /api/v1/usage``: what is used of each limit."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from jobs_store.errors import TenantNotFoundError
from serve_app.access.auth import ReaderDep, WiringDep, key_required
from serve_app.schemas.jobs import ApiAnswer

router = APIRouter(prefix="/api/v1/usage", tags=["tenants"], dependencies=key_required)


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


@router.get("", summary="What is used of each limit")
async def show_usage(
    wiring: WiringDep,
    caller: ReaderDep,
    tenant: Annotated[str, Query(max_length=128, description="Another tenant; for who operates the service.")] = "",
) -> UsageAnswer:
    if tenant not in ("", caller.owner) and not caller.is_operator:
        raise TenantNotFoundError(tenant)
    owner = caller.tenant if tenant in ("", caller.owner) else await wiring.database.tenants.get(tenant)
    limits = {}
    for name, used in (await wiring.limiter.usage(owner)).items():
        renewed_at = None if used.renewed_in_seconds is None else wiring.now() + timedelta(seconds=used.renewed_in_seconds)
        remaining = None if used.most is None or used.used is None else max(0, used.most - used.used)
        limits[name] = LimitAnswer(limit=used.most, used=used.used, remaining=remaining, renewed_at=renewed_at)
    return UsageAnswer(tenant=owner.name, limits=limits)
