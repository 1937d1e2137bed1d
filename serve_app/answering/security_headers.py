"""Headers that keep a browser from doing with an answer what it is not meant for."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = {
    # of what is no page, which has a policy of its own: nothing in it is run, loaded or framed
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",  # addresses hold job ids
    "Cross-Origin-Resource-Policy": "same-site",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_TRANSPORT = "max-age=31536000"
"""A year. Not for the names below: they are not ours to decide on."""


class SecurityHeaders:
    """Adds them to every HTTP answer; answers of the API are not kept by caches either."""

    def __init__(self, app: ASGIApp, *, is_behind_tls: bool = False) -> None:
        self._app = app
        self._headers = _HEADERS | ({"Strict-Transport-Security": _TRANSPORT} if is_behind_tls else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if "/api/" in scope["path"] or scope["path"].endswith("/graphql"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
