"""Outermost of what sees a request: gives it its id, counts it, and answers what nobody else has."""

import time
from collections.abc import Awaitable, Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cluster.metering import Meter
from cluster.metering.metrics import HTTP_REQUESTS, HTTP_SECONDS, OTHER
from serve_app.answering.request_context import REQUEST_ID, RequestContext, request_id_of, within

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_HEADS = ("http.response.start", "websocket.accept")
Unexpected = Callable[[Request, Exception], Awaitable[Response]]


class SeenRequests:
    def __init__(self, app: ASGIApp, *, meter: Meter, unexpected: Unexpected) -> None:
        self._app, self._meter, self._unexpected = app, meter, unexpected

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        began, answered = time.monotonic(), False
        request_id = request_id_of(Headers(scope=scope).get(REQUEST_ID, ""))

        async def send_seen(message: Message) -> None:
            nonlocal answered
            if message["type"] in _HEADS:
                answered = True
                message.setdefault("headers", [])
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            if message["type"] == "http.response.start":
                self._count(scope, message["status"], time.monotonic() - began)
            await send(message)

        with within(RequestContext(request_id)):
            try:
                await self._app(scope, receive, send_seen)
            except Exception as error:
                # the framework's own answer would come from outside of here, and know of no request id
                if scope["type"] == "http" and not answered:
                    answer = await self._unexpected(Request(scope), error)
                    await answer(scope, receive, send_seen)
                raise

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else OTHER
        self._meter.count(HTTP_REQUESTS, method, route_of(scope), str(status))
        self._meter.observe(HTTP_SECONDS, seconds)


def route_of(scope: Scope) -> str:
    """As it is declared, whatever was asked for; `OTHER` where there is none of that path."""
    path: str = getattr(scope.get("route"), "path", OTHER)
    return path
