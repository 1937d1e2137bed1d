"""``/api/v1/uploads``: reports in parts, straight into storage where it can be reached; and the jobs that they become."""

import secrets
from datetime import timedelta
from functools import partial
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request, Response

from jobs_store.errors import UploadGoneError
from jobs_store.reach import Reach
from jobs_store.storage import layout
from jobs_store.uploads import NewUpload, Upload, UploadState
from jobs_store.uploads.parts import arrived
from serve_app.access.actions import Action
from serve_app.access.auditing import AuditDep
from serve_app.access.auth import SubmitterDep, WiringDep, key_required
from serve_app.errors import InvalidParametersError, TooLargeError, TooManyUploadsError
from serve_app.routes.uploads import websocket_url
from serve_app.schemas.jobs import UploadAnswer
from serve_app.schemas.uploads import DirectUploadAnswer, JobOrder, PartsAnswer, UploadOrder, UploadOrderAnswer
from serve_app.services import uploads
from serve_app.submitting.submission import (
    PHOENIX_FIELDS,
    check_phoenix,
    import_options,
    label,
    path_of,
)
from serve_app.submitting.upload_parts import MOST_PARTS, part_addresses, part_size
from serve_app.submitting.upload_sink import UploadSink
from serve_app.submitting.webhook_addresses import check_webhooks
from serve_app.wiring import Wiring

router = APIRouter(prefix="/api/v1", tags=["upload in parts"], dependencies=key_required)
MOST_UNUSED = 10_000
"""Uploads of a tenant that are neither used nor removed."""
_PAGE = 100


@router.post("/uploads", status_code=201, summary="Announce a report that comes in parts")
async def announce(order: UploadOrder, wiring: WiringDep, caller: SubmitterDep, audit: AuditDep) -> UploadOrderAnswer:
    """Then `PUT` each part where the answer says, in any order, as often as it takes; `POST /api/v1/jobs` makes it a job."""
    filename = label(order.filename)
    if order.size_bytes > wiring.settings.max_direct_upload_bytes:
        raise TooLargeError("the report", wiring.settings.max_direct_upload_bytes)
    if order.options.model_fields_set & PHOENIX_FIELDS:  # else they may come with the job, or with a bulk
        check_phoenix(order.options, wiring.settings, caller.tenant)
    await check_webhooks([order.options.webhook_url], wiring)
    import_options(order.options, wiring.settings)
    path = order.options.path or path_of(order.filename) or None
    await wiring.limiter.admit(caller.tenant, caller.actor, order.size_bytes)
    await wiring.limiter.count_bytes(caller.tenant, order.size_bytes)
    if await wiring.database.uploads.count_unused(caller.owner) >= MOST_UNUSED:
        raise TooManyUploadsError(MOST_UNUSED)
    upload_id = f"upload-{secrets.token_hex(16)}"
    key = layout.direct_upload(upload_id)
    new = NewUpload(
        upload_id=upload_id,
        tenant=caller.owner,
        filename=filename,
        size_bytes=order.size_bytes,
        part_size_bytes=part_size(order.size_bytes),
        storage_key=key,
        parts_id=await run_sync(wiring.storage.begin_parts, key),
        options=order.options.model_copy(update={"path": path}).model_dump_json(exclude_unset=True),
        job_id=f"job-{secrets.token_hex(16)}",
        submitted_by=caller.actor,
    )
    upload = await wiring.database.uploads.create(new, expires_in=timedelta(hours=wiring.settings.upload_expires_hours))
    await audit.record(Action.UPLOAD_CREATE, upload_id)
    page = await _parts_page(wiring, upload, 0)
    return UploadOrderAnswer(**DirectUploadAnswer.of(upload, []).model_dump(), **page.model_dump())


@router.get("/uploads/{upload_id}", summary="Show which parts have arrived")
async def show_upload(upload_id: str, wiring: WiringDep, caller: SubmitterDep) -> DirectUploadAnswer:
    upload = await wiring.database.uploads.get(caller.reach, upload_id)
    return await _shown(wiring, upload)


