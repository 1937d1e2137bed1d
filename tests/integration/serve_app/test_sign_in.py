"""Signing in at a real OpenID Connect provider, as a browser does: forms, redirects, cookies."""

import asyncio
import base64
import hashlib
import html
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx
import pytest
from identity_provider import CONFIDENTIAL, EMAIL, PASSWORD, PERSON, PUBLIC, SECRET, IdentityProvider, identity_provider
from limits.aio.storage import MemoryStorage
from memory_bus import MemoryBus
from pydantic import SecretStr
from servers import free_port
from sqlalchemy import update
from tenant_making import make_key, make_tenant

from cluster.settings import load_settings
from jobs_store.database import open_database
from jobs_store.dialects import from_now
from jobs_store.secrets import SecretBox
from jobs_store.sessions.repository import CONFIRMED_EVERY, ROTATED_EVERY
from jobs_store.storage import open_storage
from jobs_store.tables import sessions
from serve_app.app import create_app
from serve_app.edge_settings import EdgeSettings
from serve_app.wiring import Wiring

HOST = "http://127.0.0.1:8000"
BEHIND_PROXY = "https://scan.example.com"
SESSION, SECURE_SESSION = "phoenix-session", "__Host-phoenix-session"
OWN_PAGE = {"Sec-Fetch-Site": "same-origin", "Origin": HOST}
ACTOR = f"user:{EMAIL}#6b86b273ff"
"""Their ``sub`` at the provider is 1."""
MakeWiring = Callable[..., Wiring]


class IdleCluster:
    async def wake(self) -> None: ...

    async def wake_bulks(self) -> None: ...

    async def wake_courier(self) -> None:
        return None

    async def cancel(self, job_id: str) -> None: ...


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IdentityProvider]:
    callbacks = (f"{HOST}/auth/callback", f"{BEHIND_PROXY}/auth/callback")
    claims = {"tenant": "red", "roles": ["scan-users", "others"], "email_verified": True}
    with identity_provider(tmp_path_factory.mktemp("provider"), free_port(), callbacks, claims) as running:
        yield running


@pytest.fixture
async def make_wiring(provider: IdentityProvider, database_url: str, tmp_path: Path) -> AsyncIterator[MakeWiring]:
    made: list[Wiring] = []
    async with open_database(database_url, secrets=SecretBox.from_setting("secret-of-the-tests")) as database:
        for tenant in ("red", "blue"):
            await make_tenant(database, tenant)

    def make(client_id: str = CONFIDENTIAL, **edge: object) -> Wiring:
        settings = load_settings(
            api_key="key-of-the-tests",
            secret_key="secret-of-the-tests",
            database_url=database_url,
            storage_url=(tmp_path / "objects").as_uri(),
            oidc_client_secret=SECRET if client_id == CONFIDENTIAL else None,
        )
        values: dict[str, object] = {
            "oidc_issuer": provider.issuer,
            "oidc_client_id": client_id,
            "oidc_audience": client_id,
            "oidc_scope_claim": "roles",
            "oidc_scope_map": "scan-users=submit read,scan-admins=admin",
            "oidc_request_scopes": "openid email",
        }
        wiring = Wiring(
            settings=settings,
            edge=EdgeSettings(_env_file=None, **values | edge),
            database=open_database(database_url, secrets=SecretBox.from_setting("secret-of-the-tests")),
            storage=open_storage(settings.storage_url),
            bus=MemoryBus(),
            cluster=IdleCluster(),
            counters=MemoryStorage(),
        )
        made.append(wiring)
        return wiring

    yield make
    for wiring in made:
        await wiring.close()


def browser(*wirings: Wiring, base: str = HOST) -> httpx.AsyncClient:
    """Its requests to the service go to one replica after the other, all others over the network."""
    replicas = [httpx.ASGITransport(create_app(wiring), raise_app_exceptions=False) for wiring in wirings]

    class InTurn(httpx.AsyncBaseTransport):
        sent = 0

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            self.sent += 1
            return await replicas[self.sent % len(replicas)].handle_async_request(request)

    return httpx.AsyncClient(
        base_url=base, mounts={f"all://{urlsplit(base).hostname}:{urlsplit(base).port or ''}".rstrip(":"): InTurn()}
    )


