"""Sessions in the database, so that any replica knows them. A token is 256 random bits, kept as its SHA-256."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, or_, select, update

from jobs_store.dialects import from_now, now
from jobs_store.engine import Transactions
from jobs_store.sessions.records import NewSession, Session
from jobs_store.tables import sessions as table

ROTATED_EVERY = timedelta(minutes=15)
_GRACE = timedelta(minutes=1)
"""In which the token before is still good: a page asks for several things at once."""
_SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is known when a session was used last: not every request writes."""
CONFIRMED_EVERY = timedelta(minutes=5)
_RENEWED_WITHIN = timedelta(seconds=30)
"""Then whoever set out to has died, or found the issuer away: another may."""
_LONGEST_TOKEN = 200


class SessionRepository:
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def create(self, new: NewSession, *, lasts: timedelta) -> tuple[Session, str]:
        """The session and its token, which is known now and never again."""
        token = secrets.token_urlsafe(32)
        values = {
            "session_id": secrets.token_hex(8),
            "sha256": _sha256(token),
            "subject": new.subject,
            "actor": new.actor,
            "tenant": new.tenant,
            "scopes": " ".join(new.scopes),
            "key_sha256": new.key_sha256,
            "renewal": new.renewal,
            "confirmed_at": now(),
            "created_at": now(),
            "rotated_at": now(),
            "seen_at": now(),
            "expires_at": from_now(lasts),
        }
        async with self._transactions.write() as connection:
            row = (await connection.execute(insert(table).values(**values).returning(*_COLUMNS))).one()
        return _session(row), token

    async def find(self, token: str, *, idle: timedelta, unconfirmed: timedelta) -> Session | None:
        """The session of that token, unless it is over, was not used for so long, or was not confirmed by its issuer for so
        long; one statement, now and then two."""
        if not token or len(token) > _LONGEST_TOKEN:
            return None
        statement = select(*_COLUMNS, (table.c.seen_at < from_now(-_SEEN_EVERY)).label("unseen")).where(
            _open(token, idle, unconfirmed)
        )
        async with self._transactions.read() as connection:
            row = (await connection.execute(statement)).one_or_none()
        if row is None:
            return None
        if row.unseen:
            seen = update(table).where(table.c.session_id == row.session_id).values(seen_at=now())
            async with self._transactions.write() as connection:
                await connection.execute(seen)
        return _session(row)

    async def rotate(self, token: str) -> str | None:
        """Another token in its place; None where somebody has replaced it at this moment."""
        fresh = secrets.token_urlsafe(32)
        statement = (
            update(table)
            .where(table.c.sha256 == _sha256(token))
            .values(sha256=_sha256(fresh), previous_sha256=table.c.sha256, rotated_at=now())
        )
        async with self._transactions.write() as connection:
            return fresh if (await connection.execute(statement)).rowcount == 1 else None

    async def claim_renewal(self, session_id: str) -> bool:
        """Whether the caller is the one to have it confirmed, or else somebody has set out to a moment ago.

        What an issuer renews a session for is mostly good once: of two who bring it, the second would end the session.
        """
        is_due = and_(_confirmed_at < from_now(-CONFIRMED_EVERY), _nobody_renews)
        statement = update(table).where(table.c.session_id == session_id, is_due).values(renewing_at=now())
        async with self._transactions.write() as connection:
            return (await connection.execute(statement)).rowcount == 1

    async def confirm(self, session_id: str, said: NewSession) -> None:
        """What the issuer says now of who it is and what they may do. Whatever it ends by stays."""
        values = {
            "actor": said.actor,
            "tenant": said.tenant,
            "scopes": " ".join(said.scopes),
            "renewal": said.renewal,
            "confirmed_at": now(),
            "renewing_at": None,
        }
        async with self._transactions.write() as connection:
            await connection.execute(update(table).where(table.c.session_id == session_id).values(**values))

    async def remove(self, session_id: str) -> None:
        """Idempotent. No token opens it from here on, on any replica."""
        async with self._transactions.write() as connection:
            await connection.execute(delete(table).where(table.c.session_id == session_id))

    async def remove_expired(self) -> int:
        async with self._transactions.write() as connection:
            return (await connection.execute(delete(table).where(table.c.expires_at < now()))).rowcount


_confirmed_at = func.coalesce(table.c.confirmed_at, table.c.created_at)
_nobody_renews = or_(table.c.renewing_at.is_(None), table.c.renewing_at < from_now(-_RENEWED_WITHIN))
_CONFIRMATION_DUE = and_(table.c.renewal.is_not(None), _confirmed_at < from_now(-CONFIRMED_EVERY), _nobody_renews).label(
    "confirmation_due"
)
_DUE = (table.c.rotated_at < from_now(-ROTATED_EVERY)).label("rotation_due")
_COLUMNS = (
    table.c.session_id,
    table.c.subject,
    table.c.actor,
    table.c.tenant,
    table.c.scopes,
    table.c.key_sha256,
    table.c.created_at,
    table.c.expires_at,
    table.c.renewal,
    _CONFIRMATION_DUE,
    _DUE,
)


def _open(token: str, idle: timedelta, unconfirmed: timedelta) -> ColumnElement[bool]:
    digest = _sha256(token)
    before = and_(table.c.previous_sha256 == digest, table.c.rotated_at > from_now(-_GRACE))
    return and_(
        or_(table.c.sha256 == digest, before),
        table.c.expires_at > now(),
        table.c.seen_at > from_now(-idle - _SEEN_EVERY),
        or_(table.c.key_sha256.is_not(None), _confirmed_at > from_now(-unconfirmed)),
    )


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _session(row: Row[*tuple[Any, ...]]) -> Session:
    return Session(
        session_id=row.session_id,
        subject=row.subject,
        actor=row.actor,
        tenant=row.tenant,
        scopes=tuple(row.scopes.split()),
        key_sha256=row.key_sha256,
        created_at=row.created_at,
        expires_at=row.expires_at,
        renewal=row.renewal,
        confirmation_due=bool(row.confirmation_due),
        rotation_due=bool(row.rotation_due),
    )
