"""The access token that all requests to a tenant share."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

import aiohttp
import msgspec

from scanner.phoenix.answers import failure
from scanner.phoenix.credentials import PhoenixCredentials
from scanner.phoenix.errors import PhoenixAuthError, UnexpectedAnswerError
from scanner.phoenix.exchange import Answer, exchange
from scanner.phoenix.observing import NoObserver, Observer

_ASSUMED_LIFE_SECONDS = 3600.0
_MARGIN_SECONDS = 60.0
_PATH = "/v1/auth/access_token"


class TokenSource(Protocol):
    """Tokens are credentials: whoever implements this logs none."""

    async def token(self) -> str:
        """The token to use now. Raises PhoenixAuthError or, worth another try, PhoenixUnavailableError."""
        ...

    async def renew(self, stale: str) -> str:
        """Another token than ``stale``, which was refused. Many may ask at once for the same: one request is made."""
        ...


class _Token(msgspec.Struct):
    token: str
    expiry: float | None = None


class LocalTokens:
    """The token of one event loop; fetched when first needed, shortly before it expires, and when it was refused.

    At most one fetch is under way. ``clock`` gives Unix seconds.
    """

    def __init__(
        self,
        credentials: PhoenixCredentials,
        http: aiohttp.ClientSession,
        *,
        clock: Callable[[], float] = time.time,
        observer: Observer | None = None,
    ) -> None:
        self._credentials = credentials
        self._observer = observer or NoObserver()
        self._http = http
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token = ""
        self._renew_at = 0.0

    async def token(self) -> str:
        if not self._fresh():
            async with self._lock:
                if not self._fresh():
                    await self._fetch()
        return self._token

    async def renew(self, stale: str) -> str:
        async with self._lock:
            if self._token == stale or not self._fresh():
                await self._fetch()
        return self._token

    def fresh_seconds(self) -> float:
        """For how long the token may be used without asking again."""
        return max(self._renew_at - self._clock(), 0.0)

    def _fresh(self) -> bool:
        return bool(self._token) and self._clock() < self._renew_at

    async def _fetch(self) -> None:
        with self._observer.sending("GET", _PATH) as observed:
            headers = {"Authorization": self._credentials.basic_authorization(), **observed.headers}
            answer = await exchange(self._http, "GET", self._credentials.url(_PATH), headers=headers)
            observed.answered(answer.status)
        now = self._clock()
        if answer.status == 400:
            raise PhoenixAuthError("HTTP 400 for the client id and secret")
        if error := failure(answer, sent_bytes=0, now=datetime.fromtimestamp(now, UTC)):
            raise error
        fetched = _read(answer)
        life = _ASSUMED_LIFE_SECONDS if fetched.expiry is None else fetched.expiry - now
        if life <= 0:
            # A new token that is already over means that the clocks disagree; a 401 will tell when it really is.
            life = _ASSUMED_LIFE_SECONDS
        self._token, self._renew_at = fetched.token, now + life - min(_MARGIN_SECONDS, life / 2)


def _read(answer: Answer) -> _Token:
    try:
        fetched = msgspec.json.decode(answer.body, type=_Token)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise UnexpectedAnswerError("no access token in the answer; is the URL that of a Phoenix API?", answer.status) from None
    if not fetched.token.isascii() or not fetched.token.isprintable() or not fetched.token or " " in fetched.token:
        raise UnexpectedAnswerError("an access token that no header can carry", answer.status)
    return fetched
