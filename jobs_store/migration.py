"""Brings a database to the present schema. Migrations expand before they contract: the old code runs on meanwhile."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import InterfaceError, OperationalError

from jobs_store.engine import BUSY_TIMEOUT_SECONDS, database_address, sync_engine
from jobs_store.errors import StoreUnavailableError

_ADVISORY_LOCK = 0x70686F656E6978  # "phoenix"
_POSTGRES_LIMITS = (
    "SET LOCAL lock_timeout = '10s'",  # a migration that cannot get its lock must not queue up everybody behind it
    "SET LOCAL statement_timeout = '5min'",
)


def migrate(url: str) -> None:
    """Applies what is missing, in one transaction, and returns at once if nothing is.

    Any number of processes may call it together: one works, the others wait for it. A SQLite file is created with mode 0600.
    Raises `StoreUnavailableError` when the database is away.
    """
    address = database_address(url)
    engine = sync_engine(address)
    try:
        if address.get_backend_name() == "sqlite":
            assert address.database is not None  # database_address saw to it
            with _file_lock(Path(address.database)):
                _migrate_sqlite(engine, Path(address.database))
        else:
            _migrate_postgresql(engine)
    except (OperationalError, InterfaceError) as error:
        raise StoreUnavailableError(str(error.orig)) from error
    except (sqlite3.OperationalError, OSError) as error:
        raise StoreUnavailableError(str(error)) from error
    finally:
        engine.dispose()


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings, bound to a connection whose transaction the caller owns."""
    config = Config()
    config.set_main_option("script_location", "jobs_store:migrations")
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "v%%(year)d%%(month).2d%%(day).2d_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def _migrate_postgresql(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        for limit in _POSTGRES_LIMITS:
            connection.execute(text(limit))
        command.upgrade(alembic_config(connection), "head")


def _migrate_sqlite(engine: Engine, database: Path) -> None:
    with closing(sqlite3.connect(database, timeout=BUSY_TIMEOUT_SECONDS)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")  # kept by the file; readers do not wait for the writer
    with engine.begin() as upgraded:
        command.upgrade(alembic_config(upgraded), "head")


@contextmanager
def _file_lock(database: Path) -> Iterator[None]:
    """Two processes that switch one file to WAL fail whatever their busy timeout, so they take turns."""
    database.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(database, os.O_CREAT | os.O_RDWR, 0o600))
    lock = os.open(database.with_name(f"{database.name}.migrate"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
