"""The ASGI application: pure wiring, testable without Ray."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from serve_app.access.auditing import record_refusals
from serve_app.access.session_cookies import SessionCookies
from serve_app.answering.answers import ErrorAnswer, install_error_answers, unexpected
from serve_app.answering.body_limit import BodyLimit
from serve_app.answering.deprecation import DEPRECATED, Deprecations, announce
from serve_app.answering.early_answers import EarlyAnswers
from serve_app.answering.exposition import Exposition
from serve_app.answering.head_requests import HeadRequests
from serve_app.answering.pages import with_pages
from serve_app.answering.request_context import REQUEST_ID
from serve_app.answering.revalidation import Revalidation
from serve_app.answering.security_headers import SecurityHeaders
from serve_app.answering.seen_requests import SeenRequests
from serve_app.answering.unstorable import UnstorableText
from serve_app.graphql.router import graphql_router
from serve_app.health import VERSION, HealthCheck
from serve_app.routes import (
    audit,
    bulks,
    direct_uploads,
    formats,
    health,
    index,
    job_records,
    jobs,
    keys,
    log_level,
    metrics,
    overview,
    sign_in,
    tenants,
    trials,
    uploads,
    usage,
    v2,
    webhooks,
    websocket,
)
from serve_app.routes.job_records import JSON_LINES, OCTETS
from serve_app.wiring import Wiring

_DESCRIPTION = """\
Brings security scan reports of any size into the Phoenix Security platform.

`POST /api/v1/upload` takes a report and answers with a job; its `websocket_url` tells what happens to it while it happens.
`POST /api/v1/uploads` takes one of any size, in parts.
`POST /api/v1/bulks` takes thousands.
Every answer of 400 and above has the shape `{error, message, details, timestamp, request_id}`. All times are in UTC.
"""
_ROUTERS: tuple[tuple[APIRouter, tuple[int, ...]], ...] = (
    (uploads.router, (400, 401, 403, 413, 415, 422, 429, 503)),
    (direct_uploads.router, (400, 401, 403, 404, 409, 413, 415, 422, 429, 503)),
    (bulks.router, (400, 401, 403, 404, 409, 413, 422, 429, 503)),
    (jobs.router, (400, 401, 403, 404, 409, 413, 503)),
    (job_records.router, (400, 401, 403, 404, 410, 429, 503)),
    (overview.router, (400, 401, 403, 503)),
    (formats.router, (400, 401, 403, 404, 503)),
    (trials.router, (400, 401, 403, 413, 429, 503)),
    (webhooks.router, (400, 401, 403, 404, 409, 413, 503)),
    (usage.router, (400, 401, 403, 404, 503)),
    (keys.router, (400, 401, 403, 404, 413, 503)),
    (tenants.router, (400, 401, 403, 404, 409, 413, 503)),
    (audit.router, (400, 401, 403, 503)),
    (sign_in.router, (400, 401, 403, 404, 413, 429, 503)),
    (metrics.router, (400, 401, 403, 503)),
    (log_level.router, (400, 401, 403, 413, 503)),
)
"""With the refusals that the OpenAPI document tells of."""


def create_app(wiring: Wiring) -> FastAPI:
    """Takes the wiring over: it is closed when the application shuts down."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        wiring.telemetry.start()
        yield
        await wiring.close()

    app = with_pages(title="Phoenix Scanner", version=VERSION, description=_DESCRIPTION, lifespan=lifespan)
    app.state.wiring = wiring
    app.state.health = HealthCheck(wiring)
    app.state.exposition = Exposition(wiring.telemetry, wiring.database)
    install_error_answers(app)
    record_refusals(app)
    app.include_router(graphql_router())
    for router, statuses in _ROUTERS:
        app.include_router(router, responses={status: _refusal(status) for status in statuses})
    app.include_router(health.router, responses={status: {"model": ErrorAnswer} for status in (400, 503)})
    for router in v2.ROUTERS:
        app.include_router(router)
    app.include_router(websocket.router)
    app.include_router(index.router)
    announce(app, DEPRECATED)
    index.mount_assets(app)
    _add_middleware(app, wiring)
    return app


def _refusal(status: int) -> dict[str, Any]:
    """As ``{"model": ErrorAnswer}``, which FastAPI would make anew for each route and status: half of a start."""
    schema = {"$ref": f"#/components/schemas/{ErrorAnswer.__name__}"}
    return {"description": HTTPStatus(status).phrase, "content": {"application/json": {"schema": schema}}}


def _add_middleware(app: FastAPI, wiring: Wiring) -> None:
    """The last added sees a request first."""
    streams = (*DEFAULT_EXCLUDED_CONTENT_TYPES, JSON_LINES, OCTETS)
    app.add_middleware(Revalidation)
    app.add_middleware(Deprecations, deprecated=DEPRECATED)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5, exclude_content_types=streams)
    app.add_middleware(BodyLimit)
    app.add_middleware(UnstorableText)
    app.add_middleware(SecurityHeaders, is_behind_tls=wiring.edge.is_behind_tls)
    app.add_middleware(SessionCookies)
    if origins := wiring.settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["X-API-Key", "Authorization", "Idempotency-Key", "Content-Type", "If-None-Match"],
            expose_headers=["Retry-After", "ETag", "Deprecation", "Sunset", "Link", REQUEST_ID],
            max_age=600,
        )
    app.add_middleware(HeadRequests)
    app.add_middleware(EarlyAnswers)
    app.add_middleware(SeenRequests, meter=wiring.telemetry.meter, unexpected=unexpected)
