"""A job's plan: its batches, and how far each has come. Every write is fenced by the job's lease."""

import builtins
import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, select

from jobs_store.engine import Transactions
from jobs_store.events import Event, NewEvent
from jobs_store.jobs.changes import Change, Changes
from jobs_store.jobs.records import Batch, BatchChange, BatchState, Lease
from jobs_store.jobs.transitions import given
from jobs_store.tables import batches as table


class BatchRepository:
    def __init__(self, transactions: Transactions, changes: Changes) -> None:
        self._transactions, self._changes = transactions, changes

    async def plan(
        self,
        lease: Lease,
        batches: Sequence[Batch],
        events: Sequence[NewEvent] = (),
        *,
        progress: float | None = None,
        current_step: str | None = None,
        detected_format: str | None = None,
        asset_type: str | None = None,
        assessment_name: str | None = None,
        skipped: int | None = None,
        batch_summary: str | None = None,
    ) -> builtins.list[Event]:
        """Writes all batches, what is known of the job by now, and `Job.planned`: on return translating is over for good.

        Replaces an earlier plan, so it is for a job that has sent nothing. Store the bodies first.
        """
        known = given(
            progress=progress,
            current_step=current_step,
            detected_format=detected_format,
            asset_type=asset_type,
            assessment_name=assessment_name,
            skipped=skipped,
            batch_summary=batch_summary,
        )
        return await self._changes.write(Change(lease, known | {"planned": True}, events, plan=batches))

    async def list(self, job_id: str) -> builtins.list[Batch]:
        """In the order of their numbers; empty while there is no plan."""
        statement = select(table).where(table.c.job_id == job_id).order_by(table.c.number)
        async with self._transactions.read() as connection:
            return [batch_of(row) for row in await connection.execute(statement)]

    async def settle(self, lease: Lease, *changes: BatchChange) -> builtins.list[Event]:
        """These batches, each at most once, are imported or have failed. Their requests add to the batch's count.

        A batch that is settled already is left alone and its events are not written, so it may be repeated. Raises
        `BatchNotFoundError`, and then nothing is written.
        """
        if any(change.state is BatchState.PENDING for change in changes):
            raise ValueError("a batch is not settled as pending")
        return await self._changes.write(Change(lease, batches=changes))


def batch_of(row: Row[*tuple[Any, ...]]) -> Batch:
    values = {field.name: getattr(row, field.name) for field in fields(Batch)}
    return Batch(**values | {"needs": tuple(json.loads(row.needs)), "state": BatchState(row.state)})
