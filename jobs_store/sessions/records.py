"""Sessions as they cross the border of the store."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class NewSession:
    """Who signed in, and what the issuer let them do then."""

    subject: str
    """Theirs at the issuer."""
    actor: str
    tenant: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Session(NewSession):
    session_id: str
    """Not what the cookie holds, and no secret: it stays the same when that is renewed."""
    created_at: datetime
    expires_at: datetime
    rotation_due: bool
    """Whether the token is due to be replaced."""
