"""SQLite beneath SQLAlchemy's asyncio, without a thread per connection.

A statement by key takes some twenty microseconds; the four hops to a thread and back that it takes through a connection's own
thread cost twenty times that, while the writers of all processes wait. So statements run where they are awaited. Only what
may wait is awaited: the turn to write, which other processes may have, and the commit, which waits for the disk.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

from sqlalchemy import URL, AsyncAdaptedQueuePool, Pool
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.util import await_only

DRIVER = "sqlite+awaited"
BEGIN_WRITING = "BEGIN IMMEDIATE"
_READ_PATIENCE_MS = 1000
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.0005, 0.005
"""Between two attempts to get the turn. SQLite's own pauses grow to 0.1 s, twenty transactions of another process."""
_disk = ThreadPoolExecutor(4, thread_name_prefix="sqlite-commit")


class AwaitedConnection(sqlite3.Connection):
    """To be called by SQLAlchemy only, which runs it where `await_only` can await.

    ``timeout`` is for the turn to write; reading waits for at most a second, for a log that is being recovered.
    """

    def __init__(self, database: str, *, timeout: float, **more: Any) -> None:
        super().__init__(database, timeout=_READ_PATIENCE_MS / 1000, **more)
        self._patience_seconds = timeout
        self._writes = False

    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(_AwaitedCursor)

    def commit(self) -> None:
        writes, self._writes = self._writes, False
        if writes:
            await_only(_finished(super().commit))
        else:
            super().commit()

    async def begin_writing(self) -> None:
        """Raises `sqlite3.OperationalError` where other processes write for all of ``timeout``."""
        clock, pause = asyncio.get_running_loop().time, _FIRST_PAUSE_SECONDS
        until, cursor = clock() + self._patience_seconds, sqlite3.Cursor(self)
        while True:
            try:
                cursor.execute("PRAGMA busy_timeout = 0")
                cursor.execute(BEGIN_WRITING)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or clock() > until:
                    raise
            else:
                self._writes = True
                return
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {_READ_PATIENCE_MS}")
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


class _AwaitedCursor(sqlite3.Cursor):
    """Awaits something in any case: SQLAlchemy takes a driver that never does for one that blocks by mistake."""

    connection: AwaitedConnection

    def execute(self, statement: str, *parameters: Any) -> Self:
        if statement == BEGIN_WRITING:
            await_only(self.connection.begin_writing())
            return self
        await_only(_nothing())
        return super().execute(statement, *parameters)

    def executemany(self, *arguments: Any) -> Self:
        await_only(_nothing())
        return super().executemany(*arguments)

    async def _async_soft_close(self) -> None:
        """Its rows are read from it as they are asked for, within the transaction."""


async def _nothing() -> None:
    return None


async def _finished(commit: Callable[[], None]) -> None:
    """On return nobody uses the connection any more, not even after a cancellation."""
    committing = asyncio.get_running_loop().run_in_executor(_disk, commit)
    try:
        await asyncio.shield(committing)
    finally:
        while not committing.done():
            await asyncio.wait([committing])


class _AwaitedSQLite(SQLiteDialect_pysqlite):
    driver = "awaited"
    is_async = True
    has_terminate = True
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:
        return AsyncAdaptedQueuePool

    def do_terminate(self, dbapi_connection: DBAPIConnection) -> None:
        dbapi_connection.close()


registry.register("sqlite.awaited", __name__, _AwaitedSQLite.__name__)
