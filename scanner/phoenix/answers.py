"""What an answer of the Phoenix API means."""

from datetime import datetime
from enum import StrEnum

import msgspec

from scanner.phoenix.errors import (
    ImportRefusedError,
    PayloadTooLargeError,
    PhoenixAuthError,
    PhoenixError,
    PhoenixUnavailableError,
    UnexpectedAnswerError,
)
from scanner.phoenix.exchange import Answer

_TRANSIENT_4XX = frozenset({408, 425, 429})
_NOT_ACTED = frozenset({408, 425, 429, 503})
"""By their definition the request was not begun; behind any other 5xx it may have been."""


class ImportStatus(StrEnum):
    """The statuses of a background import that end the waiting; any other means that it goes on."""

    IMPORTED = "IMPORTED"
    ERROR = "ERROR"


class _Accepted(msgspec.Struct):
    id: str | int | None = None


class _Status(msgspec.Struct):
    status: str
    error: object = None


def failure(answer: Answer, *, sent_bytes: int, now: datetime) -> PhoenixError | None:
    """The error that an answer is, or None for a success.

    A 401 here is one to a fresh token: the caller has renewed it before. ``sent_bytes`` is the size of the body sent.
    """
    match answer.status:
        case status if answer.ok:
            return None
        case 401 | 403:
            return PhoenixAuthError(f"HTTP {answer.status}: {answer.text}")
        case 400 | 422:
            return ImportRefusedError(answer.text)
        case 413:
            return PayloadTooLargeError("the request", sent_bytes)
        case status if status >= 500 or status in _TRANSIENT_4XX:
            wait = answer.retry_after_seconds(now)
            maybe_acted = status not in _NOT_ACTED
            return PhoenixUnavailableError(f"HTTP {status}: {answer.text}", status, wait, maybe_acted)
        case status:
            return UnexpectedAnswerError(f"HTTP {status}: {answer.text}", status)


def request_id(answer: Answer) -> str | None:
    """The id under which an accepted import goes on in the background; None where it is already done.

    A success that is not JSON is none: a login page or a proxy answers 200 as well, and taking that for an import would lose
    findings without a trace.
    """
    if not answer.body.strip():
        return None
    try:
        accepted = msgspec.json.decode(answer.body, type=_Accepted)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise UnexpectedAnswerError(f"HTTP {answer.status} with what is no JSON object", answer.status) from None
    return None if accepted.id in (None, "") else str(accepted.id)


def import_status(answer: Answer) -> tuple[str, str]:
    """Status and error text of a background import; UnexpectedAnswerError where the answer holds none."""
    try:
        found = msgspec.json.decode(answer.body, type=_Status)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise UnexpectedAnswerError("a status that cannot be read", answer.status) from None
    if found.error is None:
        return found.status, "no explanation"
    text = found.error if isinstance(found.error, str) else msgspec.json.encode(found.error).decode()
    return found.status, Answer(answer.status, text.encode("utf-8", "replace")).text
