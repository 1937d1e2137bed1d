"""Request ids within Ray Serve.

Serve 2.60 takes any id that a client sends, however long, and appends its own header to each answer, beside the one that
`serve_app.answering.seen_requests` sets. It keeps giving each request an id, ours; the header is left to us.
"""

from typing import Any

from ray.serve._private import http_util
from starlette.datastructures import MutableHeaders
from starlette.types import Receive, Scope, Send

from serve_app.answering.request_context import REQUEST_ID, request_id_of


def leave_request_ids_to_us() -> None:
    """For this process, before its first request. Fails where Serve is built in another way."""
    middleware: Any = getattr(http_util, "RequestIdMiddleware", None)
    if middleware is None:
        raise TypeError("Ray Serve sets request ids elsewhere now: see that each answer has one")

    async def pass_on(self: Any, scope: Scope, receive: Receive, send: Send) -> None:
        headers = MutableHeaders(scope=scope)
        headers[REQUEST_ID] = request_id_of(headers.get(REQUEST_ID, ""))
        await self._app(scope, receive, send)

    middleware.__call__ = pass_on
