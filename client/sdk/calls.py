"""Each request that the service knows, as data: what to ask, how to read the answer, whether asking twice is safe."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import msgspec

from client.sdk.jobs import Batch, Batches, Job, JobPage, JobStatus, SkippedRecords
from client.sdk.service import Format, Formats, Health, Ping

T = TypeVar("T")
API = "/api/v1"


@dataclass(frozen=True, kw_only=True)
class Call(Generic[T]):
    """``parse`` raises ``msgspec.MsgspecError`` for a body that it does not understand."""

    method: str = "GET"
    path: str
    params: dict[str, str | int] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
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
_batches = _document(Batches)
_formats = _document(Formats)
_health = _document(Health)
_ping = _document(Ping)


def upload(idempotency_key: str, *, repeatable: bool) -> Call[Job]:
    """The key makes a second attempt answer with the first one's job; ``repeatable`` is the report's own property."""
    headers = {"Idempotency-Key": idempotency_key}
    return Call(method="POST", path=f"{API}/upload", headers=headers, parse=_job, repeatable=repeatable)


def jobs(*, page: int, page_size: int, status: JobStatus | None) -> Call[JobPage]:
    params: dict[str, str | int] = {"page": page, "page_size": page_size}
    if status is not None:
        params["status"] = status.value
    return Call(path=f"{API}/jobs", params=params, parse=_page)


def job(job_id: str) -> Call[Job]:
    return Call(path=_job_path(job_id), parse=_job)


def cancel(job_id: str) -> Call[None]:
    """Not sent twice: the second answer would say that the job has already ended."""
    return Call(method="DELETE", path=_job_path(job_id), parse=_nothing, repeatable=False)


def retry(job_id: str) -> Call[Job]:
    """Not sent twice: the second answer would say that the job is running."""
    return Call(method="POST", path=_job_path(job_id, "/retry"), parse=_job, repeatable=False)


def logs(job_id: str, *, after: int) -> Call[None]:
    """Answered as a stream of JSON lines, which the caller reads itself."""
    return Call(path=_job_path(job_id, "/logs"), params={"after": after}, parse=_nothing)


def skipped(job_id: str) -> Call[SkippedRecords]:
    return Call(path=_job_path(job_id, "/skipped"), parse=_skipped)


def batches(job_id: str) -> Call[list[Batch]]:
    return Call(path=_job_path(job_id, "/batches"), parse=lambda body: _batches(body).batches)


def formats() -> Call[list[Format]]:
    return Call(path=f"{API}/formats", parse=lambda body: _formats(body).formats)


def health() -> Call[Health]:
    """An unhealthy service says so with 503 and the same document."""
    return Call(path=f"{API}/health", parse=_health, accepted=(503,))


def ping() -> Call[Ping]:
    return Call(path=f"{API}/ping", parse=_ping)


def _job_path(job_id: str, rest: str = "") -> str:
    return f"{API}/jobs/{quote(job_id, safe='')}{rest}"
