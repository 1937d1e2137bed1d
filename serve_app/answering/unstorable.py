"""Text that no database keeps: refused before anything looks for it. PostgreSQL has no NUL in a text."""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from serve_app.answering.answers import TABLE, details_of, error_answer
from serve_app.errors import InvalidParametersError

_NUL = "\0"
_NUL_IN_QUERY = re.compile(rb"%00|\x00")


class UnstorableText:
    """A path with a NUL leads nowhere; a query with one is invalid."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif _NUL in scope["path"]:
            await error_answer(404, "not_found", "there is nothing whose name has a NUL in it")(scope, receive, send)
        elif _NUL_IN_QUERY.search(scope["query_string"]):
            error = InvalidParametersError({"query": "has a NUL in it"})
            answer = TABLE[InvalidParametersError]
            await error_answer(answer.status, answer.code, str(error), details_of(error))(scope, receive, send)
        else:
            await self._app(scope, receive, send)
