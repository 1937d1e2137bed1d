"""The outbox of jobs towards their bulks: which of them have to be counted anew.

A change of a job's state appends a row here in its own transaction; nobody waits for anybody, as they would for a counter that
all of a bulk's jobs share. Whoever counts (`jobs_store.bulks.tally`) deletes the rows.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, insert

from jobs_store.tables import bulk_changes


def note_changes(connection: Connection, changed: Iterable[tuple[str | None, str]]) -> None:
    """Takes bulk and job ids, in the transaction of the change; jobs without a bulk cost nothing."""
    rows = [{"bulk_id": bulk_id, "job_id": job_id} for bulk_id, job_id in changed if bulk_id is not None]
    if rows:
        connection.execute(insert(bulk_changes), rows)
