"""Places in a list that is ordered by time and id, newest first: a page begins behind one, whatever has come meanwhile."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, and_, true, tuple_


def opaque(text: str) -> str:
    """As a cursor: nothing that clients may rely on, and no secret."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def plain(cursor: str) -> str:
    """Raises `ValueError` for what is no cursor."""
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as error:
        raise ValueError("is no cursor of this service") from error


@dataclass(frozen=True, slots=True)
class Position:
    """Where the last of a page stands."""

    created_at: datetime
    id: str

    def encode(self) -> str:
        return opaque(f"{self.created_at.astimezone(UTC).isoformat()} {self.id}")

    @classmethod
    def decode(cls, cursor: str) -> "Position":
        """Raises `ValueError` for what is no cursor."""
        time, _, its_id = plain(cursor).partition(" ")
        created_at = datetime.fromisoformat(time)
        if not its_id or len(its_id) > 128 or "\0" in its_id or created_at.tzinfo is None:
            raise ValueError("is no cursor of this service")
        return cls(created_at, its_id)


def behind(position: Position | None, created_at: Column[Any], key: Column[Any]) -> ColumnElement[bool]:
    """The condition of what comes after it, the newest first."""
    if position is None:
        return true()
    later = tuple_(created_at, key) < tuple_(position.created_at, position.id)
    return and_(created_at <= position.created_at, later)  # the first part is what an index on the time alone can use
