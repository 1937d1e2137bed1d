"""The client against scripted answers: what it repeats, what it gives up, and how long it waits."""

import asyncio
from datetime import timedelta
from email.utils import format_datetime

import aiohttp
import httpx
import msgspec
import pytest
from scripted_http import REFUSED, Lost

from scanner.model import AssetType, ImportType, Tag
from scanner.phoenix.calls import Surroundings
from scanner.phoenix.client import PhoenixClient
from scanner.phoenix.errors import (
    GivenUpError,
    ImportRefusedError,
    ImportRejectedError,
    ImportTimeoutError,
    PayloadTooLargeError,
    PhoenixAuthError,
    PhoenixUnavailableError,
    UnexpectedAnswerError,
)
from scanner.phoenix.import_result import ImportResult
from scanner.phoenix.polling import PollSchedule
from scanner.phoenix.retrying import RetryPolicy
from scanner.phoenix.sending import Sending

DONE = httpx.Response(200)
LOST = Lost()
ASSETS = b'[{"attributes":{"ip":"10.0.0.1"},"findings":[{"name":"A"},{"name":"B"}]}]'


def accepted(request_id: object) -> httpx.Response:
    return httpx.Response(201, json={"id": request_id})


def status(name: str, **more: object) -> httpx.Response:
    return httpx.Response(200, json={"status": name, **more})


async def send(client: PhoenixClient, assets: bytes = ASSETS, import_type: ImportType = ImportType.NEW, **more) -> ImportResult:
    return await client.import_batch(
        import_type=import_type, assessment_name="nightly", asset_type=AssetType.INFRA, assets_json=assets, **more
    )


@pytest.mark.parametrize(
    "answer", [httpx.Response(200), httpx.Response(201, content=b" \n"), httpx.Response(200, json={"ok": True})]
)
async def test_an_answer_without_id_is_done(client, phoenix, answer):
    phoenix.imports.append(answer)

    assert await send(client) == ImportResult(1, ())


async def test_the_request_is_as_documented(client, phoenix):
    phoenix.imports.append(DONE)
    await send(client)

    token_request, import_request = phoenix.requests
    assert str(token_request.url) == "http://phoenix.example/v1/auth/access_token"
    assert token_request.headers["Authorization"] == httpx.BasicAuth("client", "s3cret-value")._auth_header
    assert import_request.headers["Authorization"] == "Bearer token-1"
    assert import_request.headers["Content-Type"] == "application/json"
    assert msgspec.json.decode(import_request.content) == {
        "importType": "new",
        "assessment": {"assetType": "INFRA", "name": "nightly"},
        "assets": msgspec.json.decode(ASSETS),
    }


async def test_a_background_import_is_polled_soon_and_then_less_often_until_it_is_imported(client, phoenix, time, budget):
    in_flight = []

    def watching(request: httpx.Request) -> httpx.Response:
        in_flight.append(budget.snapshot().in_flight)
        return status("TRANSLATING")

    phoenix.imports.append(accepted("r/1"))
    phoenix.statuses.extend([watching, watching, status("READY_FOR_IMPORT"), status("SOMETHING_ELSE"), status("IMPORTED")])

    assert await send(client) == ImportResult(1, ("r/1",))
    assert time.sleeps == [0.05, 0.08, 0.128, 0.205, 0.328]
    assert in_flight == [1, 1]
    assert budget.snapshot().in_flight == 0
    assert phoenix.requests[-1].url.raw_path == b"/v1/import/assets/file/translate/request/r%2F1"


@pytest.mark.parametrize(
    "failed",
    [
        httpx.Response(503),
        httpx.Response(404),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(302),
        LOST,
        httpx.Response(400),
    ],
)
async def test_a_failed_poll_says_nothing_and_is_repeated(client, phoenix, failed):
    phoenix.imports.append(accepted(7))
    phoenix.statuses.extend([failed, status("IMPORTED")])

    assert (await send(client)).request_ids == ("7",)
    assert len(phoenix.sent("/v1/import/assets")) == 1


