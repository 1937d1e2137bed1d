"""The API over loopback: its routes, its refusals and its faults, as a client meets them."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import msgspec
import pytest

from scanner.model import AssetType, ImportType
from scanner.phoenix.sandbox.checks import read_import
from scanner.phoenix.sandbox.errors import SandboxStartError
from scanner.phoenix.sandbox.faults import AnswerStyle, Faults, RetryAfter, Route, Verdict
from scanner.phoenix.sandbox.keep import Keep
from scanner.phoenix.sandbox.request import Assessment
from scanner.phoenix.sandbox.server import SandboxServer
from scanner.phoenix.sandbox.settings import SandboxSettings
from scanner.phoenix.sandbox.snapshot import FindingState

SYNC = Faults(answers=AnswerStyle.SYNC)


def open_findings(sandbox):
    return sum(line.open for line in sandbox.summary())


def imported(caller, answer):
    """The last status of an accepted import; each poll is a request, so the loop yields to the server."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        state = caller.status(answer.json()["id"]).json()
        if state["status"] in ("IMPORTED", "ERROR"):
            return state
    raise AssertionError(state)


def test_token(sandbox, caller):
    answer = caller.sign_in().json()
    assert set(answer) == {"token", "expiry"}
    assert 3590 < answer["expiry"] - time.time() <= 3600
    sandbox.faults = Faults(token_expiry_told=False)
    assert set(caller.sign_in().json()) == {"token"}


@pytest.mark.parametrize("authorization", ["", "Basic", "Basic ???", "Bearer abc", "Basic c2FuZGJveC1jbGllbnQ6d3Jvbmc="])
def test_wrong_credentials(caller, authorization):
    answer = caller.http.get("/v1/auth/access_token", headers={"Authorization": authorization})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Basic")


def test_every_other_call_needs_a_token(caller, bodies):
    caller.token = "invented"
    answers = [caller.send(bodies.request()), caller.status("1"), caller.tag({"tags": [{"value": "v"}], "assetIds": ["a"]})]
    assert [(answer.status_code, answer.headers["WWW-Authenticate"]) for answer in answers] == [(401, "Bearer")] * 3


def test_tokens_expire(sandbox, caller, bodies):
    sandbox.faults = Faults(token_calls=2, answers=AnswerStyle.SYNC)
    caller.sign_in()
    assert [caller.send(bodies.request()).status_code for _ in range(3)] == [200, 200, 401]
    caller.sign_in()
    sandbox.expire_tokens()
    assert caller.send(bodies.request()).status_code == 401
    sandbox.faults = Faults(token_seconds=0)
    caller.sign_in()
    assert caller.send(bodies.request()).status_code == 401


def test_nothing_is_answered_while_it_is_stalled(sandbox, caller):
    sandbox.faults = Faults(stalled=True)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(caller.sign_in)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.2)
        sandbox.faults = Faults()
        assert waiting.result(timeout=10).status_code == 200


def test_an_import_in_the_background(sandbox, caller, bodies):
    answer = caller.send(bodies.request(bodies.asset("i", bodies.finding())))
    assert answer.status_code == 201
    assert imported(caller, answer) == {"status": "IMPORTED"}
    ((assessment, assets),) = sandbox.snapshot().items()
    assert assessment == Assessment("scan", AssetType.CONTAINER)
    (asset,) = assets.values()
    assert [(found.state, found.content) for found in asset.findings.values()] == [(FindingState.OPEN, bodies.finding())]


def test_nothing_changes_before_imported(sandbox, caller, bodies):
    sandbox.faults = Faults(import_seconds=3600)
    answer = caller.send(bodies.request(bodies.asset("i", bodies.finding())))
    assert caller.status(answer.json()["id"]).json() == {"status": "TRANSLATING"}
    assert sandbox.summary() == []


def test_imports_beyond_so_many_are_stuck(sandbox, caller, bodies):
    sandbox.faults = Faults(stuck_after=1)
    first, second = (caller.send(bodies.request(import_type="merge", name=name)) for name in ("one", "other"))
    assert imported(caller, first) == {"status": "IMPORTED"}
    assert caller.status(second.json()["id"]).json() == {"status": "READY_FOR_IMPORT"}


def test_nothing_is_answered_once_so_many_are_accepted(sandbox, caller, bodies):
    sandbox.faults = Faults(stalled_after=1)
    caller.send(bodies.request())
    with ThreadPoolExecutor(1) as beside:
        second = beside.submit(caller.send, bodies.request(import_type="merge"))
        while len([record for record in sandbox.requests() if record.route is Route.IMPORT]) < 2:
            assert not second.done()
        assert not second.done()
        sandbox.faults = Faults()
        assert second.result().status_code == 201