@router.get("/uploads/{upload_id}/parts", summary="Say where parts go")
async def list_parts(
    upload_id: str,
    response: Response,
    wiring: WiringDep,
    caller: SubmitterDep,
    after: Annotated[int, Query(ge=0, le=MOST_PARTS, description="Number of the last part that is not wanted.")] = 0,
) -> PartsAnswer:
    """Up to a hundred parts numbered above `after`. Signed URLs are good for an hour; ask again for fresh ones."""
    response.headers["Cache-Control"] = "no-store"  # signed URLs are keys
    return await _parts_page(wiring, await _open_upload(wiring, caller.reach, upload_id), after)


@router.put("/uploads/{upload_id}/parts/{number}", status_code=204, summary="Send a part")
async def put_part(upload_id: str, number: int, request: Request, wiring: WiringDep, caller: SubmitterDep) -> Response:
    """The body is the part, of the announced size; streamed. Sent again, it replaces the first."""
    upload = await _open_upload(wiring, caller.reach, upload_id)
    if not 1 <= number <= upload.part_count:
        raise InvalidParametersError({"number": f"the upload has parts 1 to {upload.part_count}"})
    wanted = upload.part_bytes(number)
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) != wanted:
        raise InvalidParametersError({"content-length": f"part {number} has {wanted:,} bytes, not {int(announced):,}"})
    writer = partial(wiring.storage.part_writer, upload.storage_key, upload.parts_id, number)
    async with UploadSink(writer, wiring.storing, max_bytes=wanted, what=f"part {number}") as sink:
        async for data in request.stream():
            await sink.write(data)
        if sink.size_bytes != wanted:
            raise InvalidParametersError({"body": f"part {number} has {wanted:,} bytes, not {sink.size_bytes:,}"})
        await sink.commit()
    return Response(status_code=204)


@router.post("/uploads/{upload_id}/complete", summary="Join the parts")
async def complete_upload(upload_id: str, caller: SubmitterDep, audit: AuditDep) -> DirectUploadAnswer:
    """Optional: making a job of it does the same. 409 names the parts that are missing."""
    return DirectUploadAnswer.of(await uploads.complete(audit, upload_id), [])


@router.delete("/uploads/{upload_id}", status_code=204, summary="Remove an upload that no job has")
async def remove_upload(upload_id: str, caller: SubmitterDep, audit: AuditDep) -> Response:
    await uploads.remove(audit, upload_id)
    return Response(status_code=204)


@router.post("/jobs", status_code=202, summary="Make a job of an upload")
async def create_job(
    order: JobOrder, request: Request, wiring: WiringDep, caller: SubmitterDep, audit: AuditDep
) -> UploadAnswer:
    """As `POST /api/v1/upload` answers. Repeated, it gets the same job."""
    job = await uploads.make_job(audit, order)
    return UploadAnswer(
        job_id=job.job_id,
        status=job.status,
        message=f"{job.filename} is {job.status}",
        created_at=job.created_at,
        websocket_url=websocket_url(request, wiring, job.job_id),
    )


async def _open_upload(wiring: Wiring, reach: Reach, upload_id: str) -> Upload:
    upload = await wiring.database.uploads.get(reach, upload_id)
    if upload.state is not UploadState.OPEN or upload.expires_at <= wiring.now():
        raise UploadGoneError(upload_id)
    return upload


async def _shown(wiring: Wiring, upload: Upload) -> DirectUploadAnswer:
    parts = await run_sync(arrived, wiring.storage, upload) if upload.state is UploadState.OPEN else []
    return DirectUploadAnswer.of(upload, parts)


async def _parts_page(wiring: Wiring, upload: Upload, after: int) -> PartsAnswer:
    last = min(after + _PAGE, upload.part_count)
    parts = await run_sync(part_addresses, wiring.storage, upload, range(after + 1, last + 1), wiring.now())
    return PartsAnswer(parts=parts, next_after=last if last < upload.part_count else None)
