"""``/api/v2/bulks``: ordered, listed, shown, cancelled and retried."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from jobs_store.bulks import Bulk, BulkState
from jobs_store.jobs import JobStatus
from serve_app.access.auditing import AuditDep
from serve_app.access.auth import ReaderDep, SubmitterDep, WiringDep, key_required, require_tenant
from serve_app.routes.v2.jobs import JSON
from serve_app.routes.v2.parameters import After, Limit
from serve_app.schemas.bulks import BulkAnswer, BulkOrder, SkippedMemberAnswer
from serve_app.schemas.problems import problems
from serve_app.schemas.v2 import BulksV2, BulkV2, JobsV2, JobV2, ManyBulks, OutcomesV2, SkippedMembersV2
from serve_app.services import bulks
from serve_app.services.pages import number_of
from serve_app.wiring import Wiring

router = APIRouter(
    prefix="/api/v2/bulks",
    tags=["v2 bulks"],
    dependencies=key_required,
    responses=problems(400, 401, 403, 404, 503),
)


@router.post("", status_code=202, summary="Order the import of many reports", responses=problems(413, 422, 429))
async def order_bulk(
    order: BulkOrder,
    wiring: WiringDep,
    caller: SubmitterDep,
    audit: AuditDep,
    idempotency_key: Annotated[
        str | None,
        Header(min_length=1, max_length=255, description="A repetition with the same key gets the first bulk."),
    ] = None,
) -> BulkV2:
    """Answers at once; the reports become jobs in the background, below single uploads in priority."""
    (shown,) = await _shown(wiring, [await bulks.order(audit, order, idempotency_key)])
    return shown


@router.get("", summary="List bulks, newest first", response_model=BulksV2)
async def list_bulks(
    wiring: WiringDep,
    caller: ReaderDep,
    state: Annotated[list[BulkState], Query(max_length=len(BulkState), description="Any of these.")] = [],  # noqa: B006
    tenant: Annotated[str | None, Query(max_length=128, description="For who operates the service.")] = None,
    after: After = "",
    limit: Limit = 50,
) -> Response:
    require_tenant(caller, tenant)

    async def make() -> bytes:
        page = await bulks.page(wiring, caller, state, tenant, after=after, limit=limit)
        return BulksV2(items=await _shown(wiring, page.items), next=page.next).model_dump_json().encode()

    what = f"v2/bulks {sorted(state)} {tenant!r} {limit} {after}"
    return Response(await wiring.kept.get(caller.reach, what, make), media_type=JSON)


@router.get("/{bulk_id}", summary="Show a bulk")
async def show_bulk(bulk_id: str, wiring: WiringDep, caller: ReaderDep) -> BulkV2:
    (shown,) = await _shown(wiring, [await bulks.find(wiring, caller, bulk_id)])
    return shown


@router.get("/{bulk_id}/jobs", summary="List a bulk's jobs, in the order of its members")
async def bulk_jobs(
    bulk_id: str,
    wiring: WiringDep,
    caller: ReaderDep,
    state: Annotated[list[JobStatus], Query(max_length=len(JobStatus), description="Any of these.")] = [],  # noqa: B006
    after: After = "",
    limit: Limit = 50,
) -> JobsV2:
    bulk = await bulks.find(wiring, caller, bulk_id)
    pages = await wiring.database.bulk_pages.jobs([bulk.bulk_id], states=state, after=number_of(after), limit=limit + 1)
    found = pages.get(bulk.bulk_id, ())
    items = [JobV2.of(job) for _, job in found[:limit]]
    return JobsV2(items=items, next=str(found[limit - 1][0]) if len(found) > limit else None)


@router.get("/{bulk_id}/skipped", summary="List the members that became no job")
async def bulk_skipped(
    bulk_id: str, wiring: WiringDep, caller: ReaderDep, after: After = "", limit: Limit = 100
) -> SkippedMembersV2:
    bulk = await bulks.find(wiring, caller, bulk_id)
    found = await wiring.database.bulks.skipped(bulk.bulk_id, after=number_of(after), limit=limit + 1)
    items = [SkippedMemberAnswer.of(member) for member in found[:limit]]
    return SkippedMembersV2(items=items, next=str(items[-1].number) if len(found) > limit else None)


@router.post("/cancel", summary="Cancel many bulks and all of their jobs", responses=problems(413))
async def cancel_bulks(order: ManyBulks, caller: SubmitterDep, audit: AuditDep) -> OutcomesV2:
    return OutcomesV2.of(await bulks.cancel_many(audit, order.ids))


@router.post("/retry", summary="Go on with what failed or was cancelled in many bulks", responses=problems(413))
async def retry_bulks(order: ManyBulks, caller: SubmitterDep, audit: AuditDep) -> OutcomesV2:
    return OutcomesV2.of(await bulks.retry_many(audit, order.ids))


async def _shown(wiring: Wiring, found: Sequence[Bulk]) -> list[BulkV2]:
    return [
        BulkV2(**BulkAnswer.of(each.bulk, each.counts).model_dump(), tenant=each.bulk.tenant)
        for each in await bulks.counted(wiring, found)
    ]
