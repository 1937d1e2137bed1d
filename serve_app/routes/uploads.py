"""``POST /api/v1/upload``: a report goes straight into object storage, and becomes a job."""

import secrets
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response

from cluster import notices
from cluster.metering.metrics import UPLOADED_BYTES
from cluster.tracing import span
from jobs_store.audit import NewAuditEntry
from jobs_store.errors import StoreError
from jobs_store.jobs import Job, JobStatus, NewJob
from jobs_store.keys import Scope
from jobs_store.storage import layout
from serve_app.access.actions import Action
from serve_app.access.auditing import entry
from serve_app.access.auth import Caller, authenticate, key_required, require
from serve_app.answering.direct_route import DirectRoute
from serve_app.answering.request_context import current_request
from serve_app.errors import InvalidParametersError, TooLargeError
from serve_app.schemas.form_fields import form_schema, parse_fields
from serve_app.schemas.jobs import UploadAnswer
from serve_app.submitting.first_look import HEAD_BYTES, require_report
from serve_app.submitting.multipart import OVERHEAD_BYTES, UploadForm
from serve_app.submitting.submission import StoredReport, check_phoenix, import_options, label, new_job, path_of, with_defaults
from serve_app.submitting.upload_sink import UploadSink
from serve_app.submitting.webhook_addresses import check_webhooks
from serve_app.wiring import Wiring

router = APIRouter(prefix="/api/v1/upload", tags=["upload"], dependencies=key_required, route_class=DirectRoute)
_MOST_KEY_CHARACTERS = 255
_DOCUMENTED: dict[str, Any] = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "schema": {"type": "string", "minLength": 1, "maxLength": _MOST_KEY_CHARACTERS},
            "description": "A repetition with the same key gets the first one's job.",
        }
    ],
    "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form_schema()}}},
}


@router.post("", status_code=202, summary="Upload a report", response_model=UploadAnswer, openapi_extra=_DOCUMENTED)
async def upload(request: Request) -> Response:
    """The report is streamed to storage while it arrives and is durable when this answers, and so is the job.

    Fields may come in any order. Follow the job with `websocket_url`, or ask for `GET /api/v1/jobs/{job_id}`.
    """
    wiring: Wiring = request.app.state.wiring
    caller = require(await authenticate(request, wiring), Scope.SUBMIT)
    idempotency_key = _idempotency_key(request)
    await wiring.limiter.admit(caller.tenant, caller.actor, _announced_bytes(request))
    job_id = f"job-{secrets.token_hex(16)}"
    with span("receive report", {"phoenix.job_id": job_id}):
        new = await _receive(request, wiring, caller, job_id, idempotency_key)
    audit = entry(caller, Action.JOB_CREATE, job_id, address=wiring.addresses.of(request))
    with span("write job", {"phoenix.job_id": job_id}):
        job = await _create(wiring, new, audit)
    wiring.telemetry.meter.count(UPLOADED_BYTES, amount=new.file_size_bytes)
    await wiring.cluster.wake()
    answer = UploadAnswer(
        job_id=job.job_id,
        status=job.status,
        message=f"{job.filename} is {job.status}",
        created_at=job.created_at,
        websocket_url=websocket_url(request, wiring, job.job_id),
    )
    return Response(answer.model_dump_json(), 202, media_type="application/json")


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not 1 <= len(key) <= _MOST_KEY_CHARACTERS:
        raise InvalidParametersError({"Idempotency-Key": f"must have 1 to {_MOST_KEY_CHARACTERS} characters"})
    return key


async def _receive(request: Request, wiring: Wiring, caller: Caller, job_id: str, idempotency_key: str | None) -> NewJob:
    """Stores the report; nothing stays stored when the form turns out to be wrong or the client goes away."""
    most_bytes = wiring.settings.max_upload_bytes
    _refuse_announced_size(request, most_bytes)
    form = UploadForm(request.headers.get("content-type", ""))
    key = layout.received(job_id, wiring.now())
    async with UploadSink(partial(wiring.storage.writer, key), wiring.storing, max_bytes=most_bytes) as sink:
        received, head = 0, b""
        async for data in request.stream():
            received += len(data)
            if received > most_bytes + OVERHEAD_BYTES:
                raise TooLargeError("the upload", most_bytes)
            for piece in form.feed(data):
                if len(head) < HEAD_BYTES:
                    head += piece[: HEAD_BYTES - len(head)]
                await sink.write(piece)
        name = form.finish()
        fields = with_defaults(caller.tenant, parse_fields(form.texts))
        phoenix_url = check_phoenix(fields, wiring.settings, caller.tenant)
        await check_webhooks([fields.webhook_url], wiring)
        options = import_options(fields, wiring.settings, path=path_of(name))
        require_report(head, options.scanner_type)
        await wiring.limiter.count_bytes(caller.tenant, sink.size_bytes)
        report = StoredReport(key, label(name), sink.size_bytes, await sink.commit())
    return new_job(
        job_id,
        report,
        fields,
        options,
        tenant=caller.owner,
        submitted_by=caller.actor,
        phoenix_url=phoenix_url,
        idempotency_key=idempotency_key,
        request_id=current_request().request_id or None,
        traceparent=current_request().traceparent,
    )


def _refuse_announced_size(request: Request, most_bytes: int) -> None:
    if _announced_bytes(request) > most_bytes + OVERHEAD_BYTES:
        raise TooLargeError("the upload", most_bytes)


def _announced_bytes(request: Request) -> int:
    """0 where the client does not say."""
    announced = request.headers.get("content-length", "")
    return int(announced) if announced.isascii() and announced.isdecimal() and len(announced) < 20 else 0


async def _create(wiring: Wiring, new: NewJob, audit: NewAuditEntry) -> Job:
    """The job; or the first one with the same idempotency key, and then this upload is removed."""
    events = (
        notices.status(JobStatus.QUEUED, 0.0, "queued"),
        notices.log(f"received {new.filename}, {new.file_size_bytes:,} bytes", request_id=new.request_id),
    )
    try:
        job, created = await wiring.database.jobs.create(new, events=events, audit=audit)
    except StoreError as error:
        if not error.retryable:  # else the job may have been written, and needs its upload
            await run_sync(wiring.storage.delete, new.file_path)
        raise
    if not created:
        await run_sync(wiring.storage.delete, new.file_path)
    return job


def websocket_url(request: Request, wiring: Wiring, subject: str, path: str = "/ws") -> str:
    """Under the configured public URL, else under what the client itself called us by."""
    base = urlsplit(wiring.edge.public_url or str(request.base_url))
    token = wiring.tokens.issue(subject, wiring.now())
    ends_tls_before_us = wiring.edge.tls_cert and not wiring.edge.public_url  # HAProxy does: the request itself comes without
    scheme = "wss" if base.scheme == "https" or ends_tls_before_us else "ws"
    return urlunsplit((scheme, base.netloc, f"{base.path.rstrip('/')}{path}/{quote(subject)}", f"token={token}", ""))
