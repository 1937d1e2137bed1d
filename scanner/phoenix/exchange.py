"""One HTTP request and its answer, with what can go wrong on the way mapped to our errors."""

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from scanner.phoenix.errors import PhoenixUnavailableError, UnexpectedAnswerError

_LONGEST_ANSWER_BYTES = 1_000_000
_LONGEST_TEXT = 2_000
_TIMEOUT = httpx.Timeout(connect=15, read=120, write=120, pool=None)
"""Read: Phoenix may check 25 MB before it answers. Pool: the request budget decides how many requests are under way."""

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_OUR_FAULT = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL, UnicodeEncodeError)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, the headers that matter and at most a megabyte of body."""

    status: int
    body: bytes
    retry_after: str = ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body for a person, shortened."""
        text = self.body.decode("utf-8", "replace").strip() or f"HTTP {self.status} without explanation"
        return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"

    def retry_after_seconds(self, now: datetime) -> float | None:
        """``Retry-After``, given in seconds or as an HTTP date; None where it is missing or makes no sense."""
        if not self.retry_after:
            return None
        try:
            seconds = float(self.retry_after)
        except ValueError:
            try:
                moment = parsedate_to_datetime(self.retry_after)
            except ValueError:
                return None
            # An HTTP date is in GMT; one that ends in -0000 is parsed without a zone.
            seconds = ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
        return max(seconds, 0.0) if math.isfinite(seconds) else None


_tls = functools.cache(httpx.create_ssl_context)
"""Reading the certificates takes longer than many requests: once in a process."""


def phoenix_http(*, max_connections: int = 64) -> httpx.AsyncClient:
    """An HTTP client fit for Phoenix: certificates are checked, redirects are not followed. The caller closes it."""
    limits = httpx.Limits(max_connections=max_connections, max_keepalive_connections=max_connections)
    return httpx.AsyncClient(verify=_tls(), follow_redirects=False, limits=limits, timeout=_TIMEOUT)


async def exchange(
    http: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    auth: httpx.Auth | None = None,
) -> Answer:
    """Sends once; whatever the status, an answer is returned.

    Raises PhoenixUnavailableError where the connection failed and UnexpectedAnswerError for an answer without end and for
    what cannot be sent. No text of such an error comes from our own headers, which hold the token.
    """
    # An unpacked answer could be far larger than what came over the wire, so none is asked for.
    sent_headers = {"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})}
    try:
        request = http.build_request(method, url, headers=sent_headers, content=content, timeout=_TIMEOUT)
        response = await http.send(request, stream=True, auth=auth, follow_redirects=False)
        try:
            body = await _bounded_body(response)
        finally:
            await response.aclose()
    except _OUR_FAULT as error:
        raise UnexpectedAnswerError(f"{type(error).__name__}: no request can be sent to {url}") from None
    except httpx.TransportError as error:
        maybe_acted = not isinstance(error, _NOT_SENT)
        raise PhoenixUnavailableError(f"{type(error).__name__}: {error}".rstrip(": "), 0, None, maybe_acted) from error
    return Answer(response.status_code, body, response.headers.get("Retry-After", ""))


async def _bounded_body(response: httpx.Response) -> bytes:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        if response.is_success:
            raise UnexpectedAnswerError("packed, though that was not asked for", response.status_code)
        return b""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > _LONGEST_ANSWER_BYTES:
            if response.is_success:
                raise UnexpectedAnswerError(f"more than {_LONGEST_ANSWER_BYTES} bytes", response.status_code)
            break
    return bytes(body[:_LONGEST_ANSWER_BYTES])
