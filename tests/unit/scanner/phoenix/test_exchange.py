"""One request over HTTP, and what becomes of what goes wrong with it."""

import asyncio
import gzip
import inspect
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from scripted_http import REFUSED, Lost, scripted_http

from scanner.phoenix import exchange as module
from scanner.phoenix.errors import PhoenixUnavailableError, UnexpectedAnswerError
from scanner.phoenix.exchange import Answer, exchange, phoenix_http

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
URL = "http://phoenix.example/"
ERRORS = [
    error
    for _, error in inspect.getmembers(aiohttp, inspect.isclass)
    if issubclass(error, aiohttp.ClientError | TimeoutError) and not issubclass(error, aiohttp.WSServerHandshakeError)
]


async def failing(error: Exception) -> Answer:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error

    async with scripted_http(fail) as http:
        return await exchange(http, "GET", URL, headers={"Authorization": "Bearer t0ken"})


@pytest.mark.parametrize("kind", ERRORS)
async def test_every_error_of_the_library_is_mapped(kind):
    class Some(kind):
        def __init__(self) -> None:
            Exception.__init__(self, "went wrong")

        def __str__(self) -> str:
            return "went wrong"

    with pytest.raises((PhoenixUnavailableError, UnexpectedAnswerError)):
        await failing(Some())


@pytest.mark.parametrize(
    ("error", "maybe_acted"),
    [
        (REFUSED, False),
        (aiohttp.ConnectionTimeoutError(), False),
        (aiohttp.SocketTimeoutError(), True),
        (TimeoutError(), True),
        (Lost(), True),
        (aiohttp.ClientPayloadError(), True),
    ],
)
async def test_a_lost_answer_is_told_from_a_request_that_never_left(error, maybe_acted):
    with pytest.raises(PhoenixUnavailableError) as caught:
        await failing(error)
    assert caught.value.maybe_acted is maybe_acted


async def test_a_request_that_cannot_be_made_does_not_show_its_headers():
    async with scripted_http(lambda _request: httpx.Response(200)) as http:
        with pytest.raises(UnexpectedAnswerError) as caught:
            await exchange(http, "GET", URL, headers={"Authorization": "Bearer t0ken\r\nX: y"})
    assert "t0ken" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.fixture
def unsigned(tmp_path: Path) -> ssl.SSLContext:
    """With a certificate for 127.0.0.1 that nobody knows."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
    certificate = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (path := tmp_path / "certificate.pem").write_bytes(private + certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


async def test_a_server_with_a_certificate_that_nobody_signed_is_not_spoken_to(unsigned):
    asked = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(request)
        return web.Response()

    server = RawTestServer(answer)
    await server.start_server(ssl=unsigned)
    async with server, phoenix_http() as http:
        with pytest.raises(PhoenixUnavailableError, match="certificate verify failed"):
            await exchange(http, "GET", str(server.make_url("/")))
    assert not asked


async def test_a_proxy_is_taken_from_the_environment_and_left_out_where_that_says_so(monkeypatch):
    asked = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(str(request.url))
        return web.Response()

    async with RawTestServer(answer) as proxy, phoenix_http() as http:
        monkeypatch.setenv("http_proxy", str(proxy.make_url("/")))
        monkeypatch.setenv("no_proxy", "inside.example")
        module._proxy.cache_clear()
        await exchange(http, "GET", "http://phoenix.example/v1")
        with pytest.raises(PhoenixUnavailableError):
            await exchange(http, "GET", "http://inside.example/v1")
    module._proxy.cache_clear()
    assert asked == ["http://phoenix.example/v1"]


async def test_a_server_that_says_nothing_is_given_up(monkeypatch):
    over = asyncio.Event()

    async def never(request: web.BaseRequest) -> web.StreamResponse:
        await over.wait()
        return web.Response()

    monkeypatch.setattr(module, "_TIMEOUT", aiohttp.ClientTimeout(total=30, sock_read=0.1))
    async with RawTestServer(never) as server, phoenix_http() as http:
        with pytest.raises(PhoenixUnavailableError) as caught:
            await exchange(http, "POST", str(server.make_url("/")), content=b"{}")
        over.set()
    assert caught.value.maybe_acted


async def test_a_large_body_arrives_as_it_is():
    body, arrived = bytes(range(256)) * 20_000, []

    async def take(request: web.BaseRequest) -> web.StreamResponse:
        arrived.append((request.content_length, await request.content.read()))
        return web.Response()

    async with RawTestServer(take) as server, phoenix_http() as http:
        assert (await exchange(http, "POST", str(server.make_url("/")), content=body)).ok
    assert arrived == [(len(body), body)]


@pytest.mark.parametrize("url", ["phoenix.example", "ftp://phoenix.example", "https://[::", ""])
async def test_a_url_that_is_none_is_said_to_be_so(url):
    async with phoenix_http() as http:
        with pytest.raises(UnexpectedAnswerError, match="no request can be sent"):
            await exchange(http, "GET", url)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", None),
        ("7", 7),
        ("1.5", 1.5),
        ("-3", 0),
        ("nan", None),
        ("inf", None),
        ("Wed, 01 May 2024 12:00:20 GMT", 20),
        ("Wed, 01 May 2024 12:00:20 -0000", 20),
        ("Wed, 01 May 2024 11:00:00 GMT", 0),
        ("soon", None),
    ],
)
def test_retry_after_comes_in_two_forms(header, seconds):
    assert Answer(429, b"", header).retry_after_seconds(NOW) == seconds


def test_an_answer_without_text_is_still_explained():
    assert Answer(400, b" ").text == "HTTP 400 without explanation"


async def test_nothing_compressed_is_asked_for():
    seen = {}

    def answer(request: httpx.Request) -> httpx.Response:
        seen.update(request.headers)
        return httpx.Response(200)

    async with scripted_http(answer) as http:
        await exchange(http, "GET", URL)
    assert seen["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [200, 503])
async def test_a_packed_answer_is_not_unpacked(status):
    bomb = gzip.compress(b" " * 10_000_000)

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(bomb))

    async with scripted_http(answer) as http:
        if status == 200:
            with pytest.raises(UnexpectedAnswerError, match="packed"):
                await exchange(http, "GET", URL)
        else:
            assert (await exchange(http, "GET", URL)).body == b""


async def test_no_connection_is_made_to_what_clouds_tell_credentials_at():
    async with phoenix_http() as http:
        with pytest.raises(UnexpectedAnswerError, match=r"no request goes to 169\.254\.169\.254"):
            await exchange(http, "GET", "http://169.254.169.254/latest")


async def test_no_name_leads_there_either(monkeypatch):
    async def resolve(_resolver, host, port, family):
        return [{"hostname": host, "host": "fd00:ec2::254", "port": port, "family": socket.AF_INET6, "proto": 6, "flags": 0}]

    monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", resolve)
    async with phoenix_http() as http:
        with pytest.raises(UnexpectedAnswerError, match="no request goes to fd00:ec2::254"):
            await exchange(http, "GET", "http://metadata.example/latest")
