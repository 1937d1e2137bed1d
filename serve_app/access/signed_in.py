"""Who asks, where no key says so in the request itself: a token of the issuer, or the session of a person who signed in."""

from datetime import timedelta

from starlette.requests import HTTPConnection

from jobs_store.sessions import Session
from serve_app.access.confirming import confirmed
from serve_app.access.session_cookies import base_of, is_same_site, renew, value_of
from serve_app.errors import CrossSiteError, MissingKeyError
from serve_app.identity.oidc.claims import Identity
from serve_app.identity.oidc.tokens import looks_like_token
from serve_app.wiring import Wiring, utc_now

_SAFE = ("GET", "HEAD", "OPTIONS")


def is_token_of_issuer(presented: str, wiring: Wiring) -> bool:
    """Whether it is to be judged as one; else it is an API key, or nothing."""
    return wiring.sign_in is not None and wiring.sign_in.takes_tokens and looks_like_token(presented)


async def identity_of_token(token: str, wiring: Wiring) -> Identity:
    """Raises `WrongTokenError`, `IssuerUnavailableError`."""
    assert wiring.sign_in is not None
    return await wiring.sign_in.identity_of_token(token)


async def session_of(connection: HTTPConnection, wiring: Wiring) -> Session | None:
    """None where no session that is still good comes with the request. Raises `CrossSiteError`.

    A request that may change something, and a WebSocket, has to come from one of our own pages: a browser sends the cookie
    whoever's page it is that asks. One statement where there is a cookie; a token that has been in use for a while is replaced.
    Of a session that was made from a key, `serve_app.access.auth.person` says whether the key is still good.
    """
    base = base_of(connection, wiring)
    token = value_of("session", connection, base)
    session = await wiring.database.sessions.find(
        token,
        idle=timedelta(minutes=wiring.edge.session_idle_minutes),
        unconfirmed=timedelta(minutes=wiring.edge.session_unconfirmed_minutes),
    )
    if session is None or (session.key_sha256 is None and not takes_people(wiring)):
        return None
    is_socket = connection.scope["type"] == "websocket"
    if (is_socket or connection.scope["method"] not in _SAFE) and not is_same_site(connection, base):
        raise CrossSiteError
    if session.confirmation_due and (session := await confirmed(session, connection, wiring)) is None:
        return None
    if session.rotation_due and not is_socket and (fresh := await wiring.database.sessions.rotate(token)):
        renew(connection, fresh, base, seconds=max(1, int((session.expires_at - utc_now()).total_seconds())))
    return session


def takes_people(wiring: Wiring) -> bool:
    """Whether an issuer is set up at which people sign in."""
    return wiring.sign_in is not None and wiring.sign_in.takes_people


async def required_session(connection: HTTPConnection, wiring: Wiring) -> Session:
    """Raises `MissingKeyError`, `CrossSiteError`."""
    if (session := await session_of(connection, wiring)) is None:
        raise MissingKeyError
    return session
