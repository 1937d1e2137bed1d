"""Databases come from migrations alone, from nothing, however many processes ask for it."""

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect

from jobs_store.database import migrate, open_database
from jobs_store.engine import database_address, sync_engine
from jobs_store.errors import StoreUnavailableError
from jobs_store.keys import NewKey
from jobs_store.migration import alembic_config
from jobs_store.tables import metadata


def test_the_tables_are_what_the_migrations_make(empty_database_url: str) -> None:
    migrate(empty_database_url)
    engine = sync_engine(database_address(empty_database_url))
    with engine.begin() as connection:
        assert set(inspect(connection).get_table_names()) == {*metadata.tables, "alembic_version"}
        command.check(alembic_config(connection))  # raises when the models have what no migration made
    engine.dispose()


async def test_migrating_again_changes_nothing(empty_database_url: str) -> None:
    migrate(empty_database_url)
    async with open_database(empty_database_url) as database:
        key, plain = await database.keys.create(NewKey(name="kept", tenant="default"))
        migrate(empty_database_url)
        known = await database.keys.find(plain)
    assert known is not None
    assert known.key == key


def test_many_processes_may_migrate_at_once(empty_database_url: str) -> None:
    program = "import sys; from jobs_store.database import migrate; migrate(sys.argv[1])"
    processes = [subprocess.Popen([sys.executable, "-c", program, empty_database_url]) for _ in range(4)]
    assert [process.wait(timeout=60) for process in processes] == [0] * 4
    engine = sync_engine(database_address(empty_database_url))
    with engine.begin() as connection:
        command.check(alembic_config(connection))
    engine.dispose()


async def test_a_database_that_was_not_migrated_is_not_called_unavailable(empty_database_url: str) -> None:
    async with open_database(empty_database_url) as database:
        with pytest.raises(Exception, match="jobs") as caught:
            await database.ping()
    assert not isinstance(caught.value, StoreUnavailableError)


def test_a_sqlite_file_is_private_and_keeps_a_write_ahead_log(tmp_path: Path) -> None:
    path = tmp_path / "data" / "jobs.db"
    migrate(f"sqlite:///{path}")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
