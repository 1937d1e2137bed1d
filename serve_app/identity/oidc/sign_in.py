"""Signing in by the authorization code flow with PKCE, and the identities of bearer tokens.

What has to be remembered between leaving for the issuer and coming back stands encrypted in a cookie, so that any replica may
finish what another began, and only the browser that began it.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import msgspec

from cluster.settings import Settings
from jobs_store.errors import SecretError
from jobs_store.secrets import SecretBox
from serve_app.edge_settings import EdgeSettings
from serve_app.errors import IssuerUnavailableError, SignInError, WrongTokenError
from serve_app.identity.oidc.claims import ClaimMapping, Identity
from serve_app.identity.oidc.fetching import fetch_json
from serve_app.identity.oidc.issuer import Issuer, Metadata
from serve_app.identity.oidc.tokens import verified

LEFT_FOR = timedelta(minutes=10)
"""How long a person may take at the issuer."""


class _Begun(msgspec.Struct, frozen=True):
    state: str
    nonce: str
    verifier: str
    next: str
    until: float


@dataclass(frozen=True, slots=True)
class Leaving:
    """Where to send the browser, and what it has to bring back."""

    url: str
    kept: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who has come back from the issuer, to which page, and what they are renewed for: sealed, None where it gave nothing."""

    identity: Identity
    next: str
    renewal: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tokens:
    id_token: str | None = field(repr=False)
    refresh_token: str | None = field(repr=False)


