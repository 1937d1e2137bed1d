"""Writing to a job and its event stream in one statement order that every writer keeps, those of `changes` too.

Every change of a job first takes the lock of its row: that checks the condition and reserves the numbers of the events that go
with it. So writers of one job take turns, its events are contiguous in the order of commits, and a reader that has seen
number n has seen all before it.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from jobs_store.dialects import now
from jobs_store.events import Event, NewEvent
from jobs_store.jobs.outbox import note_changes
from jobs_store.jobs.records import Announcement, Job
from jobs_store.jobs.rows import JOB_COLUMNS, job_of
from jobs_store.jobs.transitions import Transition
from jobs_store.tables import events as event_table
from jobs_store.tables import jobs
from jobs_store.webhooks.repository import insert_deliveries

TELL = Transition(true())
"""Events alone."""


async def write(
    connection: AsyncConnection, job_id: str, transition: Transition, *, events: Sequence[NewEvent] = ()
) -> list[Event] | None:
    """Changes a job for which the transition is allowed and appends to its events; None, and nothing written, for any other."""
    statement = (
        update(jobs)
        .where(jobs.c.job_id == job_id, transition.allowed)
        .values(**transition.values, last_seq=jobs.c.last_seq + len(events))
        .returning(jobs.c.last_seq, jobs.c.bulk_id, now().label("time"))
    )
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    await _follow_up(connection, transition, [(row.bulk_id, job_id)])
    numbered = number_events(events, job_id, row.time, after=row.last_seq - len(events))
    await connection.run_sync(append_events, numbered)
    return numbered


async def write_page(
    connection: AsyncConnection,
    which: ColumnElement[bool],
    transition: Transition,
    *,
    limit: int,
    announce: Callable[[Job], Announcement] = lambda _job: Announcement(),
) -> list[Job]:
    """Changes up to ``limit`` of the jobs that ``which`` describes, the oldest first, but for those that others change.

    ``announce`` says what to tell about each, as it is now.
    """
    page = select(jobs.c.job_id).where(which, transition.allowed).order_by(jobs.c.created_at).limit(limit)
    chosen = page.with_for_update(skip_locked=True).cte("chosen").prefix_with("MATERIALIZED", dialect="postgresql")
    return await _write_all(connection, jobs.c.job_id == chosen.c.job_id, transition, announce)


async def write_all(connection: AsyncConnection, which: ColumnElement[bool], transition: Transition) -> list[Job]:
    """Changes all jobs that ``which`` describes; waits for those that others are changing."""
    return await _write_all(connection, which, transition, lambda _job: Announcement())


async def _write_all(
    connection: AsyncConnection,
    which: ColumnElement[bool],
    transition: Transition,
    announce: Callable[[Job], Announcement],
) -> list[Job]:
    statement = update(jobs).where(which, transition.allowed).values(**transition.values).returning(*JOB_COLUMNS)
    changed = [job_of(row) for row in await connection.execute(statement)]
    await _follow_up(connection, transition, [(job.bulk_id, job.job_id) for job in changed])
    for job in changed:
        await announce_change(connection, job, announce(job))
    return changed


async def _follow_up(connection: AsyncConnection, transition: Transition, changed: Sequence[tuple[str | None, str]]) -> None:
    if "status" in transition.values:
        await connection.run_sync(note_changes, changed)
    if transition.batches is not None and changed:
        await connection.execute(transition.batches, {"job_ids": [job_id for _, job_id in changed]})


async def announce_change(connection: AsyncConnection, job: Job, announcement: Announcement) -> None:
    """Within the transaction of the change itself."""
    if announcement.events:
        await write(connection, job.job_id, Transition(jobs.c.status == job.status), events=announcement.events)
    if announcement.webhook_body is not None and job.webhook_url is not None:
        await connection.run_sync(insert_deliveries, [(job.job_id, job.webhook_url, announcement.webhook_body)])


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
