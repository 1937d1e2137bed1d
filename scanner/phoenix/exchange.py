"""One HTTP request and its answer, with what can go wrong on the way mapped to our errors."""

import functools
import io
import math
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx

from scanner.outbound.addresses import AddressRefusedError, checked_socket
from scanner.phoenix.errors import PhoenixUnavailableError, UnexpectedAnswerError

_LONGEST_ANSWER_BYTES = 1_000_000
_LONGEST_TEXT = 2_000
_TIMEOUT = aiohttp.ClientTimeout(total=300, sock_connect=15, sock_read=120)
"""Read: Phoenix may check 25 MB before it answers. Total: also for a server that gives its answer drop by drop."""
_KEPT_SECONDS = 4.0
"""A connection that nobody uses; servers close theirs after five seconds or more, and a body must not meet that."""

_NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, the headers that matter and at most a megabyte of body."""

    status: int
    body: bytes
    retry_after: str = ""

    @property
    def ok(self) -> bool:
        return _is_success(self.status)

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


@functools.cache
def _tls() -> ssl.SSLContext:
    """What httpx trusts, with which everything else is sent. Reading the certificates takes longer than many requests."""
    context = httpx.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


@functools.lru_cache
def _proxy(scheme: str, host: str) -> str | None:
    """As the environment has it; the library would look in a thread, for each request, and for passwords too."""
    if proxy_bypass(host):
        return None
    proxies = getproxies()
    return proxies.get(scheme) or proxies.get("all")


def phoenix_http(*, max_connections: int = 64) -> aiohttp.ClientSession:
    """An HTTP client fit for Phoenix, of the running event loop: certificates are checked, cookies are not kept, and no
    connection is made to what clouds tell credentials at, whatever a name stands for.

    The caller closes it. aiohttp, since its parser is compiled: a request costs 0.3 ms where httpx takes 1.5.
    """
    connector = aiohttp.TCPConnector(
        limit=max_connections, keepalive_timeout=_KEPT_SECONDS, ssl=_tls(), socket_factory=checked_socket
    )
    return aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=_TIMEOUT, auto_decompress=False
    )


async def exchange(
    http: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
) -> Answer:
    """Sends once; whatever the status, an answer is returned, and no redirect is followed.

    Raises PhoenixUnavailableError where the connection failed and UnexpectedAnswerError for an answer without end and for
    what cannot be sent. No text of such an error comes from our own headers, which hold the token.
    """
    # An unpacked answer could be far larger than what came over the wire, so none is asked for.
    sent_headers = {"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})}
    try:
        parts = urlsplit(url)
        async with http.request(
            method,
            url,
            headers=sent_headers,
            data=None if content is None else io.BytesIO(content),  # sent piece by piece
            allow_redirects=False,
            proxy=_proxy(parts.scheme, parts.hostname or ""),
        ) as response:
            body = await _bounded_body(response)
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
        raise _not_sendable(error, url) from None
    except (aiohttp.ClientError, TimeoutError) as error:
        if isinstance(error.__cause__, AddressRefusedError):  # it will be next time, too
            raise UnexpectedAnswerError(str(error.__cause__)) from None
        maybe_acted = not isinstance(error, _NOT_SENT)
        raise PhoenixUnavailableError(f"{type(error).__name__}: {error}".rstrip(": "), 0, None, maybe_acted) from error
    except ValueError as error:  # a header that is none
        raise _not_sendable(error, url) from None
    return Answer(response.status, body, response.headers.get("Retry-After", ""))


def _not_sendable(error: Exception, url: str) -> UnexpectedAnswerError:
    return UnexpectedAnswerError(f"{type(error).__name__}: no request can be sent to {url}")


async def _bounded_body(response: aiohttp.ClientResponse) -> bytes:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        if _is_success(response.status):
            raise UnexpectedAnswerError("packed, though that was not asked for", response.status)
        return b""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > _LONGEST_ANSWER_BYTES:
            if _is_success(response.status):
                raise UnexpectedAnswerError(f"more than {_LONGEST_ANSWER_BYTES} bytes", response.status)
            break
    return bytes(body[:_LONGEST_ANSWER_BYTES])


def _is_success(status: int) -> bool:
    return 200 <= status < 300
