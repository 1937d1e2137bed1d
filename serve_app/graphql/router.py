"""``POST /graphql`` and the WebSocket at the same place (protocol ``graphql-transport-ws``)."""

from datetime import timedelta
from json import JSONDecodeError
from typing import Any
from urllib.parse import urlsplit

from cross_web import HTTPException
from fastapi import APIRouter
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket
from strawberry.exceptions import ConnectionRejectionError
from strawberry.fastapi import GraphQLRouter
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.unset import UNSET

from serve_app.access.auditing import record_refusal
from serve_app.access.auth import WiringDep, authenticate
from serve_app.access.session_cookies import base_of
from serve_app.answering.answers import TABLE, error_answer
from serve_app.errors import InvalidParametersError, ServeAppError, WrongKeyError
from serve_app.graphql.context import MOST_OPERATIONS, Context
from serve_app.graphql.messages import Conversation, Socket, decoded
from serve_app.graphql.schema import schema
from serve_app.limiting.errors import LimitReachedError
from serve_app.wiring import Wiring

_HELLO_SECONDS = 10
_HEADERS = ("x-api-key", "authorization")


class Face(GraphQLRouter[Context, None]):
    """Refusals in our form; a socket says who it is in its first message, or by the headers or the session it comes with."""

    graphql_transport_ws_handler_class = Conversation
    websocket_adapter_class = Socket

    def decode_json(self, data: str | bytes) -> object:
        return decoded(data)

    def parse_json(self, data: str | bytes) -> Any:
        try:
            return decoded(data)
        except JSONDecodeError as error:
            raise HTTPException(400, f"the body cannot be read as JSON: {error.msg}") from error

    async def run(self, request: Any, context: Any = UNSET, root_value: Any = UNSET) -> Any:
        try:
            return await super().run(request, context, root_value)
        except HTTPException as refusal:
            code = {404: "not_found", 405: "method_not_allowed"}.get(refusal.status_code, TABLE[InvalidParametersError].code)
            return error_answer(refusal.status_code, code, refusal.reason)

    async def on_ws_connect(self, context: Context) -> Any:
        assert isinstance(context.request, WebSocket)
        connection = _introduced(context.request, context.connection_params or {})
        try:
            context.caller = await authenticate(connection, context.wiring)
        except ServeAppError as refusal:
            if isinstance(refusal, WrongKeyError):
                await record_refusal(context.wiring, connection)
                await _slow_down(context)
            raise ConnectionRejectionError from refusal
        return UNSET

    def is_websocket_origin_allowed(self, request: WebSocket, origin: str) -> bool:
        """Of pages that are not at the name by which we are called: where browsers reach us, and what CORS allows."""
        wiring: Wiring = request.app.state.wiring
        ours, theirs = urlsplit(base_of(request, wiring)), urlsplit(origin)
        is_ours = (ours.scheme, ours.netloc.lower()) == (theirs.scheme, theirs.netloc.lower())
        return is_ours or origin in list(wiring.settings.cors_origins)


async def _slow_down(context: Context) -> None:
    try:
        await context.wiring.attempts.failed(context.address)
    except LimitReachedError as reached:
        raise ConnectionRejectionError from reached


def _introduced(socket: WebSocket, said: dict[str, object]) -> HTTPConnection:
    """As if what the first message says had come in headers: browsers cannot send any with a socket."""
    spoken = {name.lower(): value for name, value in said.items() if isinstance(value, str)}
    added = [(name.encode(), spoken[name].encode("utf-8", "replace")) for name in _HEADERS if name in spoken]
    kept = [(name, value) for name, value in socket.scope["headers"] if not added or name.decode("latin-1") not in _HEADERS]
    return HTTPConnection({**socket.scope, "headers": [*kept, *added]})


async def _context(connection: HTTPConnection, wiring: WiringDep) -> Context:
    """A request has to say who asks before anything of it is read."""
    is_socket = connection.scope["type"] == "websocket"
    caller = None if is_socket else await authenticate(connection, wiring)
    return Context(wiring, wiring.addresses.of(connection), caller)


def graphql_router() -> APIRouter:
    """GraphiQL needs scripts from elsewhere, queries by GET and forms are what other sites can make a browser send: all off."""
    return Face(
        schema,
        path="/graphql",
        graphql_ide=None,
        allow_queries_via_get=False,
        multipart_uploads_enabled=False,
        context_getter=_context,
        subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
        connection_init_wait_timeout=timedelta(seconds=_HELLO_SECONDS),
        max_subscriptions_per_connection=MOST_OPERATIONS,
        include_in_schema=False,
    )
