"""``HEAD`` is answered wherever ``GET`` is, as RFC 9110 has it: uptime monitors and ``curl -I`` ask so."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadRequests:
    """Asks for the same by ``GET``, so whoever may is who may ``GET``, and sends the head of the answer alone.

    What is streamed is told that the client has gone as soon as its head is known, and makes no more of the body.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        asked = {**scope, "method": "GET"}
        coming: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]
        answered = asyncio.Event()

        async def receive_until_answered() -> Message:
            if coming:
                return coming.pop()
            await answered.wait()
            return {"type": "http.disconnect"}

        async def send_head(message: Message) -> None:
            if message["type"] != "http.response.start":
                return
            if "route" in asked:
                scope["route"] = asked["route"]  # whoever counts requests looks for it there
            await send(message)
            await send({"type": "http.response.body", "body": b""})
            answered.set()

        await self._app(asked, receive_until_answered, send_head)
