"""What clients send, held to its form before strawberry looks at it, which takes the form for granted."""

import json
from json import JSONDecodeError
from typing import Any

import msgspec
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler

from serve_app.graphql.context import Context

MOST_NESTED = 50
"""Lists and objects within each other: more than anything that is taken has, and far less than Python's stack."""
_MOST_REASON_BYTES = 123
"""Of a close frame."""


def decoded(data: str | bytes) -> Any:
    """An object, or a list of operations.

    Raises `JSONDecodeError` for anything else, also for what Python's decoder gives up on.
    """
    try:
        said = json.loads(data)
    except (RecursionError, UnicodeDecodeError, TypeError) as error:  # no text at all, as ASGI may tell of a binary frame
        raise JSONDecodeError(str(error), "", 0) from error
    if not isinstance(said, dict | list):
        raise JSONDecodeError("is neither an object nor a list", "", 0)
    if _is_deeper(said, MOST_NESTED):
        raise JSONDecodeError(f"is nested more than {MOST_NESTED} deep", "", 0)
    return said


def _is_deeper(value: Any, most: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    within = value.values() if isinstance(value, dict) else value
    return most == 0 or any(_is_deeper(each, most - 1) for each in within)


class Asked(msgspec.Struct, rename="camel"):
    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None


class Init(msgspec.Struct, tag="connection_init"):
    payload: dict[str, Any] = {}


class Ping(msgspec.Struct, tag="ping"):
    pass


class Pong(msgspec.Struct, tag="pong"):
    pass


class Subscribe(msgspec.Struct, tag="subscribe"):
    id: str
    payload: Asked


class Complete(msgspec.Struct, tag="complete"):
    id: str


Message = Init | Ping | Pong | Subscribe | Complete


class Conversation(BaseGraphQLTransportWSHandler[Context, None]):
    """Closes with 4400 at the first message that is not one of the protocol's."""

    async def handle_message(self, message: Any) -> None:
        try:
            msgspec.convert(message, Message)
        except msgspec.ValidationError as error:
            await self.handle_invalid_message(str(error))
        else:
            await super().handle_message(message)


class Socket(ASGIWebSocketAdapter):
    """A reason for closing holds what the client has sent, of any length, and a close frame has little room."""

    async def close(self, code: int, reason: str) -> None:
        await super().close(code, reason.encode()[:_MOST_REASON_BYTES].decode(errors="ignore"))
