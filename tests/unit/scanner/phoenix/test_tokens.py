"""One token for all, fetched once."""

import asyncio

import httpx
import pytest
from scripted_http import REFUSED

from scanner.phoenix.errors import PhoenixAuthError, PhoenixUnavailableError, UnexpectedAnswerError


def token(name: str, **more: object) -> httpx.Response:
    return httpx.Response(200, json={"token": name, **more})


async def test_many_who_need_a_token_cause_one_fetch(tokens, phoenix):
    assert set(await asyncio.gather(*(tokens.token() for _ in range(20)))) == {"token-1"}
    assert len(phoenix.requests) == 1


async def test_many_whose_token_was_refused_cause_one_fetch(tokens, phoenix):
    stale = await tokens.token()

    assert set(await asyncio.gather(*(tokens.renew(stale) for _ in range(20)))) == {"token-2"}
    assert len(phoenix.requests) == 2


async def test_who_asks_late_for_another_gets_the_one_fetched_meanwhile(tokens, phoenix):
    stale = await tokens.token()
    await tokens.renew(stale)

    assert await tokens.renew(stale) == "token-2"


@pytest.mark.parametrize(
    ("expiry_in", "used_for"),
    [(None, 3540), (600, 540), (10, 5), (-86_400, 3540)],
    ids=["missing: an hour", "before it expires", "short: half its life", "already over: clocks disagree"],
)
async def test_a_token_is_used_until_shortly_before_it_expires(tokens, phoenix, time, expiry_in, used_for):
    more = {} if expiry_in is None else {"expiry": int(time.seconds) + expiry_in}
    phoenix.tokens.extend([token("a", **more), token("b")])
    await tokens.token()

    time.seconds += used_for - 1
    assert await tokens.token() == "a"
    time.seconds += 2
    assert await tokens.token() == "b"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(401), PhoenixAuthError),
        (httpx.Response(400), PhoenixAuthError),
        (httpx.Response(403), PhoenixAuthError),
        (httpx.Response(429), PhoenixUnavailableError),
        (httpx.Response(500), PhoenixUnavailableError),
        (REFUSED, PhoenixUnavailableError),
        (httpx.Response(404), UnexpectedAnswerError),
        (httpx.Response(200, html="<html>"), UnexpectedAnswerError),
        (httpx.Response(200, json={"access_token": "t"}), UnexpectedAnswerError),
        (token("two words"), UnexpectedAnswerError),
        (token("line\nbreak"), UnexpectedAnswerError),
        (token(""), UnexpectedAnswerError),
        (token("tökén"), UnexpectedAnswerError),
    ],
)
async def test_without_a_token_it_is_said_why(tokens, phoenix, answer, error):
    phoenix.tokens.append(answer)

    with pytest.raises(error) as caught:
        await tokens.token()
    assert "s3cret-value" not in str(caught.value)
    assert await tokens.token() == "token-1"


def test_the_secret_is_in_no_text_of_the_credentials(credentials):
    assert "s3cret-value" not in f"{credentials!r} {credentials}"


async def test_how_long_a_token_may_be_used_is_told(tokens, phoenix):
    assert tokens.fresh_seconds() == 0
    await tokens.token()
    assert 0 < tokens.fresh_seconds() <= 3600
