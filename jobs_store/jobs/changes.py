"""Changes of running jobs, many in one transaction: those that wait together are committed together.

Each job is fenced for itself: one whose lease is lost is left out, and the others of the group are written. Every job's row is
locked first (in the order of ids, so that groups cannot wait for each other in a circle), its events are numbered without gaps.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, tuple_, update

from jobs_store.dialects import now
from jobs_store.engine import Transactions
from jobs_store.errors import BatchNotFoundError, LeaseLostError, StoreError, StoreUnavailableError
from jobs_store.events import Event, NewEvent
from jobs_store.jobs.fence import append_events, number_events
from jobs_store.jobs.outbox import note_changes
from jobs_store.jobs.records import Batch, BatchChange, BatchState, Lease
from jobs_store.jobs.transitions import CHANGE_HELD, HELD, completed
from jobs_store.tables import batches
from jobs_store.together import Together, Waiting
from jobs_store.webhooks.repository import insert_deliveries

_MOST = 200
"""Changes of one transaction: others wait for the rows that it has locked, on SQLite for all of it."""
_PAUSE_SECONDS = 0.03
"""Between transactions on SQLite: processes wait for its one writer by asking again and again, the edge among them."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is written about one job at once."""

    lease: Lease
    values: Mapping[str, Any] = field(default_factory=dict)
    events: Sequence[NewEvent] = ()
    plan: Sequence[Batch] | None = None
    """Replaces an earlier one."""
    batches: Sequence[BatchChange] = ()
    webhook_body: str | None = None


Written = list[Event] | StoreError
_Waiting = Waiting[Change, list[Event]]


_BATCHES = select(batches.c.job_id, batches.c.number, batches.c.state, batches.c.attempts, batches.c.requests).where(
    tuple_(batches.c.job_id, batches.c.number).in_(bindparam("keys", expanding=True))
)
_UPDATE_BATCH = (
    update(batches)
    .where(batches.c.job_id == bindparam("its_job"), batches.c.number == bindparam("its_number"))
    .values(updated_at=now())
)
"""Made once: making a statement costs as much as executing it."""


class Changes:
    """Durable on return; gives back the events as they are numbered.

    Raises `LeaseLostError`, `BatchNotFoundError`; the transaction is one with whatever else waits, the outcome is not.
    """

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._together: Together[Change, list[Event]] = Together(
            self._write,
            groups=1 if transactions.is_sqlite else 2,
            most=_MOST,
            one_is_to_blame=lambda error: not isinstance(error, StoreUnavailableError),
            pause_seconds=_PAUSE_SECONDS if transactions.is_sqlite else 0.0,
        )

    async def write(self, change: Change) -> list[Event]:
        return await self._together(change)

    async def _write(self, group: Sequence[_Waiting]) -> None:
        written = await self._commit([waiting.item for waiting in group])
        for waiting, answer in zip(group, written, strict=True):
            waiting.answered(answer)

    async def _commit(self, changes: Sequence[Change]) -> list[Written]:
        def commit(connection: Connection) -> dict[int, Written]:
            written: dict[int, Written] = {}
            for turn in _turns(changes):
                written |= _write_turn(connection, turn)
            return written

        written = await self._transactions.run(commit)
        return [written[place] for place in range(len(changes))]


def _turns(changes: Sequence[Change]) -> Iterable[dict[int, Change]]:
    """Changes by their places, such that each turn has one of a job at most: of the same job, one after the other."""
    turns: list[dict[int, Change]] = []
    seen: defaultdict[str, int] = defaultdict(int)
    for place, change in enumerate(changes):
        turn = seen[change.lease.job_id]
        seen[change.lease.job_id] += 1
        if turn == len(turns):
            turns.append({})
        turns[turn][place] = change
    return turns


