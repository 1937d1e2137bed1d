"""GraphQL over the same application: what can be asked, how much, by whom; and what is told of errors."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import httpx
import pytest
from graphql import parse
from tenant_making import make_key, make_tenant
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as connect_socket
from websockets.exceptions import InvalidStatus

from cluster import notices
from jobs_store.bulks import NewBulk
from jobs_store.jobs import NewJob
from jobs_store.keys import Scope
from serve_app.edge_settings import EdgeSettings
from serve_app.graphql.cost import MOST_ALIASES, MOST_DEPTH, require_moderate, weigh
from serve_app.wiring import Wiring

KEY = "key-of-the-tests"
Connect = Callable[..., httpx.AsyncClient]


async def ask(client: httpx.AsyncClient, query: str, **variables: object) -> dict[str, object]:
    answer = await client.post("/graphql", json={"query": query, "variables": variables})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def data(client: httpx.AsyncClient, query: str, **variables: object) -> dict[str, object]:
    answer = await ask(client, query, **variables)
    assert "errors" not in answer, answer
    return answer["data"]


async def error(client: httpx.AsyncClient, query: str, **variables: object) -> str:
    return (await ask(client, query, **variables))["errors"][0]["extensions"]["error"]


async def make_jobs(wiring: Wiring, count: int = 3, tenant: str = "default", **more: object) -> None:
    await make_tenant(wiring.database, tenant)
    for number in range(count):
        job = {"job_id": f"job-{tenant}-{number}", "filename": f"report {number}.json", "file_path": "x", "file_size_bytes": 1}
        await wiring.database.jobs.create(NewJob(**job, tenant=tenant, **more))


JOBS = """query ($first: Int! = 2, $after: String! = "", $filter: JobFilterInput) {
  jobs(first: $first, after: $after, filter: $filter) {
    totalCount byState { state jobs } nodes { id filename state bulk { id } events(first: 5) { nodes { seq kind data } } }
    pageInfo { hasNextPage endCursor }
  }
}"""


async def test_jobs_by_cursor_and_filter(client: httpx.AsyncClient, wiring: Wiring) -> None:
    await make_jobs(wiring)
    first = (await data(client, JOBS))["jobs"]
    assert (first["totalCount"], first["byState"]) == (3, [{"state": "QUEUED", "jobs": 3}])
    assert first["pageInfo"]["hasNextPage"]
    second = (await data(client, JOBS, after=first["pageInfo"]["endCursor"]))["jobs"]
    assert not second["pageInfo"]["hasNextPage"]
    assert {job["id"] for page in (first, second) for job in page["nodes"]} == {f"job-default-{n}" for n in range(3)}
    searched = (await data(client, JOBS, filter={"search": "REPORT 1", "states": ["QUEUED"]}))["jobs"]
    assert [job["filename"] for job in searched["nodes"]] == ["report 1.json"]
    assert (await data(client, JOBS, filter={"scanner": "none"}))["jobs"]["nodes"] == []
    assert await error(client, JOBS, after="nonsense") == "invalid_parameters"
    assert await error(client, JOBS, first=201) == "invalid_parameters"


async def test_changes_are_made_and_audited(client: httpx.AsyncClient, wiring: Wiring) -> None:
    await make_jobs(wiring, 2)
    cancelled = await data(client, 'mutation { cancelJob(id: "job-default-0") { state } }')
    assert cancelled["cancelJob"] == {"state": "CANCELLED"}
    assert await error(client, 'mutation { cancelJob(id: "job-default-0") { state } }') == "job_already_ended"
    many = await data(client, "mutation { cancelJobs(filter: {}) { more results { id outcome } } }")
    assert many["cancelJobs"] == {"more": False, "results": [{"id": "job-default-1", "outcome": "done"}]}
    assert (await data(client, 'mutation { retryJob(id: "job-default-1") { state } }'))["retryJob"]["state"] == "QUEUED"
    entries = await wiring.database.audit.list()
    assert [(entry.action, entry.object, entry.outcome) for entry in entries] == [
        ("job.cancel", "job-default-0", "done"),
        ("job.cancel", "job-default-0", "job_already_ended"),
        ("job.cancel", "job-default-1", "done"),
        ("job.retry", "job-default-1", "done"),
    ]


async def test_keys_and_tenants(client: httpx.AsyncClient) -> None:
    made = await data(client, 'mutation { createTenant(tenant: {name: "red", limits: {watchers: 3}}) { name limits } }')
    assert made["createTenant"]["limits"]["watchers"] == 3
    changed = await data(client, 'mutation { changeTenant(name: "red", change: {title: "Red"}) { title limits } }')
    assert (changed["changeTenant"]["title"], changed["changeTenant"]["limits"]["watchers"]) == ("Red", 3)
    assert (
        await error(client, 'mutation { changeTenant(name: "red", change: {nonsense: 1}) { title } }') == "invalid_parameters"
    )
    key = (await data(client, 'mutation { createKey(key: {name: "ci", tenant: "red"}) { text key { id scopes } } }'))[
        "createKey"
    ]
    assert key["key"]["scopes"] == ["READ", "SUBMIT"]
    rotated = await data(client, "mutation ($id: ID!) { rotateKey(id: $id) { text } }", id=key["key"]["id"])
    assert rotated["rotateKey"]["text"] != key["text"]
    assert (await data(client, "mutation ($id: ID!) { revokeKey(id: $id) { id } }", id=key["key"]["id"]))["revokeKey"]
    assert (await data(client, "{ keys { id } tenants { name } }")) == {
        "keys": [], "tenants": [{"name": "default"}, {"name": "red"}],
    }  # fmt: skip
    assert (await data(client, "{ audit(first: 1) { nodes { seq action } } }"))["audit"]["nodes"][0][
        "action"
    ] == "tenant.create"


async def test_formats_and_usage(client: httpx.AsyncClient) -> None:
    found = await data(client, '{ formats(search: "TRIVY", first: 1) { nodes { slug kinds } pageInfo { hasNextPage } } }')
    assert "trivy" in found["formats"]["nodes"][0]["slug"]
    used = (await data(client, "{ usage { tenant limits { name used limit } } viewer { actor } }"))["usage"]
    (cost,) = [limit for limit in used["limits"] if limit["name"] == "graphql_cost"]
    assert cost["limit"] == 10_000
    assert 0 < cost["used"] < 200, "both queries were counted"


SCOPED = [
    ("{ jobs { nodes { id } } }", {Scope.READ, Scope.SUBMIT, Scope.ADMIN, Scope.OPERATOR}),
    ("{ keys { id } }", {Scope.ADMIN, Scope.OPERATOR}),
    ("{ audit { nodes { seq } } }", {Scope.ADMIN, Scope.OPERATOR}),
    ('mutation { cancelJobs(ids: ["job-none"]) { more } }', {Scope.SUBMIT, Scope.OPERATOR}),
    ('mutation { createTenant(tenant: {name: "blue"}) { name } }', {Scope.OPERATOR}),
]


@pytest.mark.parametrize("scope", list(Scope))
async def test_a_scope_opens_what_it_is_for(wiring: Wiring, connect: Connect, scope: Scope) -> None:
    async with connect(wiring, key=await make_key(wiring.database, "payments", scope)) as client:
        for query, scopes in SCOPED:
            errors = (await ask(client, query)).get("errors", [])
            refused = [each["extensions"]["error"] for each in errors] == ["insufficient_scope"]
            assert refused is (scope not in scopes), (query, errors)


async def test_who_says_nothing_is_told_nothing(wiring: Wiring, connect: Connect) -> None:
    async with connect(wiring, key="") as client:
        answer = await client.post("/graphql", json={"query": "{ __schema { types { name } } }"})
        assert answer.status_code == 401
        assert answer.json()["errors"][0]["extensions"]["error"] == "missing_api_key"
    async with connect(wiring, key="wrong") as client:
        answer = await client.post("/graphql", json={"query": "{ viewer { actor } }"})
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["error"]) == (403, "invalid_api_key")


async def test_what_browsers_can_be_made_to_send_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get("/graphql", params={"query": "{ viewer { actor } }"})).status_code == 400
    assert (await client.get("/graphql", headers={"Accept": "text/html"})).status_code == 404, "no GraphiQL"
    form = await client.post("/graphql", files={"operations": (None, '{"query": "{ viewer { actor } }"}')})
    assert form.status_code == 400
    batch = await client.post("/graphql", json=[{"query": "{ viewer { actor } }"}] * 2)
    assert batch.status_code == 400
    for answer in (form, batch):
        assert answer.json()["errors"][0]["extensions"]["error"] == "invalid_parameters"
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "query",
    [
        "{ jobs { nodes { nonsense } } }",
        "{ jobs",
        "{ jobs { nodes { " + "bulk { jobs { nodes { " * 8 + "id" + " } } }" * 8 + " } } }",
        "{ " + " ".join(f"a{number}: viewer {{ actor }}" for number in range(MOST_ALIASES + 1)) + " }",
        "{ " + "viewer { actor } " * 1000 + "}",
        "query { ...a } fragment a on Query { ...b } fragment b on Query { ...a }",
    ],
)
async def test_what_is_too_much_or_wrong_is_refused(client: httpx.AsyncClient, query: str) -> None:
    assert await error(client, query) == "invalid_parameters"


async def test_characters_that_cannot_be_kept_are_refused_in_variables(client: httpx.AsyncClient) -> None:
    query = b'{"query": "query ($id: ID!) { job(id: $id) { id } }", "variables": {"id": "%s"}}'
    for text in (b"\\u0000", b"\\ud800"):
        answer = await client.post("/graphql", content=query % text, headers={"Content-Type": "application/json"})
        assert answer.json()["errors"][0]["extensions"]["error"] == "invalid_parameters"


def weight_of(query: str, **variables: object) -> object:
    return weigh(parse(query), None, variables)


def test_a_query_costs_what_it_may_bring() -> None:
    assert weight_of("{ viewer { actor tenant } }").cost == 1 + 1
    assert weight_of("{ jobs(first: 10) { nodes { id } } }").cost == 1 + 1 + 10
    assert weight_of("query ($n: Int) { jobs(first: $n) { nodes { id } } }", n=100).cost == 1 + 1 + 100
    assert weight_of("query ($n: Int = 7) { jobs(first: $n) { nodes { id } } }").cost == 1 + 1 + 7
    assert weight_of("{ jobs { nodes { id } } }").cost == 1 + 1 + 50
    assert weight_of("{ bulks(first: 10) { nodes { jobs(first: 10) { nodes { id } } } } }").cost == 1 + 1 + 10 * (1 + 1 + 10)
    assert weight_of("{ a: jobs(first: 1) { nodes { id } } ...f } fragment f on Query { b: viewer { actor } }").aliases == 2
    assert weight_of('mutation { cancelJob(id: "x") { id } }').cost > weight_of('{ job(id: "x") { id } }').cost


def test_only_what_there_is_many_times_is_multiplied() -> None:
    """As Apollo and urql write queries, who add ``__typename`` everywhere."""
    page = "pageInfo { __typename endCursor hasNextPage }"
    query = "{ __typename jobs(first: 50) { __typename nodes { __typename id filename } " + page + " } }"
    assert weight_of(query).cost == 1 + 1 + 50 + 1
    assert weight_of("{ jobs(first: 50) { totalCount nodes { id } } }").cost == 1 + 1 + 5 + 50
    edges = "{ jobs(first: 50) { edges { cursor node { id bulk { id } } } } }"
    assert weight_of(edges).cost == 1 + 1 + 50 * 3
    fragment = "fragment f on FilteredJobConnection { renamed: nodes { id } }"
    spread = "{ jobs(first: 50) { ...f ... { pageInfo { endCursor } } } } " + fragment
    assert weight_of(spread).cost == 1 + 1 + 50 + 1
    assert weight_of("{ keys { __typename id } job(id: 1) { webhooks { attempts { number } } } }").cost == 1 + 1 + 1 + 1 + 5


def test_fragments_within_fragments_are_reckoned_once() -> None:
    """Spread out they would be 2^200 fields."""
    fragments = " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(200))
    weight = weight_of("{ ...f0 } " + fragments + " fragment f200 on Query { a: viewer { actor } }")
    with pytest.raises(Exception, match="aliases"):
        require_moderate(weight)
    assert weight.depth <= MOST_DEPTH


async def test_fragments_within_fragments_hold_nobody_up(client: httpx.AsyncClient) -> None:
    """Strawberry's own limits of depth and aliases would follow each of them."""
    fragments = " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(100))
    query = "{ ...f0 } " + fragments + " fragment f100 on Query { viewer { actor } }"
    assert await error(client, query) == "invalid_parameters"


