"""Writing to a job and its event stream in one statement order that every writer keeps, those of `changes` too.

Every change of a job first takes the lock of its row: that checks the condition and reserves the numbers of the events that go
with it. So writers of one job take turns, its events are contiguous in the order of commits, and a reader that has seen
number n has seen all before it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from jobs_store.bulk_changes import note_changes
from jobs_store.dialects import now
from jobs_store.records import Event, NewEvent
from jobs_store.tables import events as event_table
from jobs_store.tables import jobs


async def write(
    connection: AsyncConnection,
    job_id: str,
    condition: ColumnElement[bool],
    values: Mapping[str, Any],
    *,
    events: Sequence[NewEvent] = (),
) -> list[Event] | None:
    """Changes a job for which ``condition`` holds and appends to its events; None, and nothing written, for any other."""
    statement = (
        update(jobs)
        .where(jobs.c.job_id == job_id, condition)
        .values(**values, last_seq=jobs.c.last_seq + len(events))
        .returning(jobs.c.last_seq, jobs.c.bulk_id, now().label("time"))
    )
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    if "status" in values:
        await connection.run_sync(note_changes, [(row.bulk_id, job_id)])
    numbered = number_events(events, job_id, row.time, after=row.last_seq - len(events))
    await connection.run_sync(append_events, numbered)
    return numbered


def number_events(events: Iterable[NewEvent], job_id: str, time: datetime, *, after: int) -> list[Event]:
    return [
        Event(job_id, seq, time, event.kind, event.level, event.payload) for seq, event in enumerate(events, start=after + 1)
    ]


def append_events(connection: Connection, events: Iterable[Event]) -> None:
    """Their numbers are reserved by then."""
    rows = [
        {"job_id": e.job_id, "seq": e.seq, "time": e.time, "kind": e.kind, "level": e.level, "payload": e.payload}
        for e in events
    ]
    if rows:
        connection.execute(insert(event_table), rows)