async def test_a_background_import_that_fails_is_rejected_with_phoenix_reason(client, phoenix):
    phoenix.imports.append(accepted("r1"))
    phoenix.statuses.append(status("ERROR", error="no such tenant"))

    with pytest.raises(ImportRejectedError, match="r1: no such tenant"):
        await send(client)


@pytest.mark.parametrize(("error", "text"), [({"code": 7}, '{"code":7}'), (None, "no explanation"), ("x" * 9000, "…")])
async def test_the_reason_of_a_rejection_may_be_anything(client, phoenix, error, text):
    phoenix.statuses.append(status("ERROR", error=error))

    with pytest.raises(ImportRejectedError) as caught:
        await client.wait_imported("r1")
    assert text in caught.value.text
    assert len(caught.value.text) <= 2000


async def test_patience_with_a_background_import_ends(credentials, tokens, budget, http, surroundings, phoenix, time):
    client = PhoenixClient(
        credentials,
        tokens,
        budget,
        http,
        surroundings=surroundings,
        schedule=PollSchedule(timeout_seconds=60, longest_seconds=10),
    )
    phoenix.statuses.extend(status("TRANSLATING") for _ in range(100))
    started = time.clock()

    with pytest.raises(ImportTimeoutError, match="within 60 s"):
        await client.wait_imported("r1")
    assert time.clock() - started == pytest.approx(60)


async def test_nobody_waits_for_an_import_whose_credentials_were_withdrawn(client, phoenix):
    phoenix.statuses.extend([httpx.Response(401), httpx.Response(401)])

    with pytest.raises(PhoenixAuthError):
        await client.wait_imported("r1")


async def test_trouble_is_repeated_with_growing_pauses(client, phoenix, time):
    phoenix.imports.extend([httpx.Response(503), httpx.Response(502), aiohttp.ConnectionTimeoutError("slow"), DONE])

    await send(client, import_type=ImportType.DELTA)

    assert time.sleeps == [0.5, 1.0, 2.0]
    bodies = {request.content for request in phoenix.sent("/v1/import/assets")}
    assert len(bodies) == 1


async def test_trouble_without_end_is_given_up(credentials, tokens, budget, http, surroundings, phoenix):
    client = PhoenixClient(credentials, tokens, budget, http, surroundings=surroundings, policy=RetryPolicy(failures=2))
    phoenix.imports.extend([httpx.Response(500, text="boom")] * 3)

    with pytest.raises(PhoenixUnavailableError, match="HTTP 500: boom") as caught:
        await send(client)
    assert caught.value.retryable
    assert not phoenix.imports


@pytest.mark.parametrize("form", ["seconds", "date"])
async def test_retry_after_is_honoured_by_everybody(credentials, tokens, budget, http, phoenix, time, form):
    paused = []

    async def watching_sleep(seconds: float) -> None:
        paused.append(budget.snapshot().paused_seconds)
        await time.sleep(seconds)

    def throttle(request: httpx.Request) -> httpx.Response:
        after = "30" if form == "seconds" else format_datetime(time.now() + timedelta(seconds=30), usegmt=True)
        return httpx.Response(429, headers={"Retry-After": after})

    surroundings = Surroundings(clock=time.clock, now=time.now, sleep=watching_sleep, chance=lambda: 0.0)
    client = PhoenixClient(credentials, tokens, budget, http, surroundings=surroundings)
    phoenix.imports.extend([throttle, DONE])
    started = time.clock()

    await send(client)

    assert paused == [pytest.approx(30)]
    assert time.clock() - started >= 30


async def test_throttling_has_an_allowance_of_its_own(credentials, tokens, budget, http, surroundings, phoenix):
    client = PhoenixClient(
        credentials, tokens, budget, http, surroundings=surroundings, policy=RetryPolicy(failures=1, throttles=3)
    )
    phoenix.imports.extend([httpx.Response(429)] * 3 + [httpx.Response(503), DONE])
    await send(client)

    phoenix.imports.extend([httpx.Response(429)] * 4)
    with pytest.raises(PhoenixUnavailableError, match="429"):
        await send(client)