class SignIn:
    """One per process."""

    def __init__(self, settings: Settings, edge: EdgeSettings, *, client: httpx.AsyncClient | None = None) -> None:
        self._edge = edge
        secret = settings.oidc_client_secret
        self._secret = secret.get_secret_value() if secret else ""
        self._box = SecretBox.from_setting(settings.secret_key.get_secret_value())
        self._client = client or httpx.AsyncClient(trust_env=True, headers={"Accept": "application/json"})
        self.issuer = Issuer(edge.oidc_issuer, client=self._client)
        self._claims = ClaimMapping(
            tenant_claim=edge.oidc_tenant_claim,
            tenants=dict(_pair(text) for text in edge.oidc_tenant_map),
            scope_claim=edge.oidc_scope_claim,
            scopes={name: tuple(worth.split()) for name, worth in map(_pair, edge.oidc_scope_map)},
            name_claim=edge.oidc_name_claim,
        )

    @property
    def takes_tokens(self) -> bool:
        return bool(self._edge.oidc_audience)

    @property
    def takes_people(self) -> bool:
        return bool(self._edge.oidc_client_id)

    async def close(self) -> None:
        await self._client.aclose()

    async def identity_of_token(self, token: str) -> Identity:
        """Raises `WrongTokenError`, `IssuerUnavailableError`."""
        audience = self._edge.oidc_audience
        return self._claims.identity(await verified(token, self.issuer, address=self._edge.oidc_issuer, audience=audience))

    async def begin(self, redirect_uri: str, next_page: str, now: datetime) -> Leaving:
        """Raises `IssuerUnavailableError`."""
        metadata = await self.issuer.metadata()
        begun = _Begun(
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            next=next_page,
            until=(now + LEFT_FOR).timestamp(),
        )
        asked = {
            "response_type": "code",
            "client_id": self._edge.oidc_client_id,
            "redirect_uri": redirect_uri,
            "scope": self._edge.oidc_request_scopes,
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": _challenge(begun.verifier),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in metadata.authorization_endpoint else "?"
        url = f"{metadata.authorization_endpoint}{joint}{urlencode(asked)}"
        return Leaving(url, self._box.encrypt(msgspec.json.encode(begun).decode()))

    async def finish(self, kept: str, answer: Mapping[str, str], redirect_uri: str, now: datetime) -> Arrival:
        """Who has come back with the issuer's ``answer``, and the page that they wanted.

        Raises `SignInError`, `WrongTokenError`, `IssuerUnavailableError`.
        """
        begun = self._begun(kept, now)
        if not hmac.compare_digest(answer.get("state", "").encode(), begun.state.encode()):
            raise SignInError("it was not begun in this browser, or begun twice; try again")
        if answer.get("iss", self._edge.oidc_issuer) != self._edge.oidc_issuer:
            raise SignInError("somebody else than the issuer answers")
        if "code" not in answer:
            raise SignInError("the issuer refused it")
        tokens = await self._exchanged(answer["code"], begun.verifier, redirect_uri)
        claims = await self._claims_of_person(tokens.id_token or "")
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), begun.nonce.encode()):
            raise SignInError("the issuer answers another sign-in")
        return Arrival(self._claims.identity(claims), begun.next, self._sealed(tokens.refresh_token))

    async def renew(self, renewal: str, known: Identity) -> tuple[Identity, str]:
        """What the issuer says now of whom it vouched for, and what they are renewed for next (OpenID Connect Core, 12).

        An issuer that answers without an ID token says that its grant still stands, and no more.
        Raises `SignInError` and `WrongTokenError` where it no longer vouches for them, `IssuerUnavailableError`.
        """
        try:
            token = self._box.decrypt(renewal)
        except SecretError as error:
            raise SignInError("it was begun under another SECRET_KEY") from error
        status, tokens = await self._asked_for_tokens({"grant_type": "refresh_token", "refresh_token": token})
        if status != 200:
            raise SignInError("the issuer does not renew it")
        renewed = self._sealed(tokens.refresh_token) or renewal
        if tokens.id_token is None:
            return known, renewed
        claims = await self._claims_of_person(tokens.id_token)
        if claims["sub"] != known.subject:
            raise WrongTokenError("it is of somebody else")
        return self._claims.identity(claims), renewed

    async def _claims_of_person(self, id_token: str) -> dict[str, Any]:
        claims = await verified(id_token, self.issuer, address=self._edge.oidc_issuer, audience=self._edge.oidc_client_id)
        if claims.get("azp", self._edge.oidc_client_id) != self._edge.oidc_client_id:
            raise WrongTokenError("it is meant for somebody else")
        return claims

    def _sealed(self, token: str | None) -> str | None:
        return None if token is None else self._box.encrypt(token)

    async def end_url(self, back_to: str) -> str | None:
        """Where a person also signs out at the issuer, if it has such a page."""
        if not (endpoint := (await self.issuer.metadata()).end_session_endpoint):
            return None
        joint = "&" if "?" in endpoint else "?"
        return f"{endpoint}{joint}{urlencode({'client_id': self._edge.oidc_client_id, 'post_logout_redirect_uri': back_to})}"

    def _begun(self, kept: str, now: datetime) -> _Begun:
        try:
            begun = msgspec.json.decode(self._box.decrypt(kept), type=_Begun)
        except (SecretError, msgspec.MsgspecError) as error:
            raise SignInError("it was not begun in this browser, or too long ago; try again") from error
        if begun.until < now.timestamp():
            raise SignInError("it took too long; try again")
        return begun

    async def _exchanged(self, code: str, verifier: str, redirect_uri: str) -> Tokens:
        """For that code, with an ID token."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        status, tokens = await self._asked_for_tokens(form)
        if status != 200 or tokens.id_token is None:
            raise SignInError("the issuer does not take its own code: it was used before, or too late; try again")
        return tokens

    async def _asked_for_tokens(self, form: dict[str, str]) -> tuple[int, Tokens]:
        metadata = await self.issuer.metadata()
        request: dict[str, Any] = {"data": form}
        if not self._secret:
            form["client_id"] = self._edge.oidc_client_id
        elif _takes_basic(metadata):
            request["auth"] = httpx.BasicAuth(quote(self._edge.oidc_client_id, safe=""), quote(self._secret, safe=""))
        else:
            form |= {"client_id": self._edge.oidc_client_id, "client_secret": self._secret}
        status, answer = await fetch_json(self._client, "POST", metadata.token_endpoint, **request)
        if status == 429:
            raise IssuerUnavailableError("it has too much to do")
        return status, Tokens(_text(answer, "id_token"), _text(answer, "refresh_token"))


def _text(answer: Mapping[str, Any], name: str) -> str | None:
    value = answer.get(name)
    return value if isinstance(value, str) and value else None


def _takes_basic(metadata: Metadata) -> bool:
    methods = metadata.token_endpoint_auth_methods_supported
    return "client_secret_basic" in methods or "client_secret_post" not in methods


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _pair(text: str) -> tuple[str, str]:
    name, _, worth = text.rpartition("=")
    return name, worth