async def submitted(client: httpx.AsyncClient, page: httpx.Response, **typed: str) -> httpx.Response:
    """What comes of the page's form, with its own fields and what a person types; not followed."""
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    action = re.search(r'<form[^>]*action="([^"]+)"', page.text)
    url = urljoin(str(page.url), html.unescape(action[1]) if action else "")
    form = {name: html.unescape(value) for name, value in fields.items()} | typed
    return await client.post(url, data=form, headers={"Referer": str(page.url)})


async def through_the_provider(client: httpx.AsyncClient, leaving: httpx.Response) -> httpx.Response:
    """As a person who signs in there and agrees; the redirect that leads back."""
    page = await client.get(leaving.headers["location"])
    if page.has_redirect_location:
        form = await client.get(urljoin(str(page.url), page.headers["location"]))
        entered = await submitted(client, form, username=PERSON, password=PASSWORD)
        assert entered.has_redirect_location, entered.text
        page = await client.get(urljoin(str(entered.url), entered.headers["location"]))
    if page.has_redirect_location:
        return page
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page.text))
    form_fields = {name: html.unescape(value) for name, value in fields.items()} | {"allow": "Authorize"}
    return await client.post(str(page.url), data=form_fields, headers={"Referer": str(page.url)})


async def sign_in(client: httpx.AsyncClient, next_page: str = "/") -> httpx.Response:
    """What the service answers to who comes back."""
    leaving = await client.get("/auth/login", params={"next": next_page})
    assert leaving.status_code == 303, leaving.text
    back = await through_the_provider(client, leaving)
    assert back.has_redirect_location, back.text
    return await client.get(back.headers["location"])


@pytest.mark.parametrize("client_id", [CONFIDENTIAL, PUBLIC])
async def test_a_person_signs_in_works_and_signs_out(make_wiring: MakeWiring, client_id: str) -> None:
    wiring = make_wiring(client_id)
    async with browser(wiring) as client:
        assert (await client.get("/auth/me")).status_code == 401
        arrived = await sign_in(client, "/docs?a=1")
        assert (arrived.status_code, arrived.headers["location"]) == (303, f"{HOST}/docs?a=1"), arrived.text
        me = (await client.get("/auth/me")).json()
        assert (me["actor"], me["tenant"], me["scopes"]) == (ACTOR, "red", ["read", "submit"])
        assert (await client.get("/api/v1/jobs")).json()["total"] == 0
        cookie = client.cookies[SESSION]
        out = await client.post("/auth/logout", headers=OWN_PAGE)
        assert out.status_code == 200
        assert out.json()["end_session_url"].startswith(f"{wiring.edge.oidc_issuer}/logout/?client_id={client_id}")
        assert SESSION not in client.cookies
        assert (await client.get("/auth/me", headers={"Cookie": f"{SESSION}={cookie}"})).status_code == 401
    told = [(entry.action, entry.actor, entry.tenant) async for entry in wiring.database.audit.all()]
    assert told == [("session.create", ACTOR, "red"), ("session.remove", ACTOR, "red")]


async def test_replicas_share_sign_ins_and_sessions(make_wiring: MakeWiring) -> None:
    one, two = make_wiring(), make_wiring()
    async with browser(one, two) as client:  # each request at another one
        assert (await sign_in(client)).status_code == 303
        assert [(await client.get("/auth/me")).status_code for _ in range(4)] == [200] * 4
        assert (await client.post("/auth/logout", headers=OWN_PAGE)).status_code == 200
        assert [(await client.get("/auth/me")).status_code for _ in range(4)] == [401] * 4