async def test_a_refused_token_is_renewed_once_and_the_call_repeated(client, phoenix):
    phoenix.imports.extend([httpx.Response(401), DONE])

    await send(client)

    used = [request.headers["Authorization"] for request in phoenix.sent("/v1/import/assets")]
    assert used == ["Bearer token-1", "Bearer token-2"]


async def test_a_fresh_token_that_is_refused_ends_it(client, phoenix):
    phoenix.imports.extend([httpx.Response(401), httpx.Response(401, text="client disabled")])

    with pytest.raises(PhoenixAuthError, match="client disabled"):
        await send(client)


async def test_a_refused_body_is_never_repeated_and_phoenix_says_why(client, phoenix):
    phoenix.imports.append(httpx.Response(400, text="assets[0]: ip missing " + "x" * 10_000))

    with pytest.raises(ImportRefusedError, match=r"assets\[0\]: ip missing") as caught:
        await send(client)
    assert len(str(caught.value)) < 2100
    assert not caught.value.retryable


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, text="nothing here"),
        httpx.Response(301, headers={"Location": "https://elsewhere.example/"}),
        httpx.Response(200, html="<html>please log in</html>"),
        httpx.Response(200, content=b"\xff\xfe"),
        httpx.Response(200, content=b" " * 2_000_000),
        aiohttp.NonHttpUrlClientError("ftp"),
    ],
)
async def test_what_is_no_answer_of_phoenix_is_no_success(client, phoenix, answer):
    phoenix.imports.append(answer)

    with pytest.raises(UnexpectedAnswerError):
        await send(client)
    assert {request.url.host for request in phoenix.requests} == {"phoenix.example"}


async def test_an_endless_error_text_is_read_only_as_far_as_it_is_kept(client, phoenix):
    phoenix.imports.append(httpx.Response(400, content=b"x" * 5_000_000))

    with pytest.raises(ImportRefusedError):
        await send(client)


async def test_a_body_too_large_goes_in_halves_the_first_imported_before_the_second_leaves(client, phoenix):
    phoenix.imports.extend([httpx.Response(413), accepted("first"), accepted("second")])
    phoenix.statuses.extend([status("TRANSLATING"), status("IMPORTED"), status("IMPORTED")])
    result = await send(client)

    assert (result.requests, result.request_ids) == (2, ("first", "second"))
    assert result.too_large == (len(phoenix.sent("/v1/import/assets")[0].content),)
    after_refusal = [request.url.path.rsplit("/", 1)[-1] for request in phoenix.requests[2:]]
    assert after_refusal == ["assets", "first", "first", "assets", "second"]
    sent = [msgspec.json.decode(request.content) for request in phoenix.sent("/v1/import/assets")]
    assert [body["importType"] for body in sent] == ["new", "new", "delta"]
    assert [[f["name"] for f in body["assets"][0]["findings"]] for body in sent] == [["A", "B"], ["A"], ["B"]]


