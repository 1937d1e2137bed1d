"""Writing to a job and its event stream in one statement order that every writer keeps.

Every change of a job first updates its row: that checks the lease, takes the row's lock and reserves the numbers of the events
that go with it. So writers of one job take turns, its events are contiguous in the order of commits, and a reader that has seen
number n has seen all before it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from jobs_store.bulk_changes import note_changes
from jobs_store.dialects import now
from jobs_store.errors import LeaseLostError
from jobs_store.records import Event, JobStatus, Lease, NewEvent
from jobs_store.tables import events as event_table
from jobs_store.tables import jobs


async def fenced_write(
    connection: AsyncConnection, lease: Lease, values: Mapping[str, Any] | None = None, *, events: Sequence[NewEvent] = ()
) -> list[Event]:
    """Two statements at most. Raises `LeaseLostError`, which rolls the transaction back, when the lease is not the job's."""
    written = await write(connection, lease.job_id, held_by(lease), values or {}, events=events)
    if written is None:
        raise LeaseLostError(lease.job_id)
    return written


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
        await note_changes(connection, [(row.bulk_id, job_id)])
    first = row.last_seq - len(events) + 1
    numbered = [
        Event(job_id, seq, row.time, event.kind, event.level, event.payload) for seq, event in enumerate(events, start=first)
    ]
    if numbered:
        rows = [
            {"job_id": job_id, "seq": e.seq, "time": e.time, "kind": e.kind, "level": e.level, "payload": e.payload}
            for e in numbered
        ]
        await connection.execute(insert(event_table), rows)
    return numbered


def held_by(lease: Lease) -> ColumnElement[bool]:
    """The fence. An expired lease still holds until somebody takes the job back; from then on the token differs."""
    return and_(jobs.c.status == JobStatus.PROCESSING, jobs.c.lease_token == lease.token)