async def test_cookies_are_out_of_reach(make_wiring: MakeWiring) -> None:
    async with browser(make_wiring(public_url=BEHIND_PROXY), base=BEHIND_PROXY) as client:
        leaving = await client.get("/auth/login")
        arrived = await client.get((await through_the_provider(client, leaving)).headers["location"])
        for cookie in (leaving.headers["set-cookie"], *arrived.headers.get_list("set-cookie")):
            assert cookie.startswith("__Host-phoenix-")
            assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
        assert (await client.get("/auth/me")).status_code == 200
        plain = {"Cookie": f"{SESSION}={client.cookies[SECURE_SESSION]}"}  # as one that a neighbour has put there
        client.cookies.clear()
        assert (await client.get("/auth/me", headers=plain)).status_code == 401


async def test_the_database_has_no_token(make_wiring: MakeWiring, database_url: str) -> None:
    wiring = make_wiring()
    async with browser(wiring) as client:
        await sign_in(client)
        token = client.cookies[SESSION]
    async with wiring.database._transactions.read() as connection:
        (row,) = (await connection.execute(sessions.select())).all()
    assert token not in repr(row)
    assert row.sha256 == hashlib.sha256(token.encode()).hexdigest()


async def aged(wiring: Wiring, **columns: object) -> None:
    async with wiring.database._transactions.write() as connection:
        await connection.execute(update(sessions).values(**columns))


async def test_a_session_is_renewed_while_it_is_used(make_wiring: MakeWiring) -> None:
    wiring = make_wiring()
    async with browser(wiring) as client:
        await sign_in(client)
        before = client.cookies[SESSION]
        await client.get("/api/v1/jobs")
        assert client.cookies[SESSION] == before
        await aged(wiring, rotated_at=from_now(-ROTATED_EVERY))
        assert (await client.get("/api/v1/jobs")).status_code == 200
        after = client.cookies[SESSION]
        assert after != before
        old = {"Cookie": f"{SESSION}={before}"}
        client.cookies.clear()
        assert (await client.get("/auth/me", headers=old)).status_code == 200  # what the page asked for at the same time
        await aged(wiring, rotated_at=from_now(-ROTATED_EVERY / 2))
        assert (await client.get("/auth/me", headers=old)).status_code == 401
        assert (await client.get("/auth/me", headers={"Cookie": f"{SESSION}={after}"})).status_code == 200


@pytest.mark.parametrize("column", ["expires_at", "seen_at"])
async def test_a_session_ends_by_its_time_and_when_nobody_uses_it(make_wiring: MakeWiring, column: str) -> None:
    wiring = make_wiring(session_idle_minutes=5)
    async with browser(wiring) as client:
        await sign_in(client)
        await aged(wiring, **{column: from_now(-ROTATED_EVERY)})
        assert (await client.get("/auth/me")).status_code == 401
    await aged(wiring, expires_at=from_now(-ROTATED_EVERY))
    assert await wiring.database.sessions.remove_expired() == 1


async def test_signing_in_again_ends_what_was_before(make_wiring: MakeWiring) -> None:
    async with browser(make_wiring()) as client:
        await sign_in(client)
        before = client.cookies[SESSION]
        await sign_in(client)
        assert client.cookies[SESSION] != before
        assert (await client.get("/auth/me")).status_code == 200
        assert (await client.get("/auth/me", headers={"Cookie": f"{SESSION}={before}"})).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (OWN_PAGE, 404),
        ({"Origin": HOST}, 404),
        ({"Sec-Fetch-Site": "same-origin"}, 404),
        ({}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:9000"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:8000.evil.example"}, 403),
        ({"Origin": "https://127.0.0.1:8000"}, 403),
    ],
)
async def test_only_our_own_pages_change_something(make_wiring: MakeWiring, headers: dict[str, str], status: int) -> None:
    async with browser(make_wiring()) as client:
        await sign_in(client)
        answer = await client.delete("/api/v1/jobs/job-none", headers=headers)
        assert answer.status_code == status, answer.text
        if status == 403:
            assert answer.json()["error"] == "cross_site_request"
            assert (await client.post("/auth/logout", headers=headers)).status_code == 403
        asked = await client.post("/graphql", headers=headers, json={"query": "{ viewer { actor } }"})
        assert asked.status_code == (403 if status == 403 else 200), "who asks by GraphQL could change something"
        assert (await client.get("/auth/me", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "",
        "é",
    ],
)
async def test_nobody_is_sent_elsewhere(make_wiring: MakeWiring, wanted: str) -> None:
    async with browser(make_wiring()) as client:
        assert (await sign_in(client, wanted)).headers["location"] == f"{HOST}/"


