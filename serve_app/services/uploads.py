"""Uploads in parts, once they are stored: joined, removed, made jobs."""

from anyio.to_thread import run_sync

from cluster import notices
from cluster.metering.metrics import UPLOADED_BYTES
from jobs_store.errors import UploadGoneError
from jobs_store.jobs import Job, JobStatus
from jobs_store.reach import EVERYWHERE
from jobs_store.uploads import Upload, UploadState
from jobs_store.uploads.parts import make_whole
from serve_app.access.actions import Action
from serve_app.access.auditing import Auditing
from serve_app.answering.request_context import current_request
from serve_app.schemas.form_fields import FormFields, merged_options
from serve_app.schemas.uploads import JobOrder
from serve_app.submitting.first_look import HEAD_BYTES, require_report
from serve_app.submitting.submission import StoredReport, check_phoenix, import_options, new_job, with_defaults
from serve_app.submitting.webhook_addresses import check_webhooks
from serve_app.wiring import Wiring


async def complete(auditing: Auditing, upload_id: str) -> Upload:
    """Joins its parts. Raises `UploadNotFoundError`, `UploadGoneError`, `UploadIncompleteError`."""
    upload = await auditing.wiring.database.uploads.get(auditing.caller.reach, upload_id)
    async with auditing.of(Action.UPLOAD_COMPLETE, upload_id):
        return await _completed(auditing.wiring, upload)


async def remove(auditing: Auditing, upload_id: str) -> None:
    """One that no job has. Raises `UploadNotFoundError`, `UploadGoneError`."""
    wiring = auditing.wiring
    async with auditing.of(Action.UPLOAD_REMOVE, upload_id):
        upload = await wiring.database.uploads.remove(auditing.caller.reach, upload_id)
        await run_sync(wiring.storage.abort_parts, upload.storage_key, upload.parts_id)
        await run_sync(wiring.storage.delete, upload.storage_key)
        await wiring.database.uploads.forget(upload_id)


async def make_job(auditing: Auditing, order: JobOrder) -> Job:
    """Of a stored upload; repeated, it is the same job. Raises what is wrong with the options, the report or the upload."""
    wiring, caller = auditing.wiring, auditing.caller
    upload = await wiring.database.uploads.get(caller.reach, order.upload_id)
    tenant = await wiring.tenants.get(upload.tenant)
    fields = with_defaults(tenant, merged_options(FormFields.model_validate_json(upload.options), order.options))
    phoenix_url = check_phoenix(fields, wiring.settings, tenant)
    await check_webhooks([fields.webhook_url], wiring)
    options = import_options(fields, wiring.settings)
    upload = await _completed(wiring, upload)
    require_report(await run_sync(wiring.storage.get, upload.storage_key, 0, HEAD_BYTES), options.scanner_type)
    report = StoredReport(upload.storage_key, upload.filename, upload.size_bytes, None)
    by = upload.submitted_by or caller.actor
    context = current_request()
    new = new_job(
        upload.job_id,
        report,
        fields,
        options,
        tenant=tenant.name,
        submitted_by=by,
        phoenix_url=phoenix_url,
        request_id=context.request_id or None,
        traceparent=context.traceparent,
    )
    received = f"received {upload.filename} in {upload.part_count} parts, {upload.size_bytes:,} bytes"
    events = (
        notices.status(JobStatus.QUEUED, 0.0, "queued"),
        notices.log(received, request_id=new.request_id),
    )
    if await wiring.database.uploads.use(upload.upload_id, new, events=events):
        wiring.telemetry.meter.count(UPLOADED_BYTES, amount=upload.size_bytes)
        await auditing.record(Action.JOB_CREATE, upload.job_id)
    job = await wiring.database.jobs.get(EVERYWHERE, upload.job_id)
    await wiring.cluster.wake()
    return job


async def _completed(wiring: Wiring, upload: Upload) -> Upload:
    if upload.state is UploadState.REMOVED:
        raise UploadGoneError(upload.upload_id)
    await run_sync(make_whole, wiring.storage, upload)
    return await wiring.database.uploads.mark_complete(upload.upload_id)
