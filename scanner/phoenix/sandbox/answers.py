"""What goes back to a client: JSON, a refusal that teaches, or nothing at all."""

import math
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from scanner.phoenix.sandbox.errors import BodyRefusedError
from scanner.phoenix.sandbox.faults import Faults, RetryAfter
from scanner.phoenix.sandbox.refusal import Refusal

DROP_EXTENSION = "phoenix.sandbox.drop"
"""The ASGI extension of `sandbox.server`: a callable that closes the connection under the request."""


class Complaint(msgspec.Struct, omit_defaults=True):
    """The body of every answer that is not a success."""

    error: str
    refusals: tuple[Refusal, ...] = ()


class Json(Response):
    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return msgspec.json.encode(content)


class DroppedConnection(Response):
    """No answer: the connection closes. Works only under `sandbox.server`, which can reach it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["extensions"][DROP_EXTENSION]()
        while (await receive())["type"] != "http.disconnect":  # the server answers for who leaves before the connection is gone
            pass


def refused(error: BodyRefusedError) -> Json:
    return Json(Complaint("the body is refused", error.refusals), 400)


def unauthorized(reason: str, scheme: str) -> Json:
    return Json(Complaint(reason), 401, headers={"WWW-Authenticate": scheme})


def throttled(faults: Faults, now: float) -> Json:
    return Json(Complaint("too many requests"), 429, headers=_retry_after(faults, now))


def _retry_after(faults: Faults, now: float) -> dict[str, str]:
    match faults.retry_after:
        case RetryAfter.SECONDS:
            return {"Retry-After": str(faults.retry_after_seconds)}
        case RetryAfter.DATE:
            until = datetime.fromtimestamp(math.ceil(now + faults.retry_after_seconds), UTC)
            return {"Retry-After": format_datetime(until, usegmt=True)}
        case RetryAfter.ABSENT:
            return {}
