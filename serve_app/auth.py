"""Who asks, and which tenant's jobs they see."""

import hmac
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.requests import HTTPConnection

from serve_app.errors import MissingKeyError, WrongKeyError
from serve_app.signed_in import identity_of_session, identity_of_token, is_token_of_issuer
from serve_app.wiring import Wiring, wiring_of

DEFAULT_TENANT = "default"


@dataclass(frozen=True, slots=True)
class Caller:
    """``tenant`` None may see every tenant's jobs: only where authentication is switched off."""

    tenant: str | None
    actor: str = "service"
    """Who it is, as the audit log names them: ``key:…``, ``service`` for the configured key."""

    @property
    def owner(self) -> str:
        """Whose the caller's own jobs are."""
        return self.tenant or DEFAULT_TENANT


ANYBODY = Caller(None, "anybody")


async def authenticate(connection: HTTPConnection, wiring: Wiring) -> Caller:
    """By ``X-API-Key`` or ``Authorization: Bearer``: the configured key, or one of the store's (one statement).

    Raises `MissingKeyError`, `WrongKeyError`.
    """
    if not wiring.settings.enable_auth:
        return ANYBODY
    presented = presented_key(connection)
    if not presented:
        if person := await identity_of_session(connection, wiring):
            return Caller(person.tenant, person.actor)
        raise MissingKeyError
    if is_token_of_issuer(presented, wiring):
        identity = await identity_of_token(presented, wiring)
        return Caller(identity.tenant, identity.actor)
    configured = wiring.settings.api_key.get_secret_value().encode()
    if hmac.compare_digest(presented.encode(), configured):
        return Caller(DEFAULT_TENANT)
    known = await wiring.database.keys.find(presented)
    if known is None:
        raise WrongKeyError
    return Caller(known.tenant, f"key:{known.key_id}")


def presented_key(connection: HTTPConnection) -> str:
    """Empty when there is none."""
    if key := connection.headers.get("x-api-key", "").strip():
        return key
    scheme, _, key = connection.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


async def _authenticated(connection: HTTPConnection, wiring: Annotated[Wiring, Depends(wiring_of)]) -> Caller:
    return await authenticate(connection, wiring)


_documented = (
    Security(APIKeyHeader(name="X-API-Key", auto_error=False, description="The service's key")),
    Security(HTTPBearer(auto_error=False, description="The same key, as a bearer token")),
)

WiringDep = Annotated[Wiring, Depends(wiring_of)]
CallerDep = Annotated[Caller, Depends(_authenticated)]
key_required = [*_documented, Depends(_authenticated)]
"""Dependencies of a router whose routes all need a key; the first two only put it into the OpenAPI document."""
