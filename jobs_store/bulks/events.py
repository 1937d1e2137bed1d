"""A bulk's own event stream. An `Event` of it has the bulk's id as its ``job_id``: a bus need not know the difference."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, select

from jobs_store.engine import Transactions
from jobs_store.events import Event, EventKind
from jobs_store.tables import bulk_events as table


class BulkEventRepository:
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def read(
        self, bulk_id: str, after: int = 0, limit: int = 1000, kinds: Collection[EventKind] | None = None
    ) -> list[Event]:
        """Up to ``limit`` events numbered above ``after``, in order; nothing for an unknown bulk."""
        statement = select(table).where(table.c.bulk_id == bulk_id, table.c.seq > after).order_by(table.c.seq).limit(limit)
        if kinds is not None:
            statement = statement.where(table.c.kind.in_(kinds))
        async with self._transactions.read() as connection:
            return [_event(row) for row in await connection.execute(statement)]


def _event(row: Row[*tuple[Any, ...]]) -> Event:
    return Event(row.bulk_id, row.seq, row.time, EventKind(row.kind), row.level, row.payload)
