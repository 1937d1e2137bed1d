"""Many jobs into the queue in few statements, within a transaction of the caller's."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from jobs_store.dialects import now
from jobs_store.job_secrets import JobSecrets
from jobs_store.records import JobStatus, NewEvent, NewJob
from jobs_store.tables import events as event_table
from jobs_store.tables import jobs


async def insert_jobs(
    connection: AsyncConnection,
    secrets: JobSecrets,
    news: Sequence[NewJob],
    *,
    status: JobStatus = JobStatus.QUEUED,
    events: Sequence[NewEvent] = (),
) -> None:
    """Two statements, each for all of them; ``events`` become the first of each. None of the ids may be there already."""
    if not news:
        return
    rows = [asdict(new) | secrets.seal(new) | {"status": status, "last_seq": len(events)} for new in news]
    await connection.execute(insert(jobs), rows)
    numbered = [
        {"job_id": new.job_id, "seq": seq, "kind": event.kind, "level": event.level, "payload": event.payload}
        for new in news
        for seq, event in enumerate(events, start=1)
    ]
    if numbered:
        await connection.execute(insert(event_table).values(time=now()), numbered)
