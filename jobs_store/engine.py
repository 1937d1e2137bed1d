"""Connections and transactions; the only place that meets SQLAlchemy's and the drivers' errors.

Two ways to write: `Transactions.write` for few statements now and then, `Transactions.run` for what many wait for.

SQLite allows one writer at a time. Writers of this process wait for each other in order (a lock), those of other processes by
``busy_timeout``; a write begins with BEGIN IMMEDIATE, because a read that turns into a write may fail whatever the timeout.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext, suppress
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, PoolProxiedConnection, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from jobs_store.errors import InvalidAddressError, StoreUnavailableError, UnstorableValueError

Result = TypeVar("Result")

BUSY_TIMEOUT_SECONDS = 30
_PATIENCE_SECONDS = 5
_POSTGRES_ARGUMENTS = {  # a database that went away silently is noticed in about half a minute
    "connect_timeout": 5,
    "application_name": "phoenix-scanner",
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


class Transactions:
    """Opens transactions: committed when the block ends, rolled back when it raises. Nothing connects before the first."""

    def __init__(self, url: str, *, pool_size: int) -> None:
        address = database_address(url)
        self.is_sqlite = address.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self._engine = create_async_engine(address.set(drivername="sqlite+aiosqlite"), pool_size=pool_size)
            _prepare_sqlite(self._engine.sync_engine)
            self._in_thread = sync_engine(address)
            self._thread = ThreadPoolExecutor(1, "sqlite-writer")
        else:
            self._engine = create_async_engine(
                address.set(drivername="postgresql+psycopg"),
                pool_size=pool_size,
                max_overflow=pool_size,
                pool_timeout=30,
                pool_pre_ping=True,
                pool_recycle=1800,
                connect_args=_POSTGRES_ARGUMENTS,
            )
        self._writer = asyncio.Lock()
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads."""
        with mapped_errors(), self._counted():
            async with self._engine.begin() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that may write. Keep it short: on SQLite every other writer waits."""
        turn: AbstractAsyncContextManager[Any] = self._writer if self.is_sqlite else nullcontext()
        with mapped_errors(), self._counted():
            async with turn, self._engine.connect() as connection:
                await connection.execution_options(writes=True)
                async with connection.begin():
                    yield connection

    async def run(self, work: Callable[[Connection], Result]) -> Result:
        """Runs ``work`` in a transaction that may write. It must not need the event loop, and what it gives back no connection.

        On SQLite all of it is one step in a thread: a transaction whose statements go there one by one holds the writer for as
        long as this process is at something else in between, while every other process waits. Whoever is cancelled does not
        know whether it is committed.
        """
        with mapped_errors(), self._counted():
            if self.is_sqlite:
                async with self._writer:
                    return await asyncio.get_running_loop().run_in_executor(self._thread, self._run_in_thread, work)
            async with self._engine.begin() as connection:
                return await connection.run_sync(work)

    def _run_in_thread(self, work: Callable[[Connection], Result]) -> Result:
        with self._in_thread.begin() as connection:
            return work(connection)

    async def ping(self) -> None:
        async with self.read() as connection:
            await connection.execute(text("SELECT 1 FROM jobs LIMIT 1"))

    async def dispose(self) -> None:
        """When transactions under way have ended, a hung one left out: a connection that is out of its pool would stay open."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._idle.wait()
        await self._engine.dispose()
        if self.is_sqlite:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._in_thread.dispose)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._under_way += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()


@contextmanager
def mapped_errors() -> Iterator[None]:
    """Turns the drivers' ways of saying "not now" into `StoreUnavailableError`, and "never" into `UnstorableValueError`.

    Other errors are ours and pass.
    """
    try:
        yield
    except (DataError, OverflowError) as error:
        raise UnstorableValueError from error
    except (DBAPIError, PoolTimeoutError, OSError) as error:
        if _is_passing(error):
            raise StoreUnavailableError(_reason(error)) from error
        raise
    except StatementError as error:  # a moment that is none in UTC
        if isinstance(error.orig, OverflowError):
            raise UnstorableValueError from error
        raise


def _is_passing(error: Exception) -> bool:
    if not isinstance(error, DBAPIError):
        return True
    if isinstance(error.orig, sqlite3.OperationalError):
        return error.orig.sqlite_errorcode != sqlite3.SQLITE_ERROR  # that one is wrong SQL or a missing table
    return isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated


def _reason(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__


def database_address(url: str) -> URL:
    """The parsed URL of a PostgreSQL server or a SQLite file; raises `InvalidAddressError`, which never shows a password."""
    try:
        address = make_url(url.replace("postgres://", "postgresql://", 1))
        backend = address.get_backend_name()
    except (ArgumentError, NoSuchModuleError):
        raise InvalidAddressError("DATABASE_URL", "not a database URL") from None
    if backend not in ("sqlite", "postgresql"):
        raise InvalidAddressError(address.render_as_string(), "only postgresql:// and sqlite:/// are known")
    if backend == "sqlite" and not (address.database and address.database != ":memory:"):
        raise InvalidAddressError(address.render_as_string(), "SQLite needs a file: several processes share it")
    return address


def sync_engine(address: URL) -> Engine:
    """One connection, for a migration or for one thread."""
    if address.get_backend_name() == "sqlite":
        engine = create_engine(address.set(drivername="sqlite"), pool_size=1)
        _prepare_sqlite(engine)
        return engine.execution_options(writes=True)
    return create_engine(address.set(drivername="postgresql+psycopg"), pool_size=1, connect_args=_POSTGRES_ARGUMENTS)


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _set_up(connection: PoolProxiedConnection, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]  # sqlite3's: begin only when told to
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA synchronous = FULL")  # what was answered survives a power cut
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")