def test_an_import_at_once(sandbox, caller, bodies):
    sandbox.faults = SYNC
    answer = caller.send(bodies.request(bodies.asset("i", bodies.finding())))
    assert (answer.status_code, answer.content) == (200, b"")
    assert open_findings(sandbox) == 1


def test_an_import_that_ends_in_error(sandbox, caller, bodies):
    sandbox.faults = Faults(rate_import_errors=1)
    state = imported(caller, caller.send(bodies.request(bodies.asset("i", bodies.finding()))))
    assert (state["status"], bool(state["error"])) == ("ERROR", True)
    assert sandbox.summary() == []


def test_successors_of_a_new_import_that_is_not_imported_are_taken_and_noted(sandbox, caller, bodies):
    sandbox.faults = Faults(import_seconds=3600)
    assert caller.send(bodies.request(import_type="new")).status_code == 201
    assert caller.send(bodies.request(import_type="merge")).status_code == 201
    assert caller.send(bodies.request(import_type="merge", name="other")).status_code == 201
    records = [record for record in sandbox.requests() if record.route is Route.IMPORT]
    assert [record.overlaps_new for record in records] == [False, True, False]


def test_a_refusal_says_where_and_why(sandbox, caller, bodies):
    answer = caller.send(bodies.request(bodies.asset("i", bodies.finding(severity=11, remedy=""))))
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "the body is refused",
        "refusals": [
            {"path": "$.assets[0].findings[0].remedy", "reason": "must not be empty"},
            {"path": "$.assets[0].findings[0].severity", "reason": "must be from 1.0 to 10.0"},
        ],
    }
    assert sandbox.summary() == []


@pytest.mark.parametrize("headers", [{"Content-Type": "text/plain"}, {"Content-Type": ""}, {"Content-Encoding": "gzip"}])
def test_other_kinds_of_body_are_refused(caller, bodies, headers):
    assert caller.send(bodies.request(), **headers).status_code == 400


def test_content_type_with_a_charset_is_taken(caller, bodies):
    assert caller.send(bodies.request(), **{"Content-Type": "application/json; charset=UTF-8"}).status_code == 201


def test_too_large(sandbox, caller, bodies):
    body = bodies.request(bodies.asset("a"), bodies.asset("b"))
    sandbox.faults = Faults(max_body_bytes=len(body), max_assets=2, answers=AnswerStyle.SYNC)
    assert caller.send(body).status_code == 200
    sandbox.faults = Faults(max_body_bytes=len(body) - 1)
    assert caller.send(body).status_code == 413
    sandbox.faults = Faults(max_assets=1)
    assert caller.send(body).status_code == 413


def test_a_far_too_large_body_gets_its_answer_too(sandbox, caller):
    sandbox.faults = Faults(max_body_bytes=1000)
    assert caller.send(b" " * 20_000_000).status_code == 413
    assert sandbox.requests()[-1].bytes == 20_000_000


def test_unknown_ids_and_places(caller):
    assert caller.status("unknown").status_code == 404
    for method, path, status in (
        ("GET", "/v1/nothing", 404),
        ("POST", "/v1/auth/access_token", 405),
        ("GET", "/v1/import/assets", 405),
    ):
        answer = caller.http.request(method, path)
        assert (answer.status_code, bool(answer.json()["error"])) == (status, True)


def test_tags(sandbox, caller, bodies):
    sandbox.faults = SYNC
    caller.send(bodies.request(bodies.asset("i")))
    ((asset_id,),) = [list(assets) for assets in sandbox.snapshot().values()]
    tags = [{"key": "k", "value": "v"}]
    assert caller.tag({"tags": tags, "assetIds": [asset_id]}).status_code == 200
    answer = caller.tag({"tags": [{"value": "w"}], "assetIds": [asset_id, "00" * 16, "nonsense"]})
    assert (answer.status_code, answer.json()["error"]) == (404, f"no asset has the id {'00' * 16}, nonsense")
    ((asset,),) = [list(assets.values()) for assets in sandbox.snapshot().values()]
    assert msgspec.to_builtins(asset.tags) == tags
    assert caller.tag({"tags": tags}).status_code == 400


def test_throttling(sandbox, caller, bodies):
    sandbox.faults = Faults(rate_429=1, retry_after_seconds=7)
    answer = caller.send(bodies.request())
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    sandbox.faults = Faults(rate_429=1, retry_after_seconds=7, retry_after=RetryAfter.DATE)
    until = parsedate_to_datetime(caller.send(bodies.request()).headers["Retry-After"])
    assert 5 < (until - datetime.now(UTC)).total_seconds() <= 8
    sandbox.faults = Faults(rate_429=1, retry_after=RetryAfter.ABSENT)
    assert "Retry-After" not in caller.send(bodies.request()).headers


