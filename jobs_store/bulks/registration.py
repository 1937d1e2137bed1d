"""Turning a bulk's members into jobs, page by page, under a claim. A page is one transaction; the next goes on from it."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import and_, insert, select

from jobs_store.bulks.records import Bulk, BulkState, CountKind, NewMember
from jobs_store.bulks.rows import BULK_COLUMNS, bulk_of, one_bulk, write_bulk
from jobs_store.bulks.tally import add_counts
from jobs_store.dialects import now, random_token
from jobs_store.engine import Transactions
from jobs_store.errors import BulkClaimLostError, UploadGoneError
from jobs_store.events import Event, NewEvent
from jobs_store.jobs.records import JobStatus
from jobs_store.jobs.secrets import JobSecrets
from jobs_store.jobs.submitting import insert_jobs
from jobs_store.tables import bulk_members, bulks
from jobs_store.uploads.repository import take_upload

REASON_CHARACTERS = 200


class BulkRegistration:
    """What changes a bulk that registers asks for its claim, and raises `BulkClaimLostError` where that is not the bulk's."""

    def __init__(self, transactions: Transactions, secrets: JobSecrets) -> None:
        self._transactions, self._secrets = transactions, secrets

    async def waiting(self) -> list[Bulk]:
        """Bulks that are not registered to their end, oldest first."""
        registering = and_(bulks.c.state == BulkState.REGISTERING, bulks.c.cancel_requested.is_(False))
        async with self._transactions.read() as connection:
            found = await connection.execute(select(*BULK_COLUMNS).where(registering).order_by(bulks.c.created_at))
            return [bulk_of(row) for row in found]

    async def claim(self, bulk_id: str) -> tuple[Bulk, str]:
        """The bulk as it is, and the claim that fences its pages. Takes it from whoever had it: there is one who registers."""
        condition = and_(bulks.c.state == BulkState.REGISTERING, bulks.c.cancel_requested.is_(False))
        async with self._transactions.write() as connection:
            if await write_bulk(connection, bulk_id, condition, {"claim": random_token()}) is None:
                raise BulkClaimLostError(bulk_id)
            bulk = await one_bulk(connection, bulk_id)
            claim = (await connection.execute(select(bulks.c.claim).where(bulks.c.bulk_id == bulk_id))).scalar_one()
        return bulk, str(claim)

    async def add_page(
        self,
        bulk: Bulk,
        claim: str,
        members: Sequence[NewMember],
        position: str,
        *,
        archive: str | None = None,
        events: Sequence[NewEvent] = (),
    ) -> list[Event]:
        """Members numbered from ``bulk.members`` on, and their jobs, which wait for their turn; one transaction.

        A member whose upload somebody else has used meanwhile is left out, with that as its reason. ``archive`` is an upload
        that the bulk uses up as a whole: raises `UploadGoneError`, and writes nothing, where somebody else has.
        """
        values = {"members": members[-1].number + 1 if members else bulk.members, "position": position}
        fence = and_(bulks.c.claim == claim, bulks.c.members == bulk.members, bulks.c.state == BulkState.REGISTERING)
        async with self._transactions.write() as connection:
            written = await write_bulk(connection, bulk.bulk_id, fence, values, events=events)
            if written is None:
                raise BulkClaimLostError(bulk.bulk_id)
            if archive is not None and not await take_upload(connection, archive):
                raise UploadGoneError(archive)
            kept = []
            for member in members:
                if member.job is None or member.upload_id is None or await take_upload(connection, member.upload_id):
                    kept.append(member)
                else:
                    reason = "the upload was removed, has expired, or has been used"
                    kept.append(NewMember(member.number, member.name, reason=reason))
            news = [member.job for member in kept if member.job is not None]
            await insert_jobs(connection, self._secrets, news, status=JobStatus.PENDING)
            if kept:
                await connection.execute(insert(bulk_members), [_row(bulk.bulk_id, member) for member in kept])
            await add_counts(connection, _counts(bulk.bulk_id, kept), is_sqlite=self._transactions.is_sqlite)
        return written

    async def finish(self, bulk_id: str, claim: str, *, error: str | None, events: Sequence[NewEvent] = ()) -> list[Event]:
        """Every member is known; with ``error`` there may be more, which cannot be read."""
        values = {"state": BulkState.RUNNING, "registered_at": now(), "claim": None, "error": error}
        async with self._transactions.write() as connection:
            written = await write_bulk(connection, bulk_id, bulks.c.claim == claim, values, events=events)
        if written is None:
            raise BulkClaimLostError(bulk_id)
        return written


def _row(bulk_id: str, member: NewMember) -> dict[str, object]:
    return {
        "bulk_id": bulk_id,
        "number": member.number,
        "name": member.name,
        "job_id": member.job.job_id if member.job else None,
        "reason": member.reason,
        "counted_status": JobStatus.PENDING if member.job else None,
    }


def _counts(bulk_id: str, members: Sequence[NewMember]) -> Counter[tuple[str, str, str]]:
    counted: Counter[tuple[str, str, str]] = Counter()
    for member in members:
        if member.job is not None:
            counted[bulk_id, CountKind.STATUS, JobStatus.PENDING] += 1
        else:
            counted[bulk_id, CountKind.SKIPPED, (member.reason or "")[:REASON_CHARACTERS]] += 1
    return counted
