"""What the issuer says of itself, and its keys: fetched when they are needed first, kept for an hour."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from serve_app.errors import IssuerUnavailableError
from serve_app.identity.oidc.fetching import fetch_json, require_safe

_GOOD_FOR_SECONDS = 3600.0
_AGAIN_AFTER_SECONDS = 60.0
"""Not sooner, whatever keys tokens name and however often it failed: anybody can make up a key's name."""
_RETRY_SECONDS = 5.0
"""After the very first could not be had: nobody gets in until then."""
_STALE_SECONDS = 24 * 3600.0
"""For so long keys that are known are believed while the issuer is away."""
_MOST_KEYS = 100

Key = Mapping[str, Any]


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """Of its discovery document, what is used."""

    issuer: str
    jwks_uri: str
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    end_session_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


@dataclass(frozen=True)
class _Known:
    metadata: Metadata
    keys: tuple[Key, ...]
    fetched_at: float


class Issuer:
    """One per process. Raises `IssuerUnavailableError` where it cannot be asked and nothing usable is known."""

    def __init__(self, address: str, *, client: httpx.AsyncClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._address, self.client, self._clock = address, client, clock
        self._known: _Known | None = None
        self._tried_at = float("-inf")
        self._lock = asyncio.Lock()

    async def metadata(self) -> Metadata:
        return (await self._fresh()).metadata

    async def keys(self, key_id: str | None) -> list[Key]:
        """The keys that a token may be signed with which names that one; of one that names none, all.

        An unknown one may be new: then all are fetched again, once a minute at most.
        """
        known = await self._fresh()
        if found := _of_id(known.keys, key_id):
            return found
        async with self._lock:
            if self._known is not None and self._may_try():
                await self._fetch(keep=self._known)
        return _of_id((self._known or known).keys, key_id)

    async def _fresh(self) -> _Known:
        known = self._known
        if known is not None and self._clock() - known.fetched_at < _GOOD_FOR_SECONDS:
            return known
        async with self._lock:
            if self._known is known:
                if self._may_try():
                    await self._fetch(keep=known)
                elif known is None:
                    raise IssuerUnavailableError("it was away a moment ago")
        if self._known is None or self._clock() - self._known.fetched_at > _STALE_SECONDS:
            raise IssuerUnavailableError("its keys are too old")
        return self._known

    def _may_try(self) -> bool:
        return self._clock() - self._tried_at >= _AGAIN_AFTER_SECONDS

    async def _fetch(self, *, keep: _Known | None) -> None:
        """Failing, it keeps what is known; raises where that is nothing."""
        self._tried_at = self._clock()
        try:
            metadata = await self._discovered()
            self._known = _Known(metadata, await self._published(metadata), self._clock())
        except IssuerUnavailableError:
            if keep is None:
                self._tried_at = self._clock() - _AGAIN_AFTER_SECONDS + _RETRY_SECONDS
                raise

    async def _published(self, metadata: Metadata) -> tuple[Key, ...]:
        status, document = await fetch_json(self.client, "GET", metadata.jwks_uri)
        keys = document.get("keys")
        if status != 200 or not isinstance(keys, list):
            raise IssuerUnavailableError("it gives no keys")
        return tuple(key for key in keys[:_MOST_KEYS] if isinstance(key, dict) and key.get("use", "sig") == "sig")

    async def _discovered(self) -> Metadata:
        address = f"{self._address.rstrip('/')}/.well-known/openid-configuration"
        status, document = await fetch_json(self.client, "GET", address)
        try:
            metadata = msgspec.convert(document, Metadata)
        except msgspec.ValidationError as error:
            raise IssuerUnavailableError("its discovery document lacks what is needed") from error
        if status != 200 or metadata.issuer != self._address:
            raise IssuerUnavailableError("its discovery document is that of another issuer")
        for endpoint in (metadata.authorization_endpoint, metadata.token_endpoint, metadata.end_session_endpoint):
            if endpoint:
                require_safe(endpoint)
        return metadata


def _of_id(keys: tuple[Key, ...], key_id: str | None) -> list[Key]:
    return [key for key in keys if key_id is None or key.get("kid") == key_id]
