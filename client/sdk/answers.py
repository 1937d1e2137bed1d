"""An HTTP answer, or the lack of one, to a value or one of the errors in `client.errors`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import httpx
import msgspec

from client.errors import InvalidAnswerError, RefusedError, ServiceBusyError, ServiceUnreachableError
from client.sdk.bulks import BulkEvent
from client.sdk.calls import Call
from client.sdk.events import Event, decode_event

T = TypeVar("T")
BUSY = frozenset({429, 502, 503, 504})
"""A gateway's 502 and 504 are counted here: they come while the service behind it restarts."""
EXCERPT_CHARACTERS = 120


class ErrorBody(msgspec.Struct):
    error: str
    message: str = ""
    details: dict[str, object] | None = None


_bulk_event = msgspec.json.Decoder(BulkEvent)
_error_body = msgspec.json.Decoder(ErrorBody)


@contextmanager
def transport_errors(url: str) -> Iterator[None]:
    """Turns what httpx raises when no answer comes into `ServiceUnreachableError`."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise ServiceUnreachableError(url, f"timed out ({type(error).__name__})") from error
    except (httpx.TransportError, httpx.StreamError) as error:
        raise ServiceUnreachableError(url, str(error) or type(error).__name__) from error
    except httpx.InvalidURL as error:
        raise ServiceUnreachableError(url, str(error)) from error


def answer(call: Call[T], response: httpx.Response) -> T:
    """The response must have been read."""
    if not response.is_success and response.status_code not in call.accepted:
        raise refusal(response)
    try:
        return call.parse(response.content)
    except msgspec.MsgspecError as error:
        if not response.is_success:
            raise refusal(response) from error
        raise InvalidAnswerError(str(response.url), response.status_code, str(error), _excerpt(response)) from error


def refusal(response: httpx.Response) -> RefusedError:
    """The error that a response of 400 or above stands for, whoever made it: the service, or a proxy before it."""
    try:
        body = _error_body.decode(response.content)
    except msgspec.MsgspecError:
        body = ErrorBody(f"http_{response.status_code}", _excerpt(response) or response.reason_phrase)
    is_lasting = (body.details or {}).get("retry_after_seconds", 0) is None  # as the service says where no waiting helps
    kind = ServiceBusyError if response.status_code in BUSY and not is_lasting else RefusedError
    retry_after = retry_after_seconds(response.headers.get("Retry-After"))
    return kind(response.status_code, body.error, body.message, body.details, retry_after)


def retry_after_seconds(value: str | None) -> float | None:
    """The service sends seconds; a date, which only a proxy would send, is left to our own back-off."""
    return float(value) if value is not None and value.strip().isdecimal() else None


def event(line: str | bytes, url: str) -> Event:
    with _readable(line, url):
        return decode_event(line)


def bulk_event(line: str | bytes, url: str) -> BulkEvent:
    with _readable(line, url):
        return _bulk_event.decode(line)


@contextmanager
def _readable(line: str | bytes, url: str) -> Iterator[None]:
    try:
        yield
    except msgspec.MsgspecError as error:
        text = line if isinstance(line, str) else line.decode(errors="replace")
        raise InvalidAnswerError(url, 200, str(error), text[:EXCERPT_CHARACTERS]) from error


def _excerpt(response: httpx.Response) -> str:
    return " ".join(response.text[:EXCERPT_CHARACTERS].split())
