"""Sessions as they cross the border of the store."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class NewSession:
    """Who signed in, and what they were let do then."""

    subject: str
    """Theirs at the issuer."""
    actor: str
    tenant: str
    scopes: tuple[str, ...]
    key_sha256: str | None = None
    """Of the key that it was made from, and ends with; None where an issuer vouched for them."""
    renewal: str | None = field(default=None, repr=False)
    """What the issuer renews it for: sealed by the caller, whose secret it is; None where there is nothing."""


@dataclass(frozen=True, kw_only=True)
class Session(NewSession):
    session_id: str
    """Not what the cookie holds, and no secret: it stays the same when that is renewed."""
    created_at: datetime
    expires_at: datetime
    rotation_due: bool
    """Whether the token is due to be replaced."""
    confirmation_due: bool
    """Whether the issuer is due to be asked again."""
