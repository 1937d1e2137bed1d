"""Requests to the issuer: bounded in time and size, no redirects, encrypted unless it is on this machine."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec

from serve_app.errors import IssuerUnavailableError
from serve_app.safe_addresses import is_safe

_SECONDS = 10.0
_MOST_BYTES = 1_000_000


async def fetch_json(client: httpx.AsyncClient, method: str, url: str, **request: Any) -> tuple[int, Mapping[str, Any]]:
    """The status below 500, and the JSON object that came with it. Raises `IssuerUnavailableError`."""
    try:
        require_safe(url)
        async with asyncio.timeout(_SECONDS), client.stream(method, url, follow_redirects=False, **request) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise IssuerUnavailableError("it answers with more than can be meant")
        if response.status_code >= 500 or response.is_redirect:
            raise IssuerUnavailableError(f"it answers {response.status_code}")
        return response.status_code, msgspec.json.decode(body, type=dict[str, Any])
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
        raise IssuerUnavailableError(type(error).__name__) from error
    except msgspec.MsgspecError as error:
        raise IssuerUnavailableError("it does not answer in JSON") from error


def require_safe(url: str) -> None:
    """Raises `IssuerUnavailableError` for an address that is neither encrypted nor of this machine."""
    if not is_safe(url):
        raise IssuerUnavailableError("it names an address that is not https")
