"""From an error to its answer: one table, one shape."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from cluster.errors import ClusterUnavailableError, ProgressUnavailableError
from jobs_store.errors import (
    AmbiguousIdError,
    BatchNotFoundError,
    BulkEndedError,
    BulkNotFoundError,
    BulkNotRetryableError,
    IdempotencyKeyReusedError,
    JobNotFoundError,
    KeyNotFoundError,
    NotRetryableError,
    StorageUnavailableError,
    StoreUnavailableError,
    TenantBusyError,
    TenantExistsError,
    TenantNotFoundError,
    UnstorableValueError,
    UploadGoneError,
    UploadIncompleteError,
    UploadNotFoundError,
    WebhookGoneError,
    WebhookNotFoundError,
)
from scanner.errors import UnknownFormatError
from scanner.phoenix.errors import PhoenixUnavailableError
from serve_app.answering.request_context import current_request
from serve_app.errors import (
    CrossSiteError,
    InvalidParametersError,
    IssuerUnavailableError,
    JobEndedError,
    MissingKeyError,
    NotAllowedError,
    ReportGoneError,
    SignInError,
    TooLargeError,
    TooManyUploadsError,
    UnreadableReportError,
    UnsupportedMediaError,
    WrongKeyError,
    WrongTokenError,
)
from serve_app.limiting.errors import LimitReachedError
from serve_app.moments import zulu
from serve_app.schemas.wrong_values import problems_of
from serve_app.wiring import utc_now

RETRY_AFTER_SECONDS = 5
MOST_ECHOED = 100
"""Characters of an id or name that a client sent, which is told back."""
_MOST_OF_PATH = 300

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    code: str


TABLE: Mapping[type[Exception], Answer] = {
    InvalidParametersError: Answer(400, "invalid_parameters"),
    UnstorableValueError: Answer(400, "invalid_parameters"),
    UnreadableReportError: Answer(400, "unreadable_report"),
    UnknownFormatError: Answer(400, "unknown_scanner_type"),
    JobEndedError: Answer(400, "job_already_ended"),
    ReportGoneError: Answer(410, "report_gone"),
    MissingKeyError: Answer(401, "missing_api_key"),
    WrongKeyError: Answer(403, "invalid_api_key"),
    NotAllowedError: Answer(403, "insufficient_scope"),
    WrongTokenError: Answer(403, "invalid_token"),
    SignInError: Answer(400, "sign_in_failed"),
    CrossSiteError: Answer(403, "cross_site_request"),
    IssuerUnavailableError: Answer(503, "issuer_unavailable"),
    TenantNotFoundError: Answer(404, "tenant_not_found"),
    TenantExistsError: Answer(409, "tenant_exists"),
    TenantBusyError: Answer(409, "tenant_busy"),
    KeyNotFoundError: Answer(404, "key_not_found"),
    WebhookNotFoundError: Answer(404, "webhook_not_found"),
    WebhookGoneError: Answer(409, "webhook_gone"),
    IdempotencyKeyReusedError: Answer(422, "idempotency_key_reused"),
    JobNotFoundError: Answer(404, "job_not_found"),
    AmbiguousIdError: Answer(400, "ambiguous_id"),
    BatchNotFoundError: Answer(404, "batch_not_found"),
    NotRetryableError: Answer(409, "job_not_retryable"),
    BulkEndedError: Answer(400, "bulk_already_ended"),
    BulkNotFoundError: Answer(404, "bulk_not_found"),
    BulkNotRetryableError: Answer(409, "bulk_not_retryable"),
    UploadNotFoundError: Answer(404, "upload_not_found"),
    UploadGoneError: Answer(409, "upload_gone"),
    UploadIncompleteError: Answer(409, "upload_incomplete"),
    TooManyUploadsError: Answer(429, "too_many_uploads"),
    LimitReachedError: Answer(429, "limit_reached"),
    TooLargeError: Answer(413, "too_large"),
    UnsupportedMediaError: Answer(415, "unsupported_media_type"),
    ClientDisconnect: Answer(499, "client_gone"),  # heard by nobody, but it is counted, and no failure of ours
    PhoenixUnavailableError: Answer(503, "phoenix_unavailable"),
    StoreUnavailableError: Answer(503, "database_unavailable"),
    StorageUnavailableError: Answer(503, "storage_unavailable"),
    ClusterUnavailableError: Answer(503, "cluster_unavailable"),
    ProgressUnavailableError: Answer(503, "progress_unavailable"),
}

_STATUS_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 429: "too_many_requests"}
"""For what the framework itself refuses."""


class ErrorAnswer(BaseModel):
    """The shape of every answer of 400 and above, except an unhealthy `/api/v1/health`."""

    error: str = Field(description="For machines; does not change.", examples=["invalid_parameters"])
    message: str = Field(description="For people.", examples=["asset_type: must be 'INFRA', 'WEB' or 'CLOUD', and is 'HOST'"])
    details: dict[str, Any] = Field(
        default_factory=dict, examples=[{"fields": {"asset_type": "must be 'INFRA', 'WEB' or 'CLOUD', and is 'HOST'"}}]
    )
    timestamp: str = Field(examples=["2026-03-01T12:00:00.000000Z"])
    request_id: str = Field(examples=["5f0c1e7a9b3d4c2e8f6a1b0d9c7e5a31"])
    """As in the answer's header `X-Request-ID`, and in the log."""


