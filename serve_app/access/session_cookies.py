"""The cookies of people who signed in.

Where the service is reached by https their names begin with ``__Host-``: a browser takes such a cookie only from the host
itself, encrypted, for all of its paths, so that no neighbour can put one there.
"""

from typing import Literal
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve_app.wiring import Wiring

Kind = Literal["session", "login"]
_WEB = {"ws": "http", "wss": "https"}
_FRESH = "fresh_session_cookie"


def base_of(connection: HTTPConnection, wiring: Wiring) -> str:
    """What browsers reach the service under, without a slash at its end."""
    if wiring.edge.public_url:
        return wiring.edge.public_url
    url = connection.base_url
    return str(url.replace(scheme=_WEB.get(url.scheme, url.scheme))).rstrip("/")


def name_of(kind: Kind, base: str) -> str:
    return f"__Host-phoenix-{kind}" if base.startswith("https://") else f"phoenix-{kind}"


def value_of(kind: Kind, connection: HTTPConnection, base: str) -> str:
    return connection.cookies.get(name_of(kind, base), "")


def set_cookie(response: Response, kind: Kind, value: str, base: str, *, seconds: int) -> None:
    """Zero seconds remove it."""
    response.set_cookie(
        name_of(kind, base), value, max_age=seconds, path="/", secure=base.startswith("https://"), httponly=True, samesite="lax"
    )


def renew(connection: HTTPConnection, value: str, base: str, *, seconds: int) -> None:
    """The answer to this request, whichever route makes it, brings the browser another token."""
    carrier = Response()
    set_cookie(carrier, "session", value, base, seconds=seconds)
    connection.scope.setdefault("state", {})[_FRESH] = carrier.headers["set-cookie"]


def is_same_site(connection: HTTPConnection, base: str) -> bool:
    """Whether a browser says that one of our own pages sends this; it cannot be made to say so by another one."""
    origin = connection.headers.get("origin")
    site = connection.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    if origin is not None:
        ours, theirs = urlsplit(base), urlsplit(origin)
        return (ours.scheme, ours.netloc.lower()) == (theirs.scheme, theirs.netloc.lower())
    return site is not None


class SessionCookies:
    """Adds what `renew` has noted."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_cookie(message: Message) -> None:
            fresh = scope.get("state", {}).get(_FRESH)
            if message["type"] == "http.response.start" and fresh:
                headers = MutableHeaders(scope=message)
                if not any(value.startswith(fresh.partition("=")[0]) for value in headers.getlist("set-cookie")):
                    headers.append("set-cookie", fresh)
            await send(message)

        await self._app(scope, receive, send_with_cookie if scope["type"] == "http" else send)
