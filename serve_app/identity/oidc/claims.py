"""From an issuer's claims to who somebody is here. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from jobs_store.keys import Scope
from jobs_store.tenants import TENANT_NAME
from serve_app.errors import WrongTokenError

_SCOPES = frozenset(Scope)
_MOST_VALUES = 1000
_LONGEST_NAME, _MARK_DIGITS = 200, 10


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks, as the issuer says."""

    subject: str
    tenant: str
    scopes: frozenset[str]
    actor: str
    """``user:``, a name for people to read, and a mark of the subject: names change hands, and some people change theirs."""


@dataclass(frozen=True)
class ClaimMapping:
    """How claims are read: see the settings of the same names."""

    tenant_claim: str
    tenants: Mapping[str, str]
    scope_claim: str
    scopes: Mapping[str, tuple[str, ...]]
    name_claim: str

    def identity(self, claims: Mapping[str, Any]) -> Identity:
        """Raises `WrongTokenError` for claims without exactly one tenant."""
        found = {self._tenant(value) for value in _values(claims, self.tenant_claim)} - {None}
        if len(found) != 1:
            raise WrongTokenError(f"its claim {self.tenant_claim} names {'no' if not found else 'more than one'} tenant")
        (tenant,) = found
        assert tenant is not None
        scopes = {scope for value in _words(claims, self.scope_claim) for scope in self._scopes(value)}
        subject = str(claims["sub"])
        return Identity(subject, tenant, frozenset(scopes), self._actor(claims, subject))

    def _tenant(self, value: str) -> str | None:
        """With a mapping only what it names is a tenant."""
        tenant = self.tenants.get(value) if self.tenants else value
        return tenant if tenant is not None and TENANT_NAME.fullmatch(tenant) else None

    def _scopes(self, value: str) -> Iterable[str]:
        if self.scopes:
            return self.scopes.get(value, ())
        return (value,) if value in _SCOPES else ()

    def _actor(self, claims: Mapping[str, Any], subject: str) -> str:
        name = self._name(claims)[:_LONGEST_NAME]
        return f"user:{name}#{sha256(subject.encode()).hexdigest()[:_MARK_DIGITS]}" if name else f"user:{subject}"

    def _name(self, claims: Mapping[str, Any]) -> str:
        if self.name_claim == "email" and claims.get("email_verified") is False:
            return ""
        return next(iter(_values(claims, self.name_claim)), "")


def _words(claims: Mapping[str, Any], path: str) -> list[str]:
    """Of a text the words, as OAuth writes scopes."""
    values = _values(claims, path)
    return values[0].split()[:_MOST_VALUES] if len(values) == 1 else values


def _values(claims: Mapping[str, Any], path: str) -> list[str]:
    """Of a claim that is a text, or a list of texts; ``a.b`` is within ``a``, unless a claim is called so."""
    value: Any = claims
    for name in [path] if path in claims else path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    if isinstance(value, str):
        return [value]
    return [item for item in value[:_MOST_VALUES] if isinstance(item, str)] if isinstance(value, list) else []
