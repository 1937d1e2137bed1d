"""Outermost of what sees a request: gives it its id and its span, counts it, and answers what nobody else has."""

import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cluster.metering import Meter
from cluster.metering.metrics import HTTP_REQUESTS, HTTP_SECONDS, OTHER
from cluster.tracing import NOWHERE, Kind, Span, span, trace_id_of
from serve_app.answering.request_context import REQUEST_ID, RequestContext, request_id_of, within

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ASKED_ALL_THE_TIME = frozenset({"/metrics", "/api/v1/health", "/api/v1/ping"})
_HEADS = ("http.response.start", "websocket.accept")
Unexpected = Callable[[Request, Exception], Awaitable[Response]]


class SeenRequests:
    def __init__(self, app: ASGIApp, *, meter: Meter, unexpected: Unexpected) -> None:
        self._app, self._meter, self._unexpected = app, meter, unexpected

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        began, answered, status = time.monotonic(), False, 0
        headers = Headers(scope=scope)
        request_id = request_id_of(headers.get(REQUEST_ID, ""))

        async def send_seen(message: Message) -> None:
            nonlocal answered, status
            if message["type"] in _HEADS:
                answered = True
                message.setdefault("headers", [])
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            if message["type"] == "http.response.start":
                status = message["status"]
                self._count(scope, status, time.monotonic() - began)
            await send(message)

        sent = headers.get("traceparent")
        parent = sent if trace_id_of(sent) else None
        with _span(scope, parent) as traced, within(*_context(request_id, traced.traceparent or parent)):
            try:
                await self._app(scope, receive, send_seen)
            except Exception as error:
                # the framework's own answer would come from outside of here, and know of no request id
                if scope["type"] == "http" and not answered:
                    answer = await self._unexpected(Request(scope), error)
                    await answer(scope, receive, send_seen)
                raise
            finally:
                traced.rename(f"{scope.get('method', 'WS')} {route_of(scope)}")
                traced.note("http.route", route_of(scope))
                traced.note("http.response.status_code", status)
                if status >= 500:
                    traced.fail(str(status))

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else OTHER
        self._meter.count(HTTP_REQUESTS, method, route_of(scope), str(status))
        self._meter.observe(HTTP_SECONDS, seconds)


def _span(scope: Scope, parent: str | None) -> AbstractContextManager[Span]:
    """Of HTTP alone: a watcher stays for as long as a job takes. None of what is asked all the time."""
    if scope["type"] != "http" or scope["path"] in _ASKED_ALL_THE_TIME:
        return NOWHERE
    method = scope["method"] if scope["method"] in _METHODS else OTHER
    return span(method, {"http.request.method": method}, parent=parent, kind=Kind.SERVER)


def _context(request_id: str, traceparent: str | None) -> tuple[RequestContext, dict[str, str]]:
    trace_id = trace_id_of(traceparent)
    return RequestContext(request_id, traceparent), {"trace_id": trace_id} if trace_id else {}


def route_of(scope: Scope) -> str:
    """As it is declared, whatever was asked for; `OTHER` where there is none of that path."""
    path: str = getattr(scope.get("route"), "path", OTHER)
    return path
