"""Sessions of people who signed in: what crosses the border of the store; their repository hangs on `database.Database`."""

from jobs_store.sessions.records import NewSession, Session

__all__ = ["NewSession", "Session"]
