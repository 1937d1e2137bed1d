"""Sessions that are made from a key: what a page may do with one, and that it goes when the key goes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr
from tenant_making import make_key

from jobs_store.jobs import NewJob
from jobs_store.keys import Scope
from serve_app.wiring import Wiring

OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}
HOST = "http://127.0.0.1"
KEY = "key-of-the-tests"


@pytest.fixture
async def browser(wiring: Wiring, client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Without a key, on this machine."""
    del client.headers["X-API-Key"]
    client.base_url = httpx.URL(HOST)
    return client


async def sign_in(browser: httpx.AsyncClient, key: str, **headers: str) -> httpx.Response:
    return await browser.post("/auth/session", json={"key": key}, headers=OWN_PAGE | headers)


async def test_a_key_becomes_a_cookie_that_opens_what_the_key_opens(wiring: Wiring, browser: httpx.AsyncClient) -> None:
    key = await make_key(wiring.database, "red", Scope.SUBMIT)
    answer = await sign_in(browser, f" {key}\n")
    assert answer.status_code == 201, answer.text
    assert answer.json()["tenant"] == "red"
    assert answer.json()["scopes"] == ["submit"]
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert key not in str(answer.headers) + answer.text
    assert (await browser.get("/api/v1/jobs")).status_code == 200
    assert (await browser.get("/api/v1/keys")).status_code == 403, "no more than the key's scopes"
    (known,) = await wiring.database.keys.list("red")
    state = (await browser.get("/auth/state")).json()
    assert state["me"]["actor"] == f"key:{known.key_id}"
    assert (state["needs_key"], state["by_issuer"]) == (True, False)
    assert [entry.action for entry in await wiring.database.audit.list(after=0, limit=9)] == ["session.create"]


async def test_what_a_submitter_has_sent_by_key_it_sees_in_the_page(wiring: Wiring, browser: httpx.AsyncClient) -> None:
    key = await make_key(wiring.database, "red", Scope.SUBMIT)
    (known,) = await wiring.database.keys.list("red")
    job = NewJob(
        job_id="job-1", filename="r", file_path="x", file_size_bytes=1, tenant="red", submitted_by=f"key:{known.key_id}"
    )
    await wiring.database.jobs.create(job)
    await sign_in(browser, key)
    assert (await browser.get("/api/v1/jobs")).json()["total"] == 1


@pytest.mark.parametrize("end", ["revoke", "rotate", "disable"])
async def test_the_session_ends_with_the_key(wiring: Wiring, browser: httpx.AsyncClient, end: str) -> None:
    await sign_in(browser, await make_key(wiring.database, "red"))
    (known,) = await wiring.database.keys.list("red")
    assert (await browser.get("/api/v1/jobs")).status_code == 200
    match end:
        case "revoke":
            await wiring.database.keys.revoke(known.key_id)
        case "rotate":
            await wiring.database.keys.rotate(known.key_id, overlap=timedelta(0))
        case _:
            await wiring.database.tenants.change("red", {"disabled": True})
    assert (await browser.get("/api/v1/jobs")).status_code == 401
    assert (await browser.get("/auth/me")).status_code == 401
    assert (await browser.get("/auth/state")).json()["me"] is None
    assert not [entry for entry in await wiring.database.audit.list(after=0, limit=9) if entry.action == "key.refuse"]


async def test_the_configured_key_signs_in_too_until_it_is_another(
    wiring: Wiring, browser: httpx.AsyncClient, connect: Callable[..., httpx.AsyncClient]
) -> None:
    assert (await sign_in(browser, KEY)).json()["actor"] == "service"
    assert (await browser.get("/api/v1/tenants")).status_code == 200
    settings = wiring.settings.model_copy(update={"api_key": SecretStr("another-key-of-the-tests")})
    async with connect(replace(wiring, settings=settings), key="") as later:
        later.base_url, later.cookies = httpx.URL(HOST), browser.cookies
        assert (await later.get("/api/v1/tenants")).status_code == 401


async def test_a_wrong_key_is_an_attempt_as_everywhere(wiring: Wiring, browser: httpx.AsyncClient) -> None:
    answers = [await sign_in(browser, "wrong") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [403] * 10 + [429]
    assert answers[0].json()["error"] == "invalid_api_key"
    assert "set-cookie" not in answers[0].headers
    assert [entry.action for entry in await wiring.database.audit.list(after=0, limit=9)] == ["key.refuse"]


async def test_only_an_own_page_begins_uses_and_ends_one(wiring: Wiring, browser: httpx.AsyncClient) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert (await sign_in(browser, KEY, **foreign)).json()["error"] == "cross_site_request"
    assert (await browser.post("/auth/session", json={"key": KEY})).status_code == 403, "nor who does not say where from"
    await sign_in(browser, KEY)
    made = {"name": "k", "tenant": "default"}
    assert (await browser.post("/api/v1/keys", json=made, headers=foreign)).json()["error"] == "cross_site_request"
    assert (await browser.post("/auth/logout", headers=foreign)).status_code == 403
    assert (await browser.post("/auth/logout", headers=OWN_PAGE)).json() == {"end_session_url": None}
    assert (await browser.get("/auth/me")).status_code == 401


async def test_no_key_goes_over_a_wire_in_clear(browser: httpx.AsyncClient) -> None:
    browser.base_url = httpx.URL("http://scan.example.com")
    answer = await sign_in(browser, KEY)
    assert (answer.status_code, answer.json()["error"]) == (400, "sign_in_failed")
    assert "PUBLIC_URL" in answer.json()["message"]


async def test_signing_in_again_ends_the_session_before(wiring: Wiring, browser: httpx.AsyncClient) -> None:
    await sign_in(browser, KEY)
    before = dict(browser.cookies)
    await sign_in(browser, KEY)
    browser.cookies.clear()
    browser.cookies.update(before)
    assert (await browser.get("/auth/me")).status_code == 401
