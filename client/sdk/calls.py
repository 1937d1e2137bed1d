"""Each request that the service knows, as data: what to ask, how to read the answer, whether asking twice is safe."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import msgspec

from client.sdk.bulks import Bulk, BulkOrder, BulkPage, document_of
from client.sdk.direct import DirectUpload, PartAddress, PartPage
from client.sdk.jobs import Batch, Batches, DismissedRecords, Job, JobPage, JobStatus, MergedRecords, SkippedRecords
from client.sdk.options import SubmitOptions
from client.sdk.service import Format, Formats, Health, LogLevel, Ping
from client.sdk.tenants import Tenant, TenantList, Usage, WebhookSecret

T = TypeVar("T")
API = "/api/v1"


@dataclass(frozen=True, kw_only=True)
class Call(Generic[T]):
    """``parse`` raises ``msgspec.MsgspecError`` for a body that it does not understand."""

    method: str = "GET"
    path: str
    params: dict[str, str | int] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    document: object = None
    """The body, as JSON."""
    parse: Callable[[bytes], T]
    accepted: tuple[int, ...] = ()
    """Statuses of 400 and above whose body is an answer all the same."""
    repeatable: bool = True
    """Whether it may be sent again when it is not known if the service acted on it."""


def _nothing(body: bytes) -> None:
    return None


def _document(kind: type[T]) -> Callable[[bytes], T]:
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(kind)
    return decoder.decode


_job = _document(Job)
_page = _document(JobPage)
_skipped = _document(SkippedRecords)
_dismissed = _document(DismissedRecords)
_merged = _document(MergedRecords)
_batches = _document(Batches)
_formats = _document(Formats)
_health = _document(Health)
_ping = _document(Ping)
_direct = _document(DirectUpload)
_parts = _document(PartPage)
_bulk = _document(Bulk)
_bulk_page = _document(BulkPage)
_tenant = _document(Tenant)
_tenants = _document(TenantList)
_webhook_secret = _document(WebhookSecret)
_usage = _document(Usage)
_log_level = _document(LogLevel)


def upload(idempotency_key: str, *, repeatable: bool) -> Call[Job]:
    """The key makes a second attempt answer with the first one's job; ``repeatable`` is the report's own property."""
    headers = {"Idempotency-Key": idempotency_key}
    return Call(method="POST", path=f"{API}/upload", headers=headers, parse=_job, repeatable=repeatable)


def jobs(*, page: int = 1, page_size: int = 50, status: JobStatus | None = None) -> Call[JobPage]:
    """Newest first; at most 100 on a page."""
    params: dict[str, str | int] = {"page": page, "page_size": page_size}
    if status is not None:
        params["status"] = status.value
    return Call(path=f"{API}/jobs", params=params, parse=_page)


def job(job_id: str) -> Call[Job]:
    return Call(path=_job_path(job_id), parse=_job)


def cancel(job_id: str) -> Call[None]:
    """Raises `RefusedError` when the job has already ended. Returns before a running job has stopped."""
    # not sent twice: the second answer would say that the job has already ended
    return Call(method="DELETE", path=_job_path(job_id), parse=_nothing, repeatable=False)


def retry(job_id: str) -> Call[Job]:
    """A failed or cancelled job goes on from what is missing."""
    # not sent twice: the second answer would say that the job is running
    return Call(method="POST", path=_job_path(job_id, "/retry"), parse=_job, repeatable=False)


def logs(job_id: str, *, after: int) -> Call[None]:
    """Answered as a stream of JSON lines, which the caller reads itself."""
    return Call(path=_job_path(job_id, "/logs"), params={"after": after}, parse=_nothing)


def report(job_id: str) -> Call[None]:
    """Comes as bytes, which are read as they come."""
    return Call(path=_job_path(job_id, "/report"), parse=_nothing)


def skipped(job_id: str) -> Call[SkippedRecords]:
    return Call(path=_job_path(job_id, "/skipped"), parse=_skipped)


def dismissed(job_id: str) -> Call[DismissedRecords]:
    return Call(path=_job_path(job_id, "/dismissed"), parse=_dismissed)


def merged(job_id: str) -> Call[MergedRecords]:
    return Call(path=_job_path(job_id, "/merged"), parse=_merged)


def batches(job_id: str) -> Call[list[Batch]]:
    return Call(path=_job_path(job_id, "/batches"), parse=lambda body: _batches(body).batches)


def formats() -> Call[list[Format]]:
    return Call(path=f"{API}/formats", parse=lambda body: _formats(body).formats)


def health() -> Call[Health]:
    """Needs no key. An unhealthy service answers too; look at ``status``."""
    # with 503, and the same document
    return Call(path=f"{API}/health", parse=_health, accepted=(503,))


def ping() -> Call[Ping]:
    """Needs no key."""
    return Call(path=f"{API}/ping", parse=_ping)


def announce(filename: str, size_bytes: int, options: SubmitOptions) -> Call[DirectUpload]:
    """One that is announced twice by a lost answer expires by itself."""
    document = {"filename": filename, "size_bytes": size_bytes, "options": document_of(options)}
    return Call(method="POST", path=f"{API}/uploads", document=document, parse=_direct)


def direct_upload(upload_id: str) -> Call[DirectUpload]:
    return Call(path=f"{API}/uploads/{quote(upload_id, safe='')}", parse=_direct)


def parts(upload_id: str, *, after: int) -> Call[list[PartAddress]]:
    path = f"{API}/uploads/{quote(upload_id, safe='')}/parts"
    return Call(path=path, params={"after": after}, parse=lambda body: _parts(body).parts)


def part(address: PartAddress) -> Call[None]:
    return Call(method="PUT", path=address.url, headers=address.headers, parse=_nothing)


def complete(upload_id: str) -> Call[DirectUpload]:
    return Call(method="POST", path=f"{API}/uploads/{quote(upload_id, safe='')}/complete", parse=_direct)


def submit_upload(upload_id: str, options: SubmitOptions | None = None) -> Call[Job]:
    """Makes a job of an upload in parts; the same one when repeated."""
    document = {"upload_id": upload_id, "options": document_of(options or SubmitOptions())}
    return Call(method="POST", path=f"{API}/jobs", document=document, parse=_job)


def order_bulk(order: BulkOrder, *, idempotency_key: str | None = None) -> Call[Bulk]:
    """Many reports at once; they become jobs in the background."""
    return Call(
        method="POST",
        path=f"{API}/bulks",
        headers={"Idempotency-Key": idempotency_key or uuid.uuid4().hex},
        document=msgspec.to_builtins(order),
        parse=_bulk,
    )


def bulks(*, page: int = 1, page_size: int = 20) -> Call[BulkPage]:
    """Newest first; at most 100 on a page."""
    return Call(path=f"{API}/bulks", params={"page": page, "page_size": page_size}, parse=_bulk_page)


def bulk(bulk_id: str) -> Call[Bulk]:
    return Call(path=_bulk_path(bulk_id), parse=_bulk)


def bulk_jobs(bulk_id: str, *, page: int = 1, page_size: int = 50, status: JobStatus | None = None) -> Call[JobPage]:
    """In the order of the bulk's members; at most 100 on a page."""
    listed = jobs(page=page, page_size=page_size, status=status)
    return Call(path=_bulk_path(bulk_id, "/jobs"), params=listed.params, parse=_page)


