"""Appending to the audit log within a transaction.

All writers of all processes lock one row, from here until they commit, so it has to be the last thing that a transaction does:
one that took another lock after it could wait for another that waits for the row. An upload is such a transaction: a job
that is there has its entry. Everything else appends in a transaction of its own, after the change and before its answer: a
process that dies in between leaves a change without an entry, of which nobody was told that it was made; the job's or bulk's
own events have it.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select

from jobs_store.audit.records import AuditEntry, ChainEnd, NewAuditEntry, follow
from jobs_store.dialects import now
from jobs_store.tables import audit, audit_end

LOCKED_END = select(audit_end.c.seq, audit_end.c.hash, audit_end.c.at, now().label("now")).with_for_update()
_INSERT = insert(audit)


def append_entries(news: Sequence[NewAuditEntry], connection: Connection) -> list[AuditEntry]:
    """Two statements for all of them, the last of their transaction. A trigger moves the row with each entry."""
    if not news:
        return []
    seq, previous, latest, moment = connection.execute(LOCKED_END).one()
    end, at = ChainEnd(seq, previous), max(latest, moment)  # on PostgreSQL now() is when the transaction began to wait
    entries = []
    for new in news:
        entry = follow(new, end, at)
        entries.append(entry)
        end = ChainEnd(entry.seq, entry.hash)
    connection.execute(_INSERT, [vars(entry) for entry in entries])
    return entries
