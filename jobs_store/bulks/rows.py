"""Rows of ``bulks`` to records, and the one way in which a bulk is written: with its events, as `fence` does it for jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from jobs_store.bulks.records import Bulk, BulkState
from jobs_store.dialects import now
from jobs_store.errors import BulkNotFoundError
from jobs_store.events import Event, NewEvent
from jobs_store.reach import EVERYWHERE, Reach
from jobs_store.tables import bulk_events, bulks

BULK_COLUMNS = tuple(bulks.c[field.name] for field in fields(Bulk))
GOING_ON = tuple(state for state in BulkState if not state.ended)
ENDED = tuple(state for state in BulkState if state.ended)


def bulk_of(row: Row[*tuple[Any, ...]]) -> Bulk:
    values = {column.name: getattr(row, column.name) for column in BULK_COLUMNS}
    return Bulk(**values | {"state": BulkState(row.state), "progress": float(row.progress)})


async def one_bulk(connection: AsyncConnection, bulk_id: str, reach: Reach = EVERYWHERE) -> Bulk:
    statement = select(*BULK_COLUMNS).where(bulks.c.bulk_id == bulk_id, reach.over(bulks))
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        raise BulkNotFoundError(bulk_id)
    return bulk_of(row)


async def write_bulk(
    connection: AsyncConnection,
    bulk_id: str,
    condition: ColumnElement[bool],
    values: Mapping[str, Any],
    *,
    events: Sequence[NewEvent] = (),
) -> list[Event] | None:
    """Changes a bulk for which ``condition`` holds and appends to its events; None, and nothing written, for any other."""
    statement = (
        update(bulks)
        .where(bulks.c.bulk_id == bulk_id, condition)
        .values(**values, last_seq=bulks.c.last_seq + len(events))
        .returning(bulks.c.last_seq, now().label("time"))
    )
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    first = row.last_seq - len(events) + 1
    numbered = [Event(bulk_id, seq, row.time, e.kind, e.level, e.payload) for seq, e in enumerate(events, start=first)]
    if numbered:
        rows = [
            {"bulk_id": bulk_id, "seq": e.seq, "time": e.time, "kind": e.kind, "level": e.level, "payload": e.payload}
            for e in numbered
        ]
        await connection.execute(insert(bulk_events), rows)
    return numbered
