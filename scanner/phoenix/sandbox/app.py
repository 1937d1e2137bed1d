"""The sandbox as an ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from scanner.phoenix.sandbox.answers import Complaint, Json
from scanner.phoenix.sandbox.api import PhoenixApi
from scanner.phoenix.sandbox.inspection import Inspection
from scanner.phoenix.sandbox.sandbox import Sandbox
from scanner.phoenix.sandbox.settings import SandboxSettings


def create_app(settings: SandboxSettings) -> Starlette:
    """A sandbox of its own; ends its imports when it shuts down.

    Faults that close connections need `scanner.phoenix.sandbox.server` around it: ASGI by itself has no way to.
    """
    return app_of(Sandbox(settings))


def app_of(sandbox: Sandbox) -> Starlette:
    """The application around a sandbox that the caller holds on to."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await sandbox.imports.stop()

    return Starlette(
        routes=[*PhoenixApi(sandbox).routes(), *Inspection(sandbox).routes()],
        exception_handlers={HTTPException: _complain},
        lifespan=lifespan,
    )


async def _complain(request: Request, error: Exception) -> Response:
    """404 and 405 as JSON, as all other answers are."""
    if not isinstance(error, HTTPException):
        raise error
    return Json(
        Complaint(f"{request.method} {request.url.path}: {error.detail}"), error.status_code, headers=dict(error.headers or {})
    )