class ErrorResponse(JSONResponse):
    """Takes the form that errors have where it was asked: of the API's first version, RFC 9457, or GraphQL."""

    def __init__(self, told: ErrorAnswer, status: int) -> None:
        self.told = told
        super().__init__(told.model_dump(), status)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if "/api/v2/" in path:
            self._become("application/problem+json", problem_of(self.told, self.status_code, path))
        elif path.rstrip("/").endswith("/graphql"):
            self._become("application/json", graphql_errors_of(self.told))
        await super().__call__(scope, receive, send)

    def _become(self, media_type: str, content: Mapping[str, Any]) -> None:
        self.body = self.render(content)
        self.headers["content-type"] = media_type
        self.headers["content-length"] = str(len(self.body))


def problem_of(told: ErrorAnswer, status: int, path: str) -> dict[str, Any]:
    """As `serve_app.schemas.problems.Problem` describes it."""
    return {
        "type": f"urn:phoenix-scanner:error:{told.error}",
        "title": told.error.replace("_", " "),
        "status": status,
        "detail": told.message,
        "instance": _shortened(path, _MOST_OF_PATH),
        "error": told.error,
        "details": told.details,
        "timestamp": told.timestamp,
        "request_id": told.request_id,
    }


def graphql_errors_of(told: ErrorAnswer) -> dict[str, Any]:
    """Of a request that came to no operation."""
    extensions = {
        "error": told.error,
        "details": told.details,
        "timestamp": told.timestamp,
        "request_id": told.request_id,
    }
    return {"data": None, "errors": [{"message": told.message, "extensions": extensions}]}


def error_answer(status: int, code: str, message: str, details: Mapping[str, Any] | None = None) -> ErrorResponse:
    told = ErrorAnswer(
        error=code,
        message=message,
        details=dict(details or {}),
        timestamp=zulu(utc_now()),
        request_id=current_request().request_id,
    )
    answer = ErrorResponse(told, status)
    if status in (429, 503):
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def install_error_answers(app: FastAPI) -> None:
    """For what is known; `serve_app.answering.seen_requests` has `unexpected` for the rest."""
    for kind, answer in TABLE.items():
        app.add_exception_handler(kind, _handler(answer))
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _refused_by_framework)