async def test_a_tenant_has_an_allowance(wiring: Wiring, connect: Connect) -> None:
    small = replace(wiring, edge=EdgeSettings(_env_file=None, limit_graphql_cost=30))
    async with connect(small) as client:
        query = {"query": "{ jobs(first: 20) { nodes { id } } }"}
        assert (await client.post("/graphql", json=query)).status_code == 200
        reached = await client.post("/graphql", json=query)
        assert reached.status_code == 429
        assert int(reached.headers["retry-after"]) > 0
        assert reached.json()["errors"][0]["extensions"]["error"] == "limit_reached"
        (used,) = [v for k, v in (await client.get("/api/v1/usage")).json()["limits"].items() if k == "graphql_cost"]
        assert (used["limit"], used["used"]) == (30, 22)


async def test_what_is_dearer_than_a_whole_allowance_is_told_to_wait_for_nothing(wiring: Wiring, connect: Connect) -> None:
    small = replace(wiring, edge=EdgeSettings(_env_file=None, limit_graphql_cost=30))
    async with connect(small) as client:
        answer = await ask(client, "{ jobs(first: 200) { nodes { id } } }")
        (told,) = answer["errors"]
        assert told["extensions"]["error"] == "invalid_parameters"
        assert "202" in told["message"]
        assert "30" in told["message"]


