"""Bodies are taken by one route; everywhere else a large one is refused before it is read."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from serve_app.answers import TABLE, details_of, error_answer
from serve_app.errors import TooLargeError

MOST_BYTES = 64_000


class BodyLimit:
    """Refuses what is announced as too large; of what is not announced no route reads anything."""

    def __init__(self, app: ASGIApp, *, unlimited_path: str) -> None:
        self._app, self._unlimited_path = app, unlimited_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].rstrip("/").endswith(self._unlimited_path):
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > MOST_BYTES:
            error = TooLargeError("the body", MOST_BYTES)
            answer = TABLE[TooLargeError]
            await error_answer(answer.status, answer.code, str(error), details_of(error))(scope, receive, send)
            return
        await self._app(scope, receive, send)
