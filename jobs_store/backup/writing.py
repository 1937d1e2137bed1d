"""From the stores to a file."""

import io
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import IO

import msgspec
import zstandard
from sqlalchemy import Connection, Table, select, text

from jobs_store.backup.contents import END, KEPT, KNOWN_WORD, MANIFEST, OBJECTS, TABLES, VERSION, Counts, Manifest, line_of
from jobs_store.engine import database_address, mapped_errors, sync_engine
from jobs_store.errors import ObjectNotFoundError
from jobs_store.secrets import SecretBox
from jobs_store.storage import ObjectStorage

_IN_MEMORY = 16 << 20
"""Bytes of a table, or of an object of unknown fate, before they go to a temporary file."""
_ROWS_AT_ONCE = 1000
Tell = Callable[[str, int], None]
"""What is being saved or restored, and how much of it so far."""


def back_up(url: str, storage: ObjectStorage, secrets: SecretBox, target: IO[bytes], tell: Tell = lambda *_: None) -> Counts:
    """While the service runs: the rows are those of one moment, the objects are read after it.

    Memory is bounded; a table or object at a time is spooled to a temporary file. Raises `StoreUnavailableError`,
    `StorageUnavailableError`, OSError of the target.
    """
    compressor = zstandard.ZstdCompressor(level=3)
    with (
        compressor.stream_writer(target, closefd=False) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as archive,
    ):
        rows = _save_tables(url, secrets, archive, tell)
        objects = missing = 0
        for key in storage.list():
            saved = _save_object(archive, storage, key)
            objects, missing = objects + saved, missing + (not saved)
            tell("objects", objects)
        counts = Counts(rows, objects, missing)
        _save(archive, END, msgspec.json.encode(counts))
    return counts


def _save_tables(url: str, secrets: SecretBox, archive: tarfile.TarFile, tell: Tell) -> dict[str, int]:
    engine = sync_engine(database_address(url))
    reading = {"writes": False} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    try:
        with mapped_errors(), engine.connect().execution_options(**reading) as connection, connection.begin():
            revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
            manifest = Manifest(VERSION, revision, datetime.now(UTC), secrets.encrypt(KNOWN_WORD))
            _save(archive, MANIFEST, msgspec.json.encode(manifest))
            return {table.name: _save_table(archive, connection, table, tell) for table in KEPT}
    finally:
        engine.dispose()


def _save_table(archive: tarfile.TarFile, connection: Connection, table: Table, tell: Tell) -> int:
    number = 0
    ordered = select(table).order_by(*table.primary_key)
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spooled:
        for number, row in enumerate(_streamed(connection, ordered), start=1):
            spooled.write(line_of(row))
            if number % _ROWS_AT_ONCE == 0:
                tell(table.name, number)
        _save_file(archive, f"{TABLES}{table.name}.jsonl", spooled)
    tell(table.name, number)
    return number


def _streamed(connection: Connection, statement: object) -> Iterator[dict[str, object]]:
    result = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(statement)  # type: ignore[call-overload]
    for row in result:
        yield dict(row._mapping)


def _save_object(archive: tarfile.TarFile, storage: ObjectStorage, key: str) -> bool:
    """Whether it was still there."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spooled:
        try:
            for chunk in storage.iterate(key):
                spooled.write(chunk)
        except ObjectNotFoundError:
            return False
        _save_file(archive, OBJECTS + key, spooled)
    return True


def _save_file(archive: tarfile.TarFile, name: str, file: IO[bytes]) -> None:
    info = tarfile.TarInfo(name)
    info.size = file.seek(0, io.SEEK_END)
    info.mode = 0o600
    file.seek(0)
    archive.addfile(info, file)


def _save(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    _save_file(archive, name, io.BytesIO(data))