async def test_another_browsers_answer_is_refused(make_wiring: MakeWiring) -> None:
    wiring = make_wiring()
    async with browser(wiring) as victim, browser(wiring) as other:
        back = await through_the_provider(other, await other.get("/auth/login"))
        refused = await victim.get(back.headers["location"])  # it has begun nothing
        assert (refused.status_code, refused.json()["error"]) == (400, "sign_in_failed")
        await victim.get("/auth/login")
        refused = await victim.get(back.headers["location"])
        assert (refused.status_code, refused.json()["error"]) == (400, "sign_in_failed")
        assert SESSION not in victim.cookies


async def test_a_code_is_good_once_and_only_with_its_verifier(make_wiring: MakeWiring) -> None:
    wiring = make_wiring()
    async with browser(wiring) as client:
        leaving = await client.get("/auth/login")
        kept = client.cookies["phoenix-login"]
        asked = parse_qs(urlsplit(leaving.headers["location"]).query)
        assert asked["code_challenge_method"] == ["S256"]
        back = await through_the_provider(client, leaving)
        assert (await client.get(back.headers["location"])).status_code == 303
        again = await client.get(back.headers["location"], headers={"Cookie": f"phoenix-login={kept}"})
        assert (again.status_code, again.json()["error"]) == (400, "sign_in_failed")

        assert wiring.sign_in is not None
        back = await through_the_provider(client, await client.get("/auth/login"))
        code = parse_qs(urlsplit(back.headers["location"]).query)["code"][0]
        with pytest.raises(Exception, match="does not take its own code"):
            await wiring.sign_in._exchanged(code, "x" * 64, f"{HOST}/auth/callback")


async def test_who_does_not_agree_is_not_signed_in(make_wiring: MakeWiring) -> None:
    async with browser(make_wiring()) as client:
        state = parse_qs(urlsplit((await client.get("/auth/login")).headers["location"]).query)["state"][0]
        refused = await client.get("/auth/callback", params={"error": "access_denied", "state": state})
        assert (refused.status_code, refused.json()["error"]) == (400, "sign_in_failed")
        refused = await client.get("/auth/callback", params={"code": "x", "state": state, "iss": "https://other.example"})
        assert (refused.status_code, refused.json()["error"]) == (400, "sign_in_failed")


async def test_who_has_no_tenant_is_not_let_in(make_wiring: MakeWiring) -> None:
    async with browser(make_wiring(oidc_tenant_map="blue-team=blue")) as client:
        refused = await sign_in(client)
        assert (refused.status_code, refused.json()["error"]) == (403, "invalid_token")
        assert SESSION not in client.cookies


async def test_signing_in_has_to_be_set_up(make_wiring: MakeWiring) -> None:
    for wiring in (make_wiring(oidc_client_id=""), make_wiring(oidc_issuer="")):
        async with browser(wiring) as client:
            for path in ("login", "callback"):
                assert (await client.get(f"/auth/{path}")).status_code == 404
            assert (await client.get("/auth/me")).status_code == 401, "a session can be made from a key all the same"
            assert (await client.get("/auth/state")).json() == {"me": None, "needs_key": True, "by_issuer": False}


async def test_nobody_signs_in_over_a_network_in_clear(make_wiring: MakeWiring) -> None:
    async with browser(make_wiring(), base="http://scan.example.com") as client:
        assert (await client.get("/auth/login")).json()["error"] == "sign_in_failed"


