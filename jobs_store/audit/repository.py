"""The audit log in the database: appended to, read, cut off at its beginning."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update

from jobs_store.audit.appending import LOCKED_END, append_entries
from jobs_store.audit.chain import place
from jobs_store.audit.records import CUT, AuditEntry, ChainEnd, NewAuditEntry, storable
from jobs_store.dialects import from_now
from jobs_store.engine import Transactions
from jobs_store.tables import audit as table
from jobs_store.tables import audit_end
from jobs_store.together import Together, Waiting

Entries = list[AuditEntry]
_COLUMNS = tuple(table.c[field.name] for field in fields(AuditEntry))
_MOST = 200
"""Entries of one transaction."""
_PAGE = 1000
_MOST_CUT = 20_000
_SLACK = timedelta(days=1)
"""Cutting leaves an entry of its own: it is not done for less than a day's."""


class AuditRepository:
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._together: Together[NewAuditEntry, AuditEntry] = Together(self._write, groups=1, most=_MOST)

    async def append(self, new: NewAuditEntry) -> AuditEntry:
        """Durable on return; what is appended at the same time shares a transaction.

        After a `StoreUnavailableError` nobody knows whether it is there; appended again, it is another entry.
        """
        return await self._together(new)

    async def list(
        self,
        *,
        after: int = 0,
        limit: int = 100,
        tenant: str | None = None,
        action: str = "",
        actor: str = "",
        newest: bool = False,
    ) -> Entries:
        """Entries behind that number, in order, the first of them or the ``newest``.

        Only those of a tenant, action and actor where these are given; ``user:<name>`` stands for all who were called so.
        """
        conditions: list[ColumnElement[bool]] = [table.c.seq > after]
        wanted = ((table.c.tenant, tenant), (table.c.action, action or None))
        conditions += [column == storable(value) for column, value in wanted if value is not None]
        if actor:
            called = storable(actor)
            conditions.append(or_(table.c.actor == called, table.c.actor.startswith(f"{called}#", autoescape=True)))
        order = table.c.seq.desc() if newest else table.c.seq
        statement = select(*_COLUMNS).where(*conditions).order_by(order).limit(limit)
        async with self._transactions.read() as connection:
            found = [AuditEntry(**row._mapping) for row in await connection.execute(statement)]
        return found[::-1] if newest else found

    async def all(self, *, after: int = 0) -> AsyncIterator[AuditEntry]:
        """Every entry behind that number, in order, page by page; those that are written meanwhile too."""
        while page := await self.list(after=after, limit=_PAGE):
            for entry in page:
                yield entry
            after = page[-1].seq

    async def end(self) -> ChainEnd:
        """Where the log reaches to, by the row that counts it."""
        async with self._transactions.read() as connection:
            return ChainEnd(*(await connection.execute(select(audit_end.c.seq, audit_end.c.hash))).one())

    async def cut(self, keep: timedelta) -> int:
        """Removes entries that are older, and appends one that names the last of them; gives back how many.

        Not all at once where there are many, and none as long as none is a day older than that.
        """
        return await self._transactions.run(partial(_cut, keep))

    async def _write(self, group: Sequence[Waiting[NewAuditEntry, AuditEntry]]) -> None:
        entries = await self._transactions.run(partial(append_entries, [waiting.item for waiting in group]))
        for waiting, entry in zip(group, entries, strict=True):
            waiting.answered(entry)


def _cut(keep: timedelta, connection: Connection) -> int:
    connection.execute(LOCKED_END)
    oldest = table.c.at < from_now(-keep - _SLACK)
    if connection.execute(select(table.c.seq).where(oldest).order_by(table.c.seq).limit(1)).first() is None:
        return 0
    last = _last_to_cut(connection, from_now(-keep))
    connection.execute(update(audit_end).values(cut_seq=last.seq))  # lets the trigger that protects them allow it
    removed = connection.execute(delete(table).where(table.c.seq <= last.seq)).rowcount
    append_entries([NewAuditEntry(actor="service", tenant="", action=CUT, object=place(last))], connection)
    return removed


def _last_to_cut(connection: Connection, before: ColumnElement[datetime]) -> ChainEnd:
    """Times never go back, so what is older is what comes first."""
    first = select(func.min(table.c.seq)).scalar_subquery()
    statement = (
        select(table.c.seq, table.c.hash)
        .where(table.c.at < before, table.c.seq < first + _MOST_CUT)
        .order_by(table.c.seq.desc())
        .limit(1)
    )
    return ChainEnd(*connection.execute(statement).one())