def bulk_logs(bulk_id: str, *, after: int) -> Call[None]:
    """Answered as a stream of JSON lines up to the bulk's end, which the caller reads itself."""
    return Call(path=_bulk_path(bulk_id, "/logs"), params={"after": after, "follow": "true"}, parse=_nothing)


def cancel_bulk(bulk_id: str) -> Call[None]:
    """With all of its jobs. Returns before running ones have stopped."""
    return Call(method="DELETE", path=_bulk_path(bulk_id), parse=_nothing)


def retry_bulk(bulk_id: str) -> Call[Bulk]:
    """What failed or was cancelled in it goes on."""
    # not sent twice: the second answer would say that the bulk is running
    return Call(method="POST", path=_bulk_path(bulk_id, "/retry"), parse=_bulk, repeatable=False)


def tenants() -> Call[list[Tenant]]:
    """All for who operates the service; else the key's own. Needs the scope ``admin``."""
    return Call(path=f"{API}/tenants", parse=lambda body: _tenants(body).tenants)


def tenant(name: str) -> Call[Tenant]:
    return Call(path=_tenant_path(name), parse=_tenant)


def create_tenant(name: str, settings: Mapping[str, object]) -> Call[Tenant]:
    """``settings`` as the service's API documents them: ``title``, ``limits``, ``defaults``, ``phoenix`` and more."""
    document = {**settings, "name": name}
    return Call(method="POST", path=f"{API}/tenants", document=document, parse=_tenant, repeatable=False)


def change_tenant(name: str, settings: Mapping[str, object]) -> Call[Tenant]:
    """What is named is changed, the rest stays."""
    return Call(method="PATCH", path=_tenant_path(name), document=dict(settings), parse=_tenant)


def remove_tenant(name: str) -> Call[None]:
    """With its keys, jobs and reports. Raises `RefusedError` while some of its jobs have not ended."""
    return Call(method="DELETE", path=_tenant_path(name), parse=_nothing, repeatable=False)


def rotate_webhook_secret(name: str, *, overlap_minutes: float = 1440) -> Call[WebhookSecret]:
    """Another signing secret, told this once; webhooks carry a signature by the one before too until the overlap is over."""
    document = {"overlap_minutes": overlap_minutes}
    path = _tenant_path(name, "/webhook-secret")
    return Call(method="POST", path=path, document=document, parse=_webhook_secret, repeatable=False)


def usage(tenant: str = "") -> Call[Usage]:
    """What is used of each limit; of the key's own tenant where none is named."""
    params: dict[str, str | int] = {"tenant": tenant} if tenant else {}
    return Call(path=f"{API}/usage", params=params, parse=_usage)


def log_level() -> Call[LogLevel]:
    """How much the service's processes log; for who operates it, as the next."""
    return Call(path=f"{API}/log-level", parse=_log_level)


def change_log_level(level: str | None) -> Call[LogLevel]:
    """Of all processes, within some seconds; None: what ``LOG_LEVEL`` says."""
    return Call(method="PUT", path=f"{API}/log-level", document={"level": level}, parse=_log_level)


def _tenant_path(name: str, rest: str = "") -> str:
    return f"{API}/tenants/{quote(name, safe='')}{rest}"


def _bulk_path(bulk_id: str, rest: str = "") -> str:
    return f"{API}/bulks/{quote(bulk_id, safe='')}{rest}"


def _job_path(job_id: str, rest: str = "") -> str:
    return f"{API}/jobs/{quote(job_id, safe='')}{rest}"
