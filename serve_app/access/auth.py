"""Who asks: resolved once, into one object that says whose things these are, what may be done and what is seen."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.requests import HTTPConnection

from jobs_store.errors import TenantNotFoundError
from jobs_store.keys import KnownKey, Scope
from jobs_store.reach import EVERYWHERE, Reach
from jobs_store.sessions import Session
from jobs_store.tenants import DEFAULT_TENANT, Tenant
from serve_app.access.signed_in import identity_of_token, is_token_of_issuer, session_of
from serve_app.errors import MissingKeyError, NotAllowedError, WrongKeyError, WrongTokenError
from serve_app.identity.oidc.claims import Identity
from serve_app.wiring import Wiring, wiring_of


@dataclass(frozen=True, slots=True)
class Caller:
    """``actor`` names who it is in the audit log and on what they submit: ``key:3f2a…``, ``service``, ``anybody``."""

    tenant: Tenant
    scopes: frozenset[Scope]
    actor: str

    @property
    def owner(self) -> str:
        """Whose what the caller makes is."""
        return self.tenant.name

    @property
    def is_operator(self) -> bool:
        return Scope.OPERATOR in self.scopes

    @property
    def reach(self) -> Reach:
        """What is seen: everything, all of the tenant's, or of these only what the caller has submitted."""
        if self.is_operator:
            return EVERYWHERE
        return Reach(self.owner, None if self.scopes & {Scope.READ, Scope.ADMIN} else self.actor)

    def may(self, *any_of: Scope) -> bool:
        return self.is_operator or not self.scopes.isdisjoint(any_of)


EVERY_SCOPE = frozenset(Scope)
SERVICE = "service"
"""Who the configured key makes one."""


async def authenticate(connection: HTTPConnection, wiring: Wiring) -> Caller:
    """By ``X-API-Key`` or ``Authorization: Bearer``: the configured key, or one of the store's (one statement).

    A bearer token of the issuer or the session of a person who signed in count as a key.
    Raises `MissingKeyError`, `WrongKeyError`, `CrossSiteError`, `IssuerUnavailableError`.
    """
    if not wiring.settings.enable_auth:
        return Caller(await wiring.tenants.get(DEFAULT_TENANT), EVERY_SCOPE, "anybody")
    presented = presented_key(connection)
    if not presented:
        if signed := await person(connection, wiring):
            return signed[1]
        raise MissingKeyError
    if is_token_of_issuer(presented, wiring):
        return await signed_in(await identity_of_token(presented, wiring), wiring)
    return await by_key(presented, wiring)


async def by_key(presented: str, wiring: Wiring) -> Caller:
    """Raises `WrongKeyError`."""
    configured = wiring.settings.api_key.get_secret_value().encode()
    if hmac.compare_digest(presented.encode(), configured):
        return await _service(wiring)
    known = await wiring.database.keys.find(presented)
    if known is None:
        raise WrongKeyError
    wiring.key_uses.note(known.key)
    return caller_of(known)


async def _service(wiring: Wiring) -> Caller:
    return Caller(await wiring.tenants.get(DEFAULT_TENANT), EVERY_SCOPE, SERVICE)


async def person(connection: HTTPConnection, wiring: Wiring) -> tuple[Session, Caller] | None:
    """Whose session comes with the request; None where there is none, or it has ended with the key that it was made from.

    Raises `CrossSiteError`, and `WrongTokenError` where the tenant of whom the issuer vouched for is gone.
    """
    session = await session_of(connection, wiring)
    if session is None:
        return None
    if session.key_sha256 is None:
        vouched = Identity(session.subject, session.tenant, frozenset(session.scopes), session.actor)
        return session, await signed_in(vouched, wiring)
    caller = await _by_digest(session.actor, session.key_sha256, wiring)
    return None if caller is None else (session, caller)


async def _by_digest(actor: str, digest: str, wiring: Wiring) -> Caller | None:
    """Who the key of that digest makes one now: no more than its scopes, nothing once it is revoked, replaced or expired."""
    if actor == SERVICE:
        return await _service(wiring) if hmac.compare_digest(digest, digest_of_service_key(wiring)) else None
    known = await wiring.database.keys.find_by_digest(digest)
    if known is None:
        return None
    wiring.key_uses.note(known.key)
    return caller_of(known)


def digest_of_service_key(wiring: Wiring) -> str:
    """By which a session knows the configured key; keyed, as that may be short enough to be guessed from a plain hash."""
    secret, key = wiring.settings.secret_key.get_secret_value(), wiring.settings.api_key.get_secret_value()
    return hmac.new(f"session of API_KEY {secret}".encode(), key.encode(), hashlib.sha256).hexdigest()


def caller_of(known: KnownKey) -> Caller:
    return Caller(known.tenant, known.key.scopes, f"key:{known.key.key_id}")


async def signed_in(identity: Identity, wiring: Wiring) -> Caller:
    """Whom the issuer vouches for. Raises `WrongTokenError` where there is no such tenant here, or it is disabled."""
    try:
        tenant = await wiring.tenants.get(identity.tenant)
    except TenantNotFoundError as error:
        raise WrongTokenError(f"there is no tenant {identity.tenant}") from error
    if not tenant.is_open:
        raise WrongTokenError(f"the tenant {identity.tenant} is disabled")
    return Caller(tenant, frozenset(map(Scope, identity.scopes)), identity.actor)


def presented_key(connection: HTTPConnection) -> str:
    """Empty when there is none."""
    if key := connection.headers.get("x-api-key", "").strip():
        return key
    scheme, _, key = connection.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


async def _authenticated(connection: HTTPConnection, wiring: Annotated[Wiring, Depends(wiring_of)]) -> Caller:
    return await authenticate(connection, wiring)


def require(caller: Caller, *any_of: Scope) -> Caller:
    """Raises `NotAllowedError`, which names what is missing."""
    if not caller.may(*any_of):
        raise NotAllowedError(any_of[0].value)
    return caller


def require_tenant(caller: Caller, name: str | None) -> None:
    """Whose things are asked for; None: the caller's own. Raises `TenantNotFoundError` for one that is not theirs to see."""
    if name is not None and name != caller.owner and not caller.is_operator:
        raise TenantNotFoundError(name)


def _needs(*any_of: Scope) -> Callable[[Caller], Awaitable[Caller]]:
    async def check(caller: Annotated[Caller, Depends(_authenticated)]) -> Caller:
        return require(caller, *any_of)

    return check


documented = (
    Security(APIKeyHeader(name="X-API-Key", auto_error=False, description="The service's key")),
    Security(HTTPBearer(auto_error=False, description="The same key, as a bearer token")),
)

WiringDep = Annotated[Wiring, Depends(wiring_of)]
CallerDep = Annotated[Caller, Depends(_authenticated)]
ReaderDep = Annotated[Caller, Depends(_needs(Scope.READ, Scope.SUBMIT, Scope.ADMIN))]
"""Sees all of the tenant's jobs, or with `submit` alone its own."""
SubmitterDep = Annotated[Caller, Depends(_needs(Scope.SUBMIT))]
AdminDep = Annotated[Caller, Depends(_needs(Scope.ADMIN))]
OperatorDep = Annotated[Caller, Depends(_needs(Scope.OPERATOR))]
key_required = [*documented, Depends(_authenticated)]
"""Dependencies of a router whose routes all need a key; the first two only put it into the OpenAPI document."""
