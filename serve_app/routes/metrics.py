"""``GET /metrics``, for Prometheus."""

import hmac
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.requests import HTTPConnection

from jobs_store.keys import Scope
from serve_app.access.auth import WiringDep, authenticate, documented, presented_key, require
from serve_app.answering.exposition import Exposition

_TEXT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {}, "application/openmetrics-text": {}}, "description": "Of all replicas and actors"}
}


async def _scraper(connection: HTTPConnection, wiring: WiringDep) -> None:
    """``METRICS_TOKEN``, which opens nothing else, or a key of an operator."""
    token = wiring.settings.metrics_token
    if token is not None and hmac.compare_digest(presented_key(connection).encode(), token.get_secret_value().encode()):
        return
    require(await authenticate(connection, wiring), Scope.OPERATOR)


router = APIRouter(tags=["operation"], dependencies=[*documented, Depends(_scraper)])


@router.get("/metrics", summary="Metrics, as Prometheus reads them", response_class=Response, responses=_TEXT)
async def metrics(request: Request) -> Response:
    """The same sums whichever replica is asked. OpenMetrics where that is asked for."""
    exposition: Exposition = request.app.state.exposition
    text, content_type = await exposition.text(request.headers.get("accept", ""))
    return Response(text, headers={"Content-Type": content_type, "Cache-Control": "no-store"})