async def test_errors_tell_nothing_of_what_is_inside(wiring: Wiring, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr("serve_app.services.jobs.find", broken)
    async with connect(wiring) as client:
        answer = await ask(client, '{ job(id: "job-x") { id } }')
        assert answer["errors"][0]["extensions"]["error"] == "internal_error"
        assert "hunter2" not in str(answer)


BULKS = """{ bulks(first: 5) { nodes { id byState { jobs } jobs(first: 3) { nodes { id batches { nodes { number } }
  events(first: 2) { nodes { seq } } webhooks { id } bulk { id } } } skipped { nodes { name } } } } }"""


async def test_bulks(client: httpx.AsyncClient, wiring: Wiring) -> None:
    for number in range(2):
        await wiring.database.bulks.create(
            NewBulk(bulk_id=f"bulk-{number}", tenant="default", name="b", priority=0, order="{}", seed="s")
        )
    found = (await data(client, BULKS))["bulks"]["nodes"]
    assert {bulk["id"] for bulk in found} == {"bulk-0", "bulk-1"}
    assert (await data(client, 'mutation { cancelBulk(id: "bulk-0") { id state } }'))["cancelBulk"]["id"] == "bulk-0"


Socket = AbstractAsyncContextManager[ClientConnection]


def open_socket(server: str, **headers: str) -> Socket:
    return connect_socket(f"ws://{server}/graphql", subprotocols=["graphql-transport-ws"], additional_headers=headers)


async def say(socket: ClientConnection, **message: object) -> None:
    await socket.send(json.dumps(message))


async def hear(socket: ClientConnection) -> dict[str, object]:
    async with asyncio.timeout(10):
        return json.loads(await socket.recv())


async def closed_with(socket: ClientConnection) -> int:
    async with asyncio.timeout(10):
        await socket.wait_closed()
    return socket.close_code


async def greet(socket: ClientConnection, **payload: str) -> None:
    await say(socket, type="connection_init", payload=payload)
    assert (await hear(socket))["type"] == "connection_ack"


EVENTS = 'subscription ($after: Int! = 0) { jobEvents(id: "job-default-0", after: $after) { type seq data } }'


async def test_a_jobs_events_are_followed_to_its_end(server: str, client: httpx.AsyncClient, wiring: Wiring) -> None:
    await make_jobs(wiring, 1)
    await wiring.database.events.append("job-default-0", [notices.log("first"), notices.log("second")])
    async with open_socket(server) as socket:
        await greet(socket, **{"X-API-Key": KEY})
        await say(socket, type="subscribe", id="1", payload={"query": EVENTS, "variables": {"after": 1}})
        told = await hear(socket)
        assert told["payload"]["data"]["jobEvents"] == {"type": "log", "seq": 2, "data": {"level": "INFO", "message": "second"}}
        await client.delete("/api/v1/jobs/job-default-0")
        frames = [(await hear(socket))["payload"]["data"]["jobEvents"] for _ in range(2)]
        assert [frame["type"] for frame in frames] == ["status", "error"]
        assert frames[1]["data"]["status"] == "cancelled"
        assert await hear(socket) == {"type": "complete", "id": "1"}
        await say(socket, type="subscribe", id="2", payload={"query": '{ job(id: "job-default-0") { state } }'})
        assert (await hear(socket))["payload"]["data"]["job"] == {"state": "CANCELLED"}, "and asked anew on the same socket"


async def test_a_socket_has_to_say_who_asks(server: str) -> None:
    async with open_socket(server) as socket:
        await say(socket, type="connection_init", payload={"Authorization": "Bearer wrong"})
        assert await closed_with(socket) == 4403
    async with open_socket(server) as socket:
        await say(socket, type="subscribe", id="1", payload={"query": EVENTS})
        assert await closed_with(socket) == 4401
    async with open_socket(server, **{"X-API-Key": KEY}) as socket:
        await greet(socket)
    async with connect_socket(f"ws://{server}/graphql", subprotocols=["graphql-ws"]) as socket:
        assert await closed_with(socket) == 4406, "the protocol of before"


async def test_a_page_of_another_site_gets_no_socket(server: str, wiring: Wiring) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with open_socket(server, Origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403
    async with open_socket(server, Origin=f"http://{server}") as socket:
        await greet(socket, **{"X-API-Key": KEY})


async def test_what_is_asked_by_a_socket_counts_too(wiring: Wiring, server: str) -> None:
    await wiring.database.tenants.change("default", {"graphql_cost": 3})
    wiring.tenants.forget("default")
    async with open_socket(server) as socket:
        await greet(socket, **{"X-API-Key": KEY})
        codes = []
        for number in range(3):
            await say(socket, type="subscribe", id=str(number), payload={"query": "{ viewer { actor } }"})
            told = await hear(socket)
            codes.append(told["payload"][0]["extensions"]["error"] if told["type"] == "error" else told["type"])
            if told["type"] == "next":
                assert (await hear(socket))["type"] == "complete"
        assert codes == ["next", "limit_reached", "limit_reached"]


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


VARIABLES = b'{"query": "{ viewer { actor } }", "variables": {"a": %s}}'


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"1",
        b"\xff",
        b"[" * 30_000,
        VARIABLES % nested(60),
        VARIABLES % nested(5_000),
        VARIABLES[:-1] % b"{}" + b', "operationName": []}',
    ],
)
async def test_a_body_that_is_no_request_is_the_clients_mistake(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["error"] == "invalid_parameters"


@pytest.mark.parametrize("query", ["{ jobs " * 990, '{ job(id: "' + "x" * 500, "{ jobs(filter: " + "[" * 1900])
async def test_a_query_that_cannot_be_parsed_is_the_clients_mistake(client: httpx.AsyncClient, query: str) -> None:
    assert await error(client, query) == "invalid_parameters"


@pytest.mark.parametrize(
    "message",
    [
        "null",
        "{",
        "[" * 30_000,
        '{"type": "ping", "payload": ' + nested(60).decode() + "}",
        '{"type": "subscribe", "id": [], "payload": {"query": "{ viewer { actor } }"}}',
        '{"type": "subscribe", "id": "1", "payload": null}',
        '{"type": "%s"}' % ("x" * 500),
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ jobs %s"}}' % ('\\"' + "x" * 500),
        b"\x00\x01",
    ],
)
async def test_a_socket_is_closed_at_a_message_that_is_none(server: str, message: str | bytes) -> None:
    async with open_socket(server) as socket:
        await greet(socket, **{"X-API-Key": KEY})
        await socket.send(message)
        assert await closed_with(socket) == 4400
