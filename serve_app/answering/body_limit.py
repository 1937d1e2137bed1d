"""Reports are taken by few routes; everywhere else a large body is refused before it is read."""

import re

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve_app.answering.answers import TABLE, details_of, error_answer
from serve_app.errors import TooLargeError

MOST_BYTES = 64_000
MOST_BULK_BYTES = 4_000_000
"""An order of a bulk lists up to ten thousand sources."""
_REPORTS = re.compile(r".*/api/v1/(upload|uploads/[^/]+/parts/[^/]+|trials)/?")
"""Routes that measure what they take themselves."""
_BULKS = re.compile(r".*/api/v[12]/bulks/?")


class BodyLimit:
    """Refuses what is announced as too large, and breaks off what turns out to be."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _REPORTS.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        most_bytes = MOST_BULK_BYTES if _BULKS.fullmatch(scope["path"]) else MOST_BYTES
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > most_bytes:
            error = TooLargeError("the body", most_bytes)
            answer = TABLE[TooLargeError]
            await error_answer(answer.status, answer.code, str(error), details_of(error))(scope, receive, send)
            return
        received = 0

        async def receive_measured() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most_bytes:
                raise HTTPException(413, str(TooLargeError("the body", most_bytes)))  # the framework lets only this one pass
            return message

        await self._app(scope, receive_measured, send)