@asynccontextmanager
async def id_token(provider: IdentityProvider) -> AsyncIterator[Callable[[], Awaitable[str]]]:
    """Tokens of the public client, straight from the provider."""
    async with httpx.AsyncClient() as client:

        async def one() -> str:
            verifier = secrets.token_urlsafe(48)
            challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
            callback = f"{HOST}/auth/callback"
            asked = {"response_type": "code", "client_id": PUBLIC, "redirect_uri": callback, "scope": "openid email"}
            asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
            leaving = httpx.Response(303, headers={"location": f"{provider.issuer}/authorize/?{urlencode(asked)}"})
            back = await through_the_provider(client, leaving)
            code = parse_qs(urlsplit(back.headers["location"]).query)["code"][0]
            form = {"grant_type": "authorization_code", "code": code, "redirect_uri": callback, "client_id": PUBLIC}
            answer = await client.post(f"{provider.issuer}/token/", data=form | {"code_verifier": verifier})
            token: str = answer.json()["id_token"]
            return token

        yield one


async def jobs(wiring: Wiring, token: str) -> httpx.Response:
    async with browser(wiring) as client:
        return await client.get("/api/v1/jobs", headers={"Authorization": f"Bearer {token}"})


async def test_a_token_of_the_issuer_counts_as_a_key_also_under_its_next_one(
    make_wiring: MakeWiring, provider: IdentityProvider
) -> None:
    wiring = make_wiring(PUBLIC)
    clock = 1000.0
    assert wiring.sign_in is not None
    wiring.sign_in.issuer._clock = lambda: clock
    async with id_token(provider) as fresh:
        before = await fresh()
        assert (await jobs(wiring, before)).status_code == 200
        assert (await jobs(make_wiring(CONFIDENTIAL), before)).json()["error"] == "invalid_token"  # meant for another
        elsewhere = make_wiring(PUBLIC, oidc_tenant_map="blue-team=blue")
        assert (await jobs(elsewhere, before)).json()["error"] == "invalid_token"

        provider.rotate()
        after = await fresh()
        assert (await jobs(wiring, after)).json()["error"] == "invalid_token"  # asked for a moment ago
        clock += 61
        assert (await jobs(wiring, after)).status_code == 200
        assert (await jobs(wiring, before)).json()["error"] == "invalid_token"


