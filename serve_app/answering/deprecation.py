"""What will go: told with every answer of it, by the headers ``Deprecation`` (RFC 9745), ``Sunset`` (RFC 8594) and ``Link``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class Deprecation:
    """``since`` may lie ahead; ``sunset`` is when it may be gone, a year later at least (docs/versions.md)."""

    since: datetime
    sunset: datetime | None
    successor: str
    """What to ask instead, as a path."""

    def headers(self) -> dict[str, str]:
        told = {"Deprecation": f"@{int(self.since.timestamp())}", "Link": f'<{self.successor}>; rel="successor-version"'}
        if self.sunset is not None:
            told["Sunset"] = format_datetime(self.sunset, usegmt=True)
        return told


DEPRECATED: dict[tuple[str, str], Deprecation] = {}
"""By method and path as the OpenAPI document has them. Nothing is, today."""


class Deprecations:
    """Adds the headers to answers of deprecated routes, refusals too."""

    def __init__(self, app: ASGIApp, deprecated: Mapping[tuple[str, str], Deprecation]) -> None:
        self._app, self._deprecated = app, deprecated

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_announced(message: Message) -> None:
            if message["type"] == "http.response.start":
                path = getattr(scope.get("route"), "path", "")
                if known := self._deprecated.get((scope["method"], path)):
                    MutableHeaders(scope=message).update(known.headers())
            await send(message)

        await self._app(scope, receive, send_announced if scope["type"] == "http" else send)


def announce(app: FastAPI, deprecated: Mapping[tuple[str, str], Deprecation]) -> None:
    """In the OpenAPI document, where tools that make clients look."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        document = describe()
        for method, path in deprecated:
            document["paths"][path][method.lower()]["deprecated"] = True
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to change it