class Taught:
    """A tenant that has refused a body of so many bytes."""

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes

    async def fits(self, size_bytes: int) -> bool:
        return size_bytes < self.size_bytes

    async def found_too_large(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes


async def test_what_is_known_to_be_too_large_is_not_sent(client, phoenix):
    phoenix.imports.extend([httpx.Response(413), DONE, DONE, DONE, DONE])
    client._limit = Taught(10_000)
    assert (await send(client)).requests == 2
    refused = len(phoenix.sent("/v1/import/assets")[0].content)
    assert client._limit.size_bytes == refused

    result = await send(client)
    assert (result.requests, result.too_large) == (2, ())
    assert [len(request.content) < refused for request in phoenix.sent("/v1/import/assets")[1:]] == [True] * 4


async def test_what_cannot_be_split_is_sent_whatever_is_known(client, phoenix):
    phoenix.imports.append(DONE)
    client._limit = Taught(1)
    assert (await send(client, b'[{"attributes":{"ip":"10.0.0.1"},"findings":[]}]')).requests == 1


async def test_what_is_not_wanted_any_more_is_not_sent(client, phoenix):
    with pytest.raises(GivenUpError):
        await send(client, sending=Sending(is_ending=True))
    assert phoenix.sent("/v1/import/assets") == []


@pytest.mark.parametrize("refusal", [httpx.Response(429), REFUSED])
async def test_what_phoenix_has_none_of_is_not_repeated_when_it_is_not_wanted_any_more(client, phoenix, refusal):
    sending = Sending()

    def answer(_request: httpx.Request) -> httpx.Response:
        assert sending.is_under_way
        sending.is_ending = True
        if isinstance(refusal, Exception):
            raise refusal
        return refusal

    phoenix.imports.append(answer)
    with pytest.raises(GivenUpError):
        await send(client, sending=sending)
    assert not sending.is_under_way


async def test_what_phoenix_may_have_is_sent_again_until_that_is_known(client, phoenix):
    sending = Sending()

    def answer(_request: httpx.Request) -> httpx.Response:
        sending.is_ending = True
        raise LOST

    phoenix.imports.extend([answer, accepted("again")])
    phoenix.statuses.append(status("IMPORTED"))
    assert (await send(client, sending=sending)).request_ids == ("again",)


async def test_of_a_body_in_parts_all_arrives_or_nothing(client, phoenix):
    sending = Sending()

    def answer(_request: httpx.Request) -> httpx.Response:
        sending.is_ending = True
        return DONE

    phoenix.imports.extend([httpx.Response(413), answer, DONE])
    assert (await send(client, sending=sending)).requests == 2


async def test_a_finding_too_large_for_phoenix_is_named(client, phoenix):
    phoenix.imports.extend([httpx.Response(413), httpx.Response(413)])

    with pytest.raises(PayloadTooLargeError, match=r"finding A of asset ip=10\.0\.0\.1"):
        await send(client)


async def test_a_batch_that_others_need_gives_a_lost_import_time_to_finish(client, phoenix, time):
    phoenix.imports.extend([LOST, accepted("again")])
    phoenix.statuses.append(status("IMPORTED"))

    await send(client)

    assert time.sleeps == [0.5, 0.05, 0.4]


@pytest.mark.parametrize(
    ("failed", "import_type", "awaited"),
    [
        (LOST, ImportType.MERGE, False),
        (LOST, ImportType.DELTA, True),
        (REFUSED, ImportType.NEW, True),
        (httpx.Response(503), ImportType.NEW, True),
    ],
)
async def test_nothing_is_waited_for_where_nothing_can_be_lost_or_harmed(client, phoenix, time, failed, import_type, awaited):
    phoenix.imports.extend([failed, accepted("again")])
    phoenix.statuses.append(status("IMPORTED"))

    await send(client, import_type=import_type, awaited=awaited)

    assert time.sleeps == [0.5, 0.05]


async def test_tags_are_added_and_trouble_repeated(client, phoenix):
    phoenix.tags.extend([httpx.Response(503), httpx.Response(200)])

    await client.add_tags([Tag("prod", "env")], ["a1", "a2"])

    request = phoenix.requests[-1]
    assert (request.method, request.url.path) == ("PUT", "/v1/assets/tags")
    assert msgspec.json.decode(request.content) == {"tags": [{"key": "env", "value": "prod"}], "assetIds": ["a1", "a2"]}


async def test_check_passes_or_says_what_is_wrong(client, phoenix):
    phoenix.tokens.append(httpx.Response(401))
    with pytest.raises(PhoenixAuthError):
        await client.check()

    phoenix.tokens.append(httpx.Response(200, json={"token": "t"}))
    await client.check()


async def test_a_cancelled_import_gives_its_place_back(client, phoenix, budget):
    def cancelled(request: httpx.Request) -> httpx.Response:
        raise asyncio.CancelledError

    phoenix.imports.append(cancelled)
    before = budget.snapshot().window

    with pytest.raises(asyncio.CancelledError):
        await send(client)
    assert (budget.snapshot().in_flight, budget.snapshot().window) == (0, before)