async def test_while_the_issuer_is_away_it_is_said_so(make_wiring: MakeWiring) -> None:
    wiring = make_wiring(PUBLIC, oidc_issuer=f"http://127.0.0.1:{free_port()}/o")
    token = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.e30.c2lnbmF0dXJl"
    answer = await jobs(wiring, token)
    assert (answer.status_code, answer.json()["error"]) == (503, "issuer_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    async with browser(wiring) as client:
        assert (await client.get("/auth/login")).status_code == 503


async def test_keys_open_what_they_did(make_wiring: MakeWiring) -> None:
    wiring = make_wiring()
    key = await make_key(wiring.database, "red")
    assert [(await jobs(wiring, text)).status_code for text in (key, "key-of-the-tests", "eyJ.not.ours")] == [200, 200, 403]
    silent = replace(wiring, settings=wiring.settings.model_copy(update={"oidc_client_secret": SecretStr("wrong")}))
    async with browser(silent) as client:
        refused = await sign_in(client)
        assert (refused.status_code, refused.json()["error"]) == (400, "sign_in_failed")
    assert silent.sign_in is not None
    await silent.sign_in.close()


@contextmanager
def other_claims(provider: IdentityProvider, **claims: object) -> Iterator[None]:
    """What the provider says of the person from here on."""
    before = provider.claims
    for said in (before | claims, before):
        provider.stop()
        provider.claims = said
        provider.start()
        if said is not before:
            yield


async def due(wiring: Wiring) -> None:
    await aged(wiring, confirmed_at=from_now(-CONFIRMED_EVERY), renewing_at=None)


async def test_rights_that_the_issuer_takes_away_are_gone_in_minutes(
    make_wiring: MakeWiring, provider: IdentityProvider
) -> None:
    wiring = make_wiring()
    async with browser(wiring) as client:
        await sign_in(client)
        with other_claims(provider, roles=["scan-admins"], tenant="blue"):
            assert (await client.get("/auth/me")).json()["scopes"] == ["read", "submit"], "it was asked a moment ago"
            for _ in range(2):  # the second with the refresh token that the first one got
                await due(wiring)
                me = (await client.get("/auth/me")).json()
                assert (me["tenant"], me["scopes"]) == ("blue", ["admin"])
        with other_claims(provider, tenant="elsewhere", roles=[]):
            await due(wiring)
            assert (await client.get("/auth/me")).status_code == 403, "there is no such tenant here"
        with other_claims(provider, tenant=[]):
            await due(wiring)
            assert (await client.get("/auth/me")).status_code == 401
    assert (await wiring.database.audit.list(action="session.remove"))[0].actor == ACTOR


async def test_many_requests_at_once_renew_a_session_once(make_wiring: MakeWiring) -> None:
    """Of two that bring the same refresh token, the second would end the session."""
    one, two = make_wiring(), make_wiring()
    async with browser(one, two) as client:
        await sign_in(client)
        await due(one)
        answers = await asyncio.gather(*(client.get("/api/v1/jobs") for _ in range(8)))
        assert {answer.status_code for answer in answers} == {200}
        await due(one)
        assert (await client.get("/api/v1/jobs")).status_code == 200


async def test_a_session_that_the_issuer_does_not_renew_is_over(make_wiring: MakeWiring, provider: IdentityProvider) -> None:
    wiring = make_wiring()
    async with browser(wiring) as client, httpx.AsyncClient() as direct:
        await sign_in(client)
        sealed = await renewal_of(wiring)
        token = SecretBox.from_setting("secret-of-the-tests").decrypt(sealed)
        assert token not in sealed
        revoked = {"token": token, "client_id": CONFIDENTIAL, "client_secret": SECRET}
        assert (await direct.post(f"{provider.issuer}/revoke_token/", data=revoked)).status_code == 200
        await due(wiring)
        assert (await client.get("/auth/me")).status_code == 401
        await due(wiring)
        assert (await client.get("/auth/me")).status_code == 401


async def renewal_of(wiring: Wiring) -> str:
    async with wiring.database._transactions.read() as connection:
        sealed: str = (await connection.execute(sessions.select())).one().renewal
    return sealed


async def test_while_the_issuer_is_away_sessions_go_on_for_a_while(make_wiring: MakeWiring, provider: IdentityProvider) -> None:
    wiring = make_wiring(session_unconfirmed_minutes=20)
    async with browser(wiring) as client:
        await sign_in(client)
        provider.stop()
        try:
            await due(wiring)
            assert (await client.get("/auth/me")).status_code == 200
            await aged(wiring, confirmed_at=from_now(-timedelta(minutes=20)))
            assert (await client.get("/auth/me")).status_code == 401
        finally:
            provider.start()


async def test_without_a_refresh_token_a_session_is_short(make_wiring: MakeWiring) -> None:
    wiring = make_wiring(session_unconfirmed_minutes=20)
    async with browser(wiring) as client:
        await sign_in(client)
        await aged(wiring, renewal=None)
        await due(wiring)
        assert (await client.get("/auth/me")).status_code == 200
        await aged(wiring, confirmed_at=from_now(-timedelta(minutes=20)))
        assert (await client.get("/auth/me")).status_code == 401


async def test_a_disabled_or_removed_tenant_ends_sessions_at_once(make_wiring: MakeWiring) -> None:
    wiring = make_wiring()
    async with browser(wiring) as client:
        await sign_in(client)
        service = {"X-API-Key": "key-of-the-tests"}
        assert (await client.patch("/api/v1/tenants/red", json={"disabled": True}, headers=service)).status_code == 200
        for path in ("/api/v1/jobs", "/auth/me"):
            assert (await client.get(path)).status_code == 403
        assert (await client.get("/auth/state")).json()["me"] is None
        assert (await client.delete("/api/v1/tenants/red", headers=service)).is_success
        assert (await client.get("/auth/me")).status_code == 403