def test_more_imports_at_once_than_allowed_are_throttled(sandbox, caller, bodies):
    sandbox.faults = Faults(max_in_flight=1, answers=AnswerStyle.SYNC)
    half_sent, finish = threading.Event(), threading.Event()

    def slowly():
        body = bodies.request()
        yield body[:10]
        half_sent.set()
        finish.wait(10)
        yield body[10:]

    answers = []
    slow = threading.Thread(
        target=lambda: answers.append(httpx.post(f"{sandbox.url}/v1/import/assets", content=slowly(), headers=caller.headers))
    )
    slow.start()
    assert half_sent.wait(10)
    deadline = time.monotonic() + 10
    while not [record for record in sandbox.requests() if record.route is Route.IMPORT] and time.monotonic() < deadline:
        caller.status("any")
    assert caller.send(bodies.request()).status_code == 429
    finish.set()
    slow.join()
    assert answers[0].status_code == 200
    assert [record.in_flight for record in sandbox.requests() if record.route is Route.IMPORT] == [1, 2]


def test_unavailable(sandbox, caller, bodies):
    answer = caller.send(bodies.request())
    sandbox.faults = Faults(rate_503=1)
    assert [caller.sign_in().status_code, caller.send(bodies.request()).status_code] == [503, 503]
    assert caller.status(answer.json()["id"]).status_code == 200
    sandbox.faults = Faults(rate_failed_polls=1)
    assert caller.status(answer.json()["id"]).status_code == 503


def test_a_broken_connection_did_nothing(sandbox, caller, bodies):
    sandbox.faults = Faults(rate_broken=1, answers=AnswerStyle.SYNC)
    with pytest.raises(httpx.RemoteProtocolError):
        caller.send(bodies.request(bodies.asset("i", bodies.finding())))
    assert sandbox.summary() == []


def test_a_lost_answer_did_everything(sandbox, caller, bodies):
    sandbox.faults = Faults(rate_lost_answers=1, answers=AnswerStyle.SYNC)
    with pytest.raises(httpx.RemoteProtocolError):
        caller.send(bodies.request(bodies.asset("i", bodies.finding())))
    assert open_findings(sandbox) == 1
    record = sandbox.requests()[-1]
    assert (record.verdict, record.status, record.findings) == (Verdict.ANSWER_LOST, 0, 1)


def test_a_lost_answer_of_a_refusal_is_a_refusal(sandbox, caller):
    sandbox.faults = Faults(rate_lost_answers=1)
    assert caller.send(b"{}").status_code == 400


def test_the_log_of_requests(sandbox, caller, bodies):
    body = bodies.request(bodies.asset("a", bodies.finding(), bodies.finding("other")), bodies.asset("b"), import_type="new")
    answer = caller.send(body)
    token, record = sandbox.requests()
    assert (token.route, token.status, token.number) == (Route.TOKEN, 200, 1)
    assert (record.route, record.status, record.import_type) == (Route.IMPORT, 201, ImportType.NEW)
    assert (record.assessment, record.asset_type, record.assets, record.findings) == ("scan", AssetType.CONTAINER, 2, 2)
    assert (record.bytes, record.request_id, record.in_flight) == (len(body), answer.json()["id"], 1)
    assert caller.http.get("/sandbox/requests").json()[1]["importType"] == "new"


def test_the_log_is_bounded(bodies):
    with SandboxServer(SandboxSettings(remembered_requests=3)) as sandbox, httpx.Client(base_url=sandbox.url) as http:
        for _ in range(5):
            http.get("/v1/auth/access_token")
        assert [record.number for record in sandbox.requests()] == [3, 4, 5]
        assert http.get("/sandbox/state").json()["requests"] == {"token 401": 5}


def test_state_and_findings_over_http(sandbox, caller, bodies):
    sandbox.faults = SYNC
    caller.send(bodies.request(bodies.asset("a", bodies.finding(), bodies.finding("gone")), import_type="new"))
    caller.send(bodies.request(bodies.asset("a", bodies.finding())))
    caller.send(bodies.request(bodies.asset("a", bodies.finding()), name="other"))
    state = caller.http.get("/sandbox/state").json()
    assert state["assessments"][0] == {
        "name": "scan",
        "assetType": "CONTAINER",
        "assets": 1,
        "open": 1,
        "closed": 1,
        "imports": {"new": 1, "merge": 1, "delta": 0},
    }
    assert (state["importsUnderWay"], state["requests"], state["peakInFlight"]["import"]) == (
        0,
        {"import 200": 3, "token 200": 1},
        1,
    )

    def found(**query):
        answer = caller.http.get("/sandbox/findings", params=query)
        return [(line["state"], line["finding"]["name"]) for line in map(msgspec.json.decode, answer.content.splitlines())]

    assert found(assessment="scan", assetType="CONTAINER") == [("open", "CVE-2024-12345"), ("closed", "gone")]
    assert found(assessment="scan", state="closed") == [("closed", "gone")]
    assert found(assetType="WEB") == []
    assert len(found()) == 3
    assert caller.http.get("/sandbox/findings?state=ajar").status_code == 400
    assert caller.http.get("/sandbox/findings?nonsense=1").status_code == 400


