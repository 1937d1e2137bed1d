"""Bulks: ordered, found, listed, cancelled, retried."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from cluster.bulks import notices
from jobs_store.bulks import Bulk, BulkCounts, BulkState, NewBulk
from jobs_store.cursors import Position
from jobs_store.errors import UploadNotFoundError
from jobs_store.jobs import Priority
from jobs_store.reach import EVERYWHERE, Reach
from serve_app.access.actions import Action
from serve_app.access.auditing import Auditing
from serve_app.access.auth import Caller, require_tenant
from serve_app.errors import InvalidParametersError
from serve_app.schemas.bulks import BulkOrder
from serve_app.schemas.outcomes import Outcomes
from serve_app.services.jobs import each
from serve_app.services.pages import Page, position_of
from serve_app.submitting.bulk_orders import overwrites, stored_order
from serve_app.submitting.request_digests import order_digest
from serve_app.submitting.webhook_addresses import check_webhooks
from serve_app.wiring import Wiring

_OVERWRITING = (
    "import_type new with one assessment_name: each report closes what others of its asset type brought; "
    "let the name tell them apart ({path}), or import as merge or delta"
)


@dataclass(frozen=True, slots=True)
class CountedBulk:
    bulk: Bulk
    counts: BulkCounts


async def order(auditing: Auditing, order: BulkOrder, idempotency_key: str | None) -> Bulk:
    """The reports become jobs in the background. Repeated with the same key, it is the first one's bulk.

    Raises `LimitReachedError`, `InvalidParametersError`, `UploadNotFoundError`, `IdempotencyKeyReusedError`.
    """
    wiring, caller = auditing.wiring, auditing.caller
    await wiring.limiter.admit(caller.tenant, caller.actor)
    most = wiring.limiter.limits_of(caller.tenant).stored_bytes
    stored = stored_order(order, wiring.settings, caller.tenant, most)
    await check_webhooks([template.webhook_url for template in stored.templates], wiring)
    unknown = await wiring.database.uploads.unknown(
        Reach(caller.owner, caller.reach.submitter), [*order.uploads, *order.archives]
    )
    if unknown:
        raise UploadNotFoundError(min(unknown))
    new = NewBulk(
        bulk_id=f"bulk-{secrets.token_hex(16)}",
        tenant=caller.owner,
        name=order.name,
        priority=Priority.LOW,
        order=stored.encode(),
        seed=secrets.token_hex(16),
        idempotency_key=idempotency_key,
        request_sha256=order_digest(order),
        submitted_by=caller.actor,
    )
    events = [notices.status(BulkState.REGISTERING, 0.0, "registering")]
    if overwrites(stored):
        events.append(notices.log(_OVERWRITING, "WARNING"))
    bulk = await wiring.database.bulks.create(new, events=events)
    if bulk.bulk_id == new.bulk_id:
        await auditing.record(Action.BULK_CREATE, bulk.bulk_id)
    await wiring.cluster.wake_bulks()
    return bulk


async def find(wiring: Wiring, caller: Caller, bulk_id: str) -> Bulk:
    """By its id or how that begins. Raises `BulkNotFoundError`, `AmbiguousIdError`."""
    return await wiring.database.bulks.find(caller.reach, bulk_id)


async def counted(wiring: Wiring, bulks: Sequence[Bulk]) -> list[CountedBulk]:
    """With their counts: one statement for all of them."""
    counts = await wiring.database.bulk_pages.counts([bulk.bulk_id for bulk in bulks]) if bulks else {}
    return [CountedBulk(bulk, counts[bulk.bulk_id]) for bulk in bulks]


async def page(
    wiring: Wiring, caller: Caller, states: Sequence[BulkState], tenant: str | None, *, after: str, limit: int
) -> Page[Bulk]:
    """Newest first. Raises `InvalidParametersError`, `TenantNotFoundError`."""
    position = position_of(after)
    require_tenant(caller, tenant)
    found = await wiring.database.bulk_pages.page(caller.reach, states, tenant, position, limit + 1)
    return Page(found[:limit], cursor_of(found[limit - 1]) if len(found) > limit else None)


def cursor_of(bulk: Bulk) -> str:
    return Position(bulk.created_at, bulk.bulk_id).encode()


async def cancel(auditing: Auditing, bulk_id: str) -> Bulk:
    """Registering stops, waiting jobs end, running ones are asked to. Raises `BulkNotFoundError`, `BulkEndedError`."""
    wiring = auditing.wiring
    bulk = await find(wiring, auditing.caller, bulk_id)
    events = [notices.log("a client cancels the bulk", "WARNING")]
    async with auditing.of(Action.BULK_CANCEL, bulk.bulk_id):
        written = await wiring.database.bulks.request_cancel(bulk.bulk_id, events=events)
    await wiring.bus.publish(written)
    await wiring.cluster.wake_bulks()
    return await wiring.database.bulks.get(EVERYWHERE, bulk.bulk_id)


async def retry(auditing: Auditing, bulk_id: str) -> Bulk:
    """What was imported stays; registering goes on too. Raises `BulkNotFoundError`, `BulkNotRetryableError`."""
    wiring = auditing.wiring
    bulk = await find(wiring, auditing.caller, bulk_id)
    events = [notices.log("what failed is tried again"), notices.status(BulkState.RUNNING, bulk.progress, "goes on")]
    async with auditing.of(Action.BULK_RETRY, bulk.bulk_id):
        written = await wiring.database.bulks.request_retry(bulk.bulk_id, events=events)
    await wiring.bus.publish(written)
    await wiring.cluster.wake_bulks()
    return await wiring.database.bulks.get(EVERYWHERE, bulk.bulk_id)


async def cancel_many(auditing: Auditing, ids: Sequence[str]) -> Outcomes:
    return await _many(auditing, ids, cancel)


async def retry_many(auditing: Auditing, ids: Sequence[str]) -> Outcomes:
    return await _many(auditing, ids, retry)


async def _many(auditing: Auditing, ids: Sequence[str], action: Callable[[Auditing, str], Awaitable[Bulk]]) -> Outcomes:
    if not ids:
        raise InvalidParametersError({"ids": "is empty"})
    return Outcomes(await each(auditing, list(dict.fromkeys(ids)), action), more=False)
