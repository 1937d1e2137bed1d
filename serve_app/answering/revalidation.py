"""What a client has already is not sent again: ``ETag``, ``If-None-Match`` and ``Cache-Control``."""

import hashlib
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FOR_EVERYBODY = "public, max-age=3600"
"""Of what is the same for all who ask, and changes with a release."""
_OWN = "private, no-cache"
"""A browser may keep it, nobody in between, and asks each time whether it is still good."""
_MOMENTARY = re.compile(r".*/api/v\d+/(health|ping)/?")
"""How things are just now: never the same twice."""
_HAS_TAGS = re.compile(r"/api/|/(docs)?$")
_TYPES = ("application/json", "application/problem+json", "text/html")


class Revalidation:
    """Gives answers to ``GET`` below ``/api/`` a tag of their content, and answers 304 where the client has that already.

    The pages for people have tags too. Tags are weak: the body may leave compressed. Answers that are streamed have none, nor
    those that say ``no-store``.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_read = scope["type"] == "http" and scope["method"] == "GET" and _HAS_TAGS.search(scope["path"])
        if not is_read or _MOMENTARY.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope).get("if-none-match", "")
        start: Message | None = None

        async def send_tagged(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _can_be_kept(message):
                start = message  # until the body is there
                return
            if start is None:
                await send(message)
                return
            begun, start = start, None
            if message.get("more_body", False):
                await send(begun)
                await send(message)
                return
            headers = MutableHeaders(scope=begun)
            tag = f'W/"{hashlib.blake2b(message.get("body", b""), digest_size=16).hexdigest()}"'
            headers["ETag"] = tag
            headers.setdefault("Cache-Control", _OWN)
            if not _fits(asked, tag):
                await send(begun)
                await send(message)
                return
            for name in ("content-length", "content-type"):
                del headers[name]
            await send({**begun, "status": 304})
            await send({"type": "http.response.body", "body": b""})

        await self._app(scope, receive, send_tagged)


def _can_be_kept(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    is_document = headers.get("content-type", "").partition(";")[0] in _TYPES
    return start["status"] == 200 and is_document and "no-store" not in headers.get("cache-control", "")


def _fits(asked: str, tag: str) -> bool:
    """As RFC 9110 compares for ``If-None-Match``: whether a tag is weak makes no difference."""
    known = {each.strip().removeprefix("W/") for each in asked.split(",")}
    return "*" in known or tag.removeprefix("W/") in known