def test_faults_over_http(sandbox, caller):
    answer = caller.http.put("/sandbox/faults", content=b'{"rate429": 0.25, "answers": "sync"}')
    assert answer.json() == caller.http.get("/sandbox/faults").json()
    assert sandbox.faults == Faults(rate_429=0.25, answers=AnswerStyle.SYNC)
    refused = caller.http.put("/sandbox/faults", content=b'{"rate429": 2, "rate42": 1}')
    assert [refusal["path"] for refusal in refused.json()["refusals"]] == ["$.rate42", "$.rate429"]
    assert sandbox.faults.rate_429 == 0.25


def test_expiring_tokens_over_http(caller, bodies):
    assert caller.http.post("/sandbox/tokens/expire").status_code == 204
    assert caller.send(bodies.request()).status_code == 401


def test_reset(sandbox, caller, bodies):
    sandbox.faults = SYNC
    caller.send(bodies.request(bodies.asset("a", bodies.finding())))
    sandbox.faults = Faults(import_seconds=3600)
    under_way = caller.send(bodies.request(bodies.asset("b", bodies.finding())))
    assert caller.http.post("/sandbox/reset").status_code == 204
    assert (sandbox.summary(), sandbox.requests(), sandbox.faults) == ([], [], Faults())
    assert caller.status(under_way.json()["id"]).status_code == 404
    assert caller.http.get("/sandbox/state").json()["importsUnderWay"] == 0


def test_the_same_seed_treats_the_same_requests_the_same_way():
    def answers(seed):
        settings = SandboxSettings(seed=seed, faults=Faults(rate_429=0.3, rate_503=0.3))
        with SandboxServer(settings) as sandbox, httpx.Client(base_url=sandbox.url) as http:
            return [http.get("/v1/auth/access_token").status_code for _ in range(20)]

    assert answers(1) == answers(1) != answers(2)
    assert set(answers(1)) == {401, 429, 503}


def test_a_client_that_leaves_in_the_middle_does_no_harm(sandbox, caller, bodies):
    def leaves():
        yield b'{"importType"'
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        caller.http.post("/v1/import/assets", content=leaves(), headers=caller.headers)
    assert caller.send(bodies.request()).status_code == 201


def test_large_bodies_are_checked_and_applied(sandbox, caller, bodies):
    findings = [bodies.finding(location=f"package@{number}", description="d" * 1250) for number in range(15_000)]
    body = bodies.request(*(bodies.asset(f"i{number}", *findings[number::100]) for number in range(100)))
    assert 24_000_000 < len(body) < 25_000_000
    sandbox.faults = SYNC
    assert caller.send(body).status_code == 200
    assert open_findings(sandbox) == 15_000


def test_others_are_answered_while_a_body_is_checked(sandbox, caller, bodies, monkeypatch):
    started, finish = threading.Event(), threading.Event()

    def slow_read(body, *, max_assets):
        started.set()
        finish.wait(10)
        return read_import(body, max_assets=max_assets)

    monkeypatch.setattr("scanner.phoenix.sandbox.api.read_import", slow_read)
    answers = []
    large = threading.Thread(target=lambda: answers.append(caller.send(bodies.request())))
    large.start()
    assert started.wait(10)
    assert httpx.get(f"{sandbox.url}/sandbox/state").json()["peakInFlight"]["import"] == 1
    assert answers == []
    finish.set()
    large.join()
    assert answers[0].status_code == 201


def test_a_port_that_is_taken(sandbox):
    with pytest.raises(SandboxStartError), SandboxServer(port=int(sandbox.url.rpartition(":")[2])):
        pass


def test_what_it_holds_outlives_it(bodies):
    with (
        SandboxServer(SandboxSettings(keep=Keep.IDENTITIES, faults=SYNC)) as sandbox,
        httpx.Client(base_url=sandbox.url) as http,
    ):
        token = http.get("/v1/auth/access_token", auth=(sandbox.client_id, sandbox.client_secret)).json()["token"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        http.post("/v1/import/assets", content=bodies.request(bodies.asset("i", bodies.finding())), headers=headers)
    ((asset,),) = [list(assets.values()) for assets in sandbox.snapshot().values()]
    (found,) = asset.findings.values()
    assert set(found.content) == {"name", "location", "referenceIds"}


def test_secrets_are_not_shown():
    assert "hush" not in repr(SandboxSettings(client_secret="hush"))
