"""An HTTP client as the service has it, before a server on loopback that answers what a function says."""

from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from socket import AF_INET, AddressFamily
from typing import Any

import aiohttp
import httpx
from aiohttp import web
from aiohttp.abc import AbstractResolver
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.test_utils import RawTestServer

from scanner.phoenix import exchange

Script = Callable[[httpx.Request], httpx.Response]
"""Where it raises an error of aiohttp, that is what sending the request raises; at `Lost` the server closes the connection."""

_HOST = ConnectionKey("phoenix.example", 80, is_ssl=False, ssl=True, proxy=None, proxy_auth=None, proxy_headers_hash=None)
REFUSED = aiohttp.ClientConnectorError(_HOST, OSError("refused"))


class Lost(Exception):
    """The request arrives, and its answer does not."""


class _Everywhere(AbstractResolver):
    """Whatever the host is called, it is the server."""

    def __init__(self, server: RawTestServer) -> None:
        self._server = server

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_INET) -> list[Any]:
        assert self._server.port is not None
        address = {"hostname": host, "host": "127.0.0.1", "port": self._server.port}
        return [address | {"family": AF_INET, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        return None


@asynccontextmanager
async def scripted_http(script: Script) -> AsyncIterator[aiohttp.ClientSession]:
    """`phoenix_http` but for where it connects to."""
    answers: deque[httpx.Response | Lost] = deque()

    async def ask(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        body = request.body
        content = body if isinstance(body, bytes) else await body.as_bytes()
        try:
            answer: httpx.Response | Lost = script(
                httpx.Request(request.method, str(request.url), headers=dict(request.headers), content=content)
            )
        except Lost as lost:
            answer = lost
        answers.append(answer)
        return await send(request)

    async def answered(request: web.BaseRequest) -> web.StreamResponse:
        await request.read()
        answer = answers.popleft()
        if isinstance(answer, Lost):
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return web.Response(status=answer.status_code, headers=dict(answer.headers), body=answer.read())

    async with RawTestServer(answered) as server, exchange.phoenix_http() as http:
        connector = aiohttp.TCPConnector(resolver=_Everywhere(server))
        async with aiohttp.ClientSession(
            connector=connector,
            middlewares=[ask],
            cookie_jar=http.cookie_jar,
            timeout=http.timeout,
            auto_decompress=http.auto_decompress,
        ) as scripted:
            yield scripted
