"""From a file to stores that hold nothing yet."""

import tarfile
from collections.abc import Iterator
from itertools import islice
from typing import IO, Any

import msgspec
import zstandard
from sqlalchemy import Connection, Table, delete, func, insert, select, text, update

from jobs_store.backup.contents import END, KEPT, MANIFEST, OBJECTS, TABLES, VERSION, Counts, Manifest, row_of
from jobs_store.backup.errors import BackupError
from jobs_store.backup.writing import Tell
from jobs_store.engine import database_address, mapped_errors, sync_engine
from jobs_store.errors import InvalidKeyError, SecretError
from jobs_store.migration import migrate
from jobs_store.secrets import SecretBox
from jobs_store.storage import ObjectStorage
from jobs_store.tables import audit, audit_end, bulk_changes, tenants

_ROWS_AT_ONCE = 500
_COPY_BYTES = 1 << 20
_NOT_WHOLE = "the backup ends too early: it is not whole"
_BY_NAME = {table.name: table for table in KEPT}


def restore(url: str, storage: ObjectStorage, secrets: SecretBox, source: IO[bytes], tell: Tell = lambda *_: None) -> Counts:
    """Into a database without jobs, keys or tenants of its own and a storage without objects; the database is migrated first.

    All rows or none. Objects come before the rows are committed, so no row is there without its objects; after an error the
    storage may hold some. Raises `BackupError`, `StoreUnavailableError`, `StorageUnavailableError`, OSError of the source.
    """
    migrate(url)
    if next(iter(storage.list()), None) is not None:
        raise BackupError("the storage holds objects: restore into an empty one")
    engine = sync_engine(database_address(url))
    try:
        with mapped_errors(), engine.begin() as connection:
            _require_empty(connection)
            try:
                with (
                    zstandard.ZstdDecompressor().stream_reader(source, closefd=False) as packed,
                    tarfile.open(fileobj=packed, mode="r|") as archive,
                ):
                    return _restored(archive, connection, storage, secrets, tell)
            except (tarfile.TarError, zstandard.ZstdError, EOFError) as error:
                raise BackupError(f"{_NOT_WHOLE}: {error}") from error
            except (msgspec.DecodeError, KeyError, ValueError, InvalidKeyError) as error:
                raise BackupError(f"this is no backup of this service: {error}") from error
    finally:
        engine.dispose()


def _restored(
    archive: tarfile.TarFile, connection: Connection, storage: ObjectStorage, secrets: SecretBox, tell: Tell
) -> Counts:
    rows: dict[str, int] = {}
    objects = 0
    manifest: Manifest | None = None
    for member in archive:
        file = archive.extractfile(member)
        if file is None:
            raise BackupError(f"{member.name} is not a file: this is no backup of this service")
        if manifest is None:
            manifest = _require_ours(member.name, file.read(), connection, secrets)
        elif member.name.startswith(TABLES):
            table = _BY_NAME[member.name.removeprefix(TABLES).removesuffix(".jsonl")]
            rows[table.name] = _restore_table(connection, table, file, tell)
        elif member.name.startswith(OBJECTS):
            _restore_object(storage, member.name.removeprefix(OBJECTS), file)
            objects += 1
            tell("objects", objects)
        elif member.name == END:
            told = msgspec.json.decode(file.read(), type=Counts)
            if (told.rows, told.objects) != (rows, objects):
                raise BackupError(f"{_NOT_WHOLE}: it has not what its end says")
            return told
        else:
            raise BackupError(f"{member.name} is unknown: this is no backup of this service, or of a newer version")
    raise BackupError(_NOT_WHOLE)


def _require_ours(name: str, content: bytes, connection: Connection, secrets: SecretBox) -> Manifest:
    if name != MANIFEST:
        raise BackupError("this is no backup of this service")
    manifest = msgspec.json.decode(content, type=Manifest)
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    if (manifest.version, manifest.revision) != (VERSION, revision):
        raise BackupError(
            f"it was made by another version of the service (schema {manifest.revision}, here {revision}): "
            "restore it with that version, then `phoenix-scan up` with this one"
        )
    try:
        secrets.decrypt(manifest.sealed)
    except SecretError as error:
        raise BackupError(
            "SECRET_KEY is not that of the service that was saved: what is encrypted would be lost; set it, "
            "or copy the file secret-key of its data folder into this one"
        ) from error
    return manifest


def _require_empty(connection: Connection) -> None:
    """But for the tenant that every database begins with, and what the audit log noted of the making of this one."""
    for table in KEPT:
        if table in (tenants, audit, audit_end):
            continue
        if connection.execute(select(func.count()).select_from(table)).scalar_one():
            raise BackupError(f"the database holds {table.name}: restore into an empty one")
    if connection.execute(select(func.count()).select_from(tenants)).scalar_one() > 1:
        raise BackupError("the database holds tenants: restore into an empty one")
    if connection.execute(select(func.count()).select_from(audit)).scalar_one():
        raise BackupError("the database holds an audit log: restore into an empty one")
    connection.execute(delete(tenants))


def _restore_table(connection: Connection, table: Table, file: IO[bytes], tell: Tell) -> int:
    rows: Iterator[dict[str, Any]] = (row_of(table, line) for line in file)
    if table is audit:
        rows = _chained(connection, rows)
    if table is audit_end:
        return _restore_audit_end(connection, rows)
    number = 0
    while page := [*islice(rows, _ROWS_AT_ONCE)]:
        connection.execute(insert(table), page)
        number += len(page)
        tell(table.name, number)
    if table is bulk_changes and connection.dialect.name == "postgresql":  # the only ids that a database gives
        last = select(func.max(bulk_changes.c.change_id)).scalar_subquery()
        connection.execute(select(func.setval(func.pg_get_serial_sequence("bulk_changes", "change_id"), last)))
    return number


def _chained(connection: Connection, rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The log's triggers take an entry only behind the one before: the first one's place is prepared."""
    first = next(rows, None)
    if first is None:
        return
    connection.execute(update(audit_end).values(seq=first["seq"] - 1, hash=first["previous_hash"]))
    yield first
    yield from rows


def _restore_audit_end(connection: Connection, rows: Iterator[dict[str, Any]]) -> int:
    (row,) = rows
    connection.execute(update(audit_end).values(**row))
    return 1


def _restore_object(storage: ObjectStorage, key: str, file: IO[bytes]) -> None:
    with storage.writer(key) as writer:
        while chunk := file.read(_COPY_BYTES):
            writer.write(chunk)
        writer.commit()
