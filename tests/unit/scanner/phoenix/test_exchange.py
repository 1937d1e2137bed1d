"""One request over HTTP, and what becomes of what goes wrong with it."""

import gzip
import inspect
from datetime import UTC, datetime

import httpx
import pytest

from scanner.phoenix.errors import PhoenixUnavailableError, UnexpectedAnswerError
from scanner.phoenix.exchange import Answer, exchange, phoenix_http

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
TRANSPORT_ERRORS = [
    error
    for _, error in inspect.getmembers(httpx, inspect.isclass)
    if issubclass(error, httpx.TransportError | httpx.InvalidURL)
]


async def failing(error: Exception) -> Answer:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error

    async with httpx.AsyncClient(transport=httpx.MockTransport(fail)) as http:
        return await exchange(http, "GET", "https://phoenix.example/", headers={"Authorization": "Bearer t0ken"})


@pytest.mark.parametrize("error", TRANSPORT_ERRORS)
async def test_every_error_of_the_transport_is_mapped(error):
    with pytest.raises((PhoenixUnavailableError, UnexpectedAnswerError)):
        await failing(error("went wrong"))


@pytest.mark.parametrize(
    ("error", "maybe_acted"), [(httpx.ConnectError, False), (httpx.ReadTimeout, True), (httpx.RemoteProtocolError, True)]
)
async def test_a_lost_answer_is_told_from_a_request_that_never_left(error, maybe_acted):
    with pytest.raises(PhoenixUnavailableError) as caught:
        await failing(error("went wrong"))
    assert caught.value.maybe_acted is maybe_acted


async def test_a_request_that_cannot_be_made_does_not_show_its_headers():
    with pytest.raises(UnexpectedAnswerError) as caught:
        await failing(httpx.LocalProtocolError("Illegal header value b'Bearer t0ken'"))
    assert "t0ken" not in str(caught.value)
    assert caught.value.__cause__ is None


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

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        await exchange(http, "GET", "https://phoenix.example/")
    assert seen["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [200, 503])
async def test_a_packed_answer_is_not_unpacked(status):
    bomb = gzip.compress(b" " * 10_000_000)

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(bomb))

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        if status == 200:
            with pytest.raises(UnexpectedAnswerError, match="packed"):
                await exchange(http, "GET", "https://phoenix.example/")
        else:
            assert (await exchange(http, "GET", "https://phoenix.example/")).body == b""