def _write_turn(connection: Connection, changes: Mapping[int, Change]) -> dict[int, Written]:
    """At most ten statements, however many the changes."""
    rows = _locked(connection, changes.values())
    known = _batch_rows(connection, changes.values())
    answers: dict[int, Written] = {}
    writing: list[tuple[Change, int]] = []
    """Each with its number of events."""
    settling: list[tuple[BatchChange, Row[*tuple[Any, ...]]]] = []
    for place, change in changes.items():
        job_id = change.lease.job_id
        if job_id not in rows:
            answers[place] = LeaseLostError(job_id)
            continue
        unknown = [batch.number for batch in change.batches if (job_id, batch.number) not in known]
        if unknown:
            answers[place] = BatchNotFoundError(job_id, unknown[0])
            continue
        its_batches = [(batch, known[job_id, batch.number]) for batch in change.batches]
        unsettled = [(batch, row) for batch, row in its_batches if row.state == BatchState.PENDING]
        events = [*chain.from_iterable(batch.events for batch, _ in unsettled), *change.events]
        answers[place] = number_events(events, job_id, rows[job_id].time, after=rows[job_id].last_seq)
        settling += unsettled
        writing.append((change, len(events)))
    _update_jobs(connection, writing, rows)
    written = [change for change, _ in writing]
    _write_plans(connection, written)
    _update_batches(connection, settling)
    append_events(connection, [event for events in answers.values() if not isinstance(events, StoreError) for event in events])
    note_changes(connection, [(rows[c.lease.job_id].bulk_id, c.lease.job_id) for c in written if "status" in c.values])
    insert_deliveries(
        connection,
        [
            (change.lease.job_id, change.lease.job.webhook_url, change.webhook_body)
            for change in written
            if change.webhook_body is not None and change.lease.job.webhook_url is not None
        ],
    )
    return answers


def _locked(connection: Connection, changes: Iterable[Change]) -> dict[str, Row[*tuple[Any, ...]]]:
    """Rows of the jobs whose lease is good: an expired one still holds until somebody takes the job back."""
    tokens = {change.lease.job_id: change.lease.token for change in changes}
    rows = connection.execute(HELD, {"job_ids": list(tokens)})
    return {row.job_id: row for row in rows if row.lease_token == tokens[row.job_id]}


def _update_jobs(
    connection: Connection, changes: Iterable[tuple[Change, int]], rows: Mapping[str, Row[*tuple[Any, ...]]]
) -> None:
    alike: defaultdict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for change, events in changes:
        row = rows[change.lease.job_id]
        values = completed(change.values, row.time)
        if events:
            values["last_seq"] = row.last_seq + events
        if values:
            alike[tuple(values)].append({"its_job": row.job_id, **values})
    for same in alike.values():
        connection.execute(CHANGE_HELD, same)


def _write_plans(connection: Connection, changes: Iterable[Change]) -> None:
    plans = {change.lease.job_id: change.plan for change in changes if change.plan is not None}
    rows = [
        {
            "job_id": job_id,
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
        for job_id, plan in plans.items()
        for batch in plan
    ]
    if plans:
        connection.execute(delete(batches).where(batches.c.job_id.in_(plans)))
    if rows:
        connection.execute(insert(batches), rows)


def _batch_rows(connection: Connection, changes: Iterable[Change]) -> dict[tuple[str, int], Row[*tuple[Any, ...]]]:
    keys = [(change.lease.job_id, batch.number) for change in changes for batch in change.batches]
    if not keys:
        return {}
    rows = connection.execute(_BATCHES, {"keys": keys})
    return {(row.job_id, row.number): row for row in rows}


def _update_batches(connection: Connection, settling: Iterable[tuple[BatchChange, Row[*tuple[Any, ...]]]]) -> None:
    rows = [
        {
            "its_job": row.job_id,
            "its_number": row.number,
            "state": change.state,
            "error": change.error,
            "request_id": change.request_id,
            "requests": row.requests + change.requests,
            "attempts": row.attempts + 1,
        }
        for change, row in settling
    ]
    if rows:
        connection.execute(_UPDATE_BATCH, rows)
