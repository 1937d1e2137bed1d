"""``GET /api/v1/usage``: what is used of each limit."""

from typing import Annotated

from fastapi import APIRouter, Query

from serve_app.access.auth import ReaderDep, WiringDep, key_required
from serve_app.schemas.tenants import UsageAnswer
from serve_app.services import usage

router = APIRouter(prefix="/api/v1/usage", tags=["tenants"], dependencies=key_required)


@router.get("", summary="What is used of each limit")
async def show_usage(
    wiring: WiringDep,
    caller: ReaderDep,
    tenant: Annotated[str, Query(max_length=128, description="Another tenant; for who operates the service.")] = "",
) -> UsageAnswer:
    return await usage.of(wiring, caller, tenant)
