"""``/api/v1/health`` and ``/api/v1/ping``, which need no key."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from serve_app.access.auth import WiringDep
from serve_app.answering.answers import RETRY_AFTER_SECONDS
from serve_app.health import Condition, Health, HealthCheck
from serve_app.schemas.jobs import Ping

router = APIRouter(prefix="/api/v1", tags=["health"])


@router.get("/health", summary="How the service and what it depends on are", response_model=Health)
async def health(request: Request) -> JSONResponse:
    """503, with the same document, only when nothing can be taken: the database or the storage is away."""
    check: HealthCheck = request.app.state.health
    found = await check.ask()
    if found.status is Condition.UNHEALTHY:
        return JSONResponse(found.model_dump(mode="json"), 503, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
    return JSONResponse(found.model_dump(mode="json"))


@router.get("/ping", summary="Whether the API answers")
async def ping(wiring: WiringDep) -> Ping:
    return Ping(timestamp=wiring.now())
