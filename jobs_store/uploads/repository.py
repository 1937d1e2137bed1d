"""Direct uploads: what is announced, what has become of it, and what has to go."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from jobs_store.dialects import from_now, now
from jobs_store.engine import Transactions
from jobs_store.errors import UploadGoneError, UploadNotFoundError
from jobs_store.events import NewEvent
from jobs_store.jobs.records import NewJob
from jobs_store.jobs.secrets import JobSecrets
from jobs_store.jobs.submitting import insert_jobs
from jobs_store.reach import Reach
from jobs_store.tables import uploads
from jobs_store.uploads.records import NewUpload, Upload, UploadState

_COLUMNS = tuple(uploads.c[field.name] for field in fields(Upload))
_UNUSED = (UploadState.OPEN, UploadState.COMPLETE)


class UploadRepository:
    def __init__(self, transactions: Transactions, secrets: JobSecrets) -> None:
        self._transactions, self._secrets = transactions, secrets

    async def create(self, new: NewUpload, *, expires_in: timedelta) -> Upload:
        values = asdict(new) | {"options": self._secrets.seal_text(new.options), "state": UploadState.OPEN}
        statement = insert(uploads).values(**values, created_at=now(), expires_at=from_now(expires_in)).returning(*_COLUMNS)
        async with self._transactions.write() as connection:
            return self._upload((await connection.execute(statement)).one())

    async def get(self, reach: Reach, upload_id: str) -> Upload:
        """Raises `UploadNotFoundError`, also for an upload that is out of reach."""
        async with self._transactions.read() as connection:
            return await self._one(connection, _within(reach, upload_id), upload_id)

    async def count_unused(self, tenant: str) -> int:
        statement = select(func.count()).where(uploads.c.tenant == tenant, uploads.c.state.in_(_UNUSED))
        async with self._transactions.read() as connection:
            return int((await connection.execute(statement)).scalar_one())

    async def unknown(self, reach: Reach, upload_ids: Sequence[str]) -> set[str]:
        """Those that are out of reach. One statement for a thousand."""
        known: set[str] = set()
        for start in range(0, len(upload_ids), 1000):
            ids = upload_ids[start : start + 1000]
            statement = select(uploads.c.upload_id).where(uploads.c.upload_id.in_(ids), reach.over(uploads))
            async with self._transactions.read() as connection:
                known.update((await connection.execute(statement)).scalars())
        return set(upload_ids) - known

    async def mark_complete(self, upload_id: str) -> Upload:
        """Its object is whole. Idempotent; raises `UploadGoneError` where it was removed or has expired."""
        statement = (
            update(uploads)
            .where(uploads.c.upload_id == upload_id, uploads.c.state == UploadState.OPEN, uploads.c.expires_at > now())
            .values(state=UploadState.COMPLETE)
        )
        async with self._transactions.write() as connection:
            await connection.execute(statement)
            upload = await self._one(connection, uploads.c.upload_id == upload_id, upload_id)
        if upload.state in (UploadState.OPEN, UploadState.REMOVED):
            raise UploadGoneError(upload_id)
        return upload

    async def use(self, upload_id: str, new: NewJob, *, events: Sequence[NewEvent] = ()) -> bool:
        """Makes the complete upload the report of ``new``, whose id is the upload's ``job_id``; both in one transaction.

        False where it has been used before: then nothing of ``new`` is kept. Raises `UploadGoneError`.
        """
        async with self._transactions.write() as connection:
            if not await take_upload(connection, upload_id):
                upload = await self._one(connection, uploads.c.upload_id == upload_id, upload_id)
                if upload.state is UploadState.USED:
                    return False
                raise UploadGoneError(upload_id)
            await insert_jobs(connection, self._secrets, [new], events=events)
        return True

    async def remove(self, reach: Reach, upload_id: str) -> Upload:
        """Nothing can use it from here on; its bytes are the caller's to delete, then `forget` it.

        Idempotent until then. Raises `UploadNotFoundError`, or `UploadGoneError` where it belongs to a job.
        """
        removable = (*_UNUSED, UploadState.REMOVED)
        statement = (
            update(uploads)
            .where(_within(reach, upload_id), uploads.c.state.in_(removable))
            .values(state=UploadState.REMOVED)
            .returning(*_COLUMNS)
        )
        async with self._transactions.write() as connection:
            row = (await connection.execute(statement)).one_or_none()
            if row is None:
                await self._one(connection, _within(reach, upload_id), upload_id)
                raise UploadGoneError(upload_id)
        return self._upload(row)

    async def expired(self, limit: int) -> list[str]:
        """Ids of unused uploads whose time is over, and of removed ones that nobody has forgotten yet; oldest first."""
        over = and_(uploads.c.state.in_((*_UNUSED, UploadState.REMOVED)), uploads.c.expires_at < now())
        statement = select(uploads.c.upload_id).where(over).order_by(uploads.c.expires_at).limit(limit)
        async with self._transactions.read() as connection:
            return list((await connection.execute(statement)).scalars())

    async def forget(self, upload_id: str) -> None:
        """Removes the row of a removed upload. Idempotent."""
        statement = delete(uploads).where(uploads.c.upload_id == upload_id, uploads.c.state == UploadState.REMOVED)
        async with self._transactions.write() as connection:
            await connection.execute(statement)

    async def _one(self, connection: AsyncConnection, condition: ColumnElement[bool], upload_id: str) -> Upload:
        row = (await connection.execute(select(*_COLUMNS).where(condition))).one_or_none()
        if row is None:
            raise UploadNotFoundError(upload_id)
        return self._upload(row)

    def _upload(self, row: Row[*tuple[Any, ...]]) -> Upload:
        opened = {"options": self._secrets.open_text(row.options), "state": UploadState(row.state)}
        return Upload(**row._asdict() | opened)


async def take_upload(connection: AsyncConnection, upload_id: str) -> bool:
    """Within the transaction of whoever uses it; False where it is not complete, or its time is over."""
    statement = (
        update(uploads)
        .where(uploads.c.upload_id == upload_id, uploads.c.state == UploadState.COMPLETE, uploads.c.expires_at > now())
        .values(state=UploadState.USED)
    )
    return (await connection.execute(statement)).rowcount == 1


def _within(reach: Reach, upload_id: str) -> ColumnElement[bool]:
    return and_(uploads.c.upload_id == upload_id, reach.over(uploads))