def _handler(answer: Answer) -> Callable[[Request, Exception], Awaitable[JSONResponse]]:
    async def handle(request: Request, error: Exception) -> JSONResponse:
        if answer.status >= 500:
            _log.warning("unavailable", path=request.url.path, error=str(error))
            return error_answer(answer.status, answer.code, without_internals(answer))
        told = error_answer(answer.status, answer.code, *told_of(error))
        if isinstance(error, LimitReachedError):
            del told.headers["Retry-After"]  # it has one of its own, or no waiting helps
            told.headers.update(error.headers)
        return told

    return handle


def told_of(error: Exception) -> tuple[str, dict[str, Any]]:
    """Message and details, in which no id or name is longer than `MOST_ECHOED`, whatever was sent for one."""
    message, details = str(error), details_of(error)
    for value in list(details.values()):
        if isinstance(value, str) and len(value) > MOST_ECHOED:
            message, details = (_replaced(each, value, _shortened(value, MOST_ECHOED)) for each in (message, details))
    return message, details


def _replaced(told: Any, long: str, short: str) -> Any:
    match told:
        case str():
            return told.replace(long, short)
        case dict():
            return {name: _replaced(each, long, short) for name, each in told.items()}
        case _:
            return told


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def details_of(error: Exception) -> dict[str, Any]:
    match error:
        case InvalidParametersError(problems=problems):
            return {"fields": problems}
        case UnknownFormatError(asked=asked, closest=closest):
            return {"fields": {"scanner_type": str(error)}, "asked": asked, "closest": list(closest)}
        case UnreadableReportError(reason=reason):
            return {"fields": {"file": reason}}
        case TooLargeError(limit_bytes=limit):
            return {"limit_bytes": limit}
        case JobEndedError(job_id=job_id, status=status) | NotRetryableError(job_id=job_id, status=status):
            return {"job_id": job_id, "status": status}
        case BulkEndedError(bulk_id=bulk_id, state=state) | BulkNotRetryableError(bulk_id=bulk_id, state=state):
            return {"bulk_id": bulk_id, "status": state}
        case UploadIncompleteError(upload_id=upload_id, missing=missing):
            return {"upload_id": upload_id, "missing": list(missing)}
        case UploadNotFoundError(upload_id=upload_id) | UploadGoneError(upload_id=upload_id):
            return {"upload_id": upload_id}
        case AmbiguousIdError(fitting=fitting):
            return {"ids": list(fitting)}
        case LimitReachedError(limit=limit, most=most, retry_after_seconds=seconds):
            return {"limit": limit, "most": most, "retry_after_seconds": seconds}
        case NotAllowedError(scope=scope):
            return {"scope": scope}
        case TenantNotFoundError(name=name) | TenantExistsError(name=name) | TenantBusyError(name=name):
            return {"tenant": name}
        case WebhookNotFoundError(webhook_id=webhook_id) | WebhookGoneError(webhook_id=webhook_id):
            return {"webhook_id": webhook_id}
        case KeyNotFoundError(key_id=key_id):
            return {"key_id": key_id}
        case IdempotencyKeyReusedError(first=first):
            return {"first": first}
        case JobNotFoundError(job_id=job_id):
            return {"job_id": job_id}
        case _:
            return {}


def without_internals(answer: Answer) -> str:
    """What a driver says may name hosts and accounts; it is in the log."""
    return f"{answer.code.removesuffix('_unavailable')} is unavailable; try again in {RETRY_AFTER_SECONDS} seconds"


async def _invalid_request(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = problems_of(error.errors(), within=1)
    invalid = InvalidParametersError(problems)
    return error_answer(400, TABLE[InvalidParametersError].code, str(invalid), details_of(invalid))


async def _refused_by_framework(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    answer = error_answer(error.status_code, _STATUS_CODES.get(error.status_code, "refused"), error.detail)
    answer.headers.update(error.headers or {})
    return answer


async def unexpected(request: Request, error: Exception) -> JSONResponse:
    error_id = secrets.token_hex(8)
    _log.error("unexpected error", error_id=error_id, method=request.method, path=request.url.path, exc_info=error)
    return error_answer(500, "internal_error", f"unexpected error; the log has it under {error_id}", {"error_id": error_id})
