"""A job's plan: its batches, and how far each has come. Every write is fenced by the job's lease."""

import builtins
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, case, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from jobs_store.dialects import now
from jobs_store.engine import Transactions
from jobs_store.errors import BatchNotFoundError
from jobs_store.fence import fenced_write
from jobs_store.records import Batch, BatchState, Event, Lease, NewBatch, NewEvent
from jobs_store.tables import batches as table

_UNSETTLED = (BatchState.PENDING, BatchState.SENT)


class BatchRepository:
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def plan(self, lease: Lease, batches: Sequence[NewBatch], events: Sequence[NewEvent] = ()) -> builtins.list[Event]:
        """Writes all batches and `Job.planned` in one transaction: on return translating is over for good.

        Replaces an earlier plan, so it is for a job that has sent nothing. Store the bodies first.
        """
        rows = [
            {
                "job_id": lease.job_id,
                "number": batch.number,
                "asset_type": batch.asset_type,
                "import_type": batch.import_type,
                "needs": json.dumps(batch.needs),
                "assets": batch.assets,
                "findings": batch.findings,
                "size_bytes": batch.size_bytes,
                "storage_key": batch.storage_key,
                "state": BatchState.PENDING,
            }
            for batch in batches
        ]
        async with self._transactions.write() as connection:
            written = await fenced_write(connection, lease, {"planned": True}, events=events)
            await connection.execute(delete(table).where(table.c.job_id == lease.job_id))
            if rows:
                await connection.execute(insert(table), rows)
        return written

    async def list(self, job_id: str) -> builtins.list[Batch]:
        """In the order of their numbers; empty while there is no plan."""
        statement = select(table).where(table.c.job_id == job_id).order_by(table.c.number)
        async with self._transactions.read() as connection:
            return [_batch(row) for row in await connection.execute(statement)]

    async def sent(self, lease: Lease, number: int, request_id: str) -> None:
        """Phoenix has accepted the batch: from now on ask for ``request_id`` instead of sending again.

        A batch that is imported or failed already is left alone. Raises `BatchNotFoundError`.
        """
        values = {"state": BatchState.SENT, "request_id": request_id, "attempts": table.c.attempts + 1, "updated_at": now()}
        async with self._transactions.write() as connection:
            await fenced_write(connection, lease)
            await _change(connection, lease, number, values)

    async def settle(
        self,
        lease: Lease,
        number: int,
        *,
        state: BatchState,
        error: str | None = None,
        requests: int = 1,
        events: Sequence[NewEvent] = (),
    ) -> builtins.list[Event]:
        """The batch is imported or has failed; or is pending again, to be sent anew. ``requests`` adds to its count.

        A batch that is settled already is left alone and no event is written, so it may be repeated. Raises
        `BatchNotFoundError`.
        """
        if state is BatchState.SENT:
            raise ValueError("a batch is not settled as sent")
        values = {
            "state": state,
            "error": error,
            "requests": table.c.requests + requests,
            "attempts": table.c.attempts + case((table.c.state == BatchState.PENDING, 1), else_=0),
            "updated_at": now(),
        }
        if state is BatchState.PENDING:
            values["request_id"] = None
        async with self._transactions.write() as connection:
            await fenced_write(connection, lease)
            changed = await _change(connection, lease, number, values)
            return await fenced_write(connection, lease, events=events) if changed and events else []


async def _change(connection: AsyncConnection, lease: Lease, number: int, values: dict[str, Any]) -> bool:
    """False, and nothing changed, for a batch that is settled."""
    this = (table.c.job_id == lease.job_id, table.c.number == number)
    statement = update(table).where(*this, table.c.state.in_(_UNSETTLED)).values(values)
    if (await connection.execute(statement)).rowcount == 1:
        return True
    if (await connection.execute(select(table.c.number).where(*this))).one_or_none() is None:
        raise BatchNotFoundError(lease.job_id, number)
    return False


def _batch(row: Row[*tuple[Any, ...]]) -> Batch:
    values = {column.name: getattr(row, column.name) for column in table.c}
    return Batch(**values | {"needs": tuple(json.loads(row.needs)), "state": BatchState(row.state)})
