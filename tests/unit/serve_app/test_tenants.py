"""Tenants and keys over the API: what is theirs, who may change what, and that nobody sees another's."""

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from graphql import GraphQLField, GraphQLInputObjectType, GraphQLSchema, get_named_type, is_leaf_type
from tenant_making import make_key, make_tenant
from websockets.asyncio.client import connect as connect_socket

from jobs_store.bulks import NewBulk
from jobs_store.errors import SecretError
from jobs_store.jobs import NewJob
from jobs_store.keys import Scope
from jobs_store.reach import EVERYWHERE
from jobs_store.uploads import NewUpload
from scanner.phoenix.sandbox.server import SandboxServer
from serve_app.app import create_app
from serve_app.graphql.schema import schema
from serve_app.wiring import Wiring

Connect = Callable[..., httpx.AsyncClient]
REPORT = b'{"SchemaVersion": 2, "ArtifactName": "a", "Results": []}'


@pytest.fixture
async def theirs(wiring: Wiring, connect: Connect) -> AsyncIterator[httpx.AsyncClient]:
    """Everything but `operator`, of the tenant ``payments``."""
    async with connect(wiring, key=await make_key(wiring.database, "payments")) as client:
        yield client


async def send(client: httpx.AsyncClient, **fields: str) -> httpx.Response:
    return await client.post("/api/v1/upload", files={"file": ("a.json", REPORT)}, data=fields)


async def make_ours(wiring: Wiring) -> dict[str, str]:
    """One of each thing that has an id, of the tenant ``ours``; ids by the name of their parameter."""
    await make_tenant(wiring.database, "ours")
    database = wiring.database
    await database.jobs.create(NewJob(job_id="job-ours", filename="r", file_path="x", file_size_bytes=1, tenant="ours"))
    await database.bulks.create(NewBulk(bulk_id="bulk-ours", tenant="ours", name="b", priority=0, order="{}", seed="s"))
    upload = NewUpload(
        upload_id="upload-ours", tenant="ours", filename="r", size_bytes=1, part_size_bytes=1, storage_key="k", parts_id="p",
        options="{}", job_id="job-upload",
    )  # fmt: skip
    await database.uploads.create(upload, expires_in=timedelta(hours=1))
    await make_key(database, "ours")
    (key,) = await database.keys.list("ours")
    webhook_id = await database.webhooks.schedule("job-ours", "https://ci.example/", "{}")
    return {
        "job_id": "job-ours", "webhook_id": webhook_id,
        "bulk_id": "bulk-ours", "upload_id": "upload-ours", "key_id": key.key_id,
        "name": "ours",
        "number": "1",
    }  # fmt: skip


BODIES = {
    "/api/v1/jobs": {"upload_id": "upload-ours"},
    "/api/v1/bulks": {"uploads": ["upload-ours"]},
    "/api/v2/bulks": {"uploads": ["upload-ours"]},
}
MANY = {"jobs": "job-ours", "bulks": "bulk-ours"}
"""Whose routes of version 2 take many ids, and tell of each what came of it."""
WITHOUT_ID = {
    "/auth/logout", "/auth/session", "/api/v1/webhooks/test", "/api/v1/upload", "/api/v1/uploads", "/api/v1/keys",
    "/api/v1/tenants", "/api/v1/trials", "/api/v1/formats/{slug}",
}  # fmt: skip
"""They make something of the caller's own, or tell what everybody may know."""


async def test_every_route_with_an_id_is_404_for_another_tenant(wiring: Wiring, theirs: httpx.AsyncClient) -> None:
    """Of the application's own list of routes, so that none that comes later is left out."""
    ids = await make_ours(wiring)
    routes = create_app(wiring).openapi()["paths"]
    asked = [
        (method.upper(), path) for path, methods in routes.items() for method in methods if "{" in path or method == "post"
    ]
    assert len(asked) >= 25
    for method, path in asked:
        if path in WITHOUT_ID:
            continue
        if many := re.fullmatch(r"/api/v2/(jobs|bulks)/(cancel|retry)", path):
            answer = await theirs.post(path, json={"ids": [MANY[many[1]]]})
            assert [each["outcome"] for each in answer.json()["results"]] == [f"{many[1][:-1]}_not_found"], path
            continue
        filled = re.sub(r"\{(\w+)\}", lambda match: ids[match[1]], path)
        answer = await theirs.request(method, filled, json=BODIES.get(path, {}) if method in ("POST", "PATCH") else None)
        assert (method, path, answer.status_code) == (method, path, 404), answer.text


def fields_with_ids(schema: GraphQLSchema) -> Iterator[tuple[str, str, GraphQLField]]:
    """Of every kind of operation: those of which an argument, or what is in it, is an id or names a tenant."""
    roots = {"query": schema.query_type, "mutation": schema.mutation_type, "subscription": schema.subscription_type}
    for kind, root in roots.items():
        for name, field in root.fields.items():
            if any(_names_something(argument, each.type) for argument, each in field.args.items()):
                yield kind, name, field


def _names_something(name: str, kind: object) -> bool:
    named = get_named_type(kind)
    if isinstance(named, GraphQLInputObjectType):
        return any(_names_something(inner, each.type) for inner, each in named.fields.items())
    return named.name == "ID" or name == "tenant"


OURS = {
    "job": "job-ours", "cancelJob": "job-ours", "retryJob": "job-ours", "jobEvents": "job-ours",
    "cancelJobs": "job-ours", "retryJobs": "job-ours",
    "bulk": "bulk-ours", "cancelBulk": "bulk-ours", "retryBulk": "bulk-ours", "bulkEvents": "bulk-ours",
    "cancelBulks": "bulk-ours", "retryBulks": "bulk-ours",
    "removeUpload": "upload-ours",
}  # fmt: skip
ARGUMENTS = {
    "jobs": 'filter: {tenant: "ours"}', "bulks": 'tenant: "ours"', "usage": 'tenant: "ours"', "tenant": 'name: "ours"',
    "createJob": 'uploadId: "upload-ours"', "createBulk": 'order: {uploads: ["upload-ours"]}',
    "createKey": 'key: {name: "k", tenant: "ours"}', "createTenant": 'tenant: {name: "ours"}',
    "changeTenant": 'name: "ours", change: {title: "x"}', "removeTenant": 'name: "ours"',
    "rotateWebhookSecret": 'tenant: "ours"',
}  # fmt: skip


async def test_every_field_of_graphql_with_an_id_knows_nothing_of_another_tenants(
    wiring: Wiring, theirs: httpx.AsyncClient, server: str
) -> None:
    """Of the schema's own list of fields, so that none that comes later is left out."""
    ids = await make_ours(wiring)
    ours = OURS | {"replayWebhook": ids["webhook_id"], "rotateKey": ids["key_id"], "revokeKey": ids["key_id"]}
    fields = list(fields_with_ids(schema._schema))
    assert len(fields) >= 25
    for kind, name, field in fields:
        if name == "createTenant":
            continue  # an operator's alone
        argument = ARGUMENTS.get(name) or ("ids: [%s]" if "ids" in field.args else "id: %s") % f'"{ours[name]}"'
        many = name in ("cancelJobs", "retryJobs", "cancelBulks", "retryBulks")
        selection = (
            " { results { outcome } }" if many else "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
        )
        query = f"{kind} {{ {name}({argument}){selection} }}"
        if kind == "subscription":
            codes = await told_by_socket(server, theirs.headers["x-api-key"], query)
        else:
            answer = (await theirs.post("/graphql", json={"query": query})).json()
            codes = (
                [each["outcome"] for each in answer["data"][name]["results"]]
                if many
                else [each["extensions"]["error"] for each in answer.get("errors", [])]
            )
        assert [code.endswith("_not_found") for code in codes] == [True], (query, codes)


async def told_by_socket(server: str, key: str, query: str) -> list[str]:
    async with connect_socket(f"ws://{server}/graphql", subprotocols=["graphql-transport-ws"]) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"X-API-Key": key}}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": query}}))
        told = json.loads(await socket.recv())
    errors = told["payload"] if told["type"] == "error" else told["payload"]["errors"]
    return [each["extensions"]["error"] for each in errors]


async def test_lists_show_what_is_the_tenants(wiring: Wiring, theirs: httpx.AsyncClient, client: httpx.AsyncClient) -> None:
    await make_ours(wiring)
    for what, key in (("jobs", "jobs"), ("bulks", "bulks")):
        assert (await theirs.get(f"/api/v1/{what}")).json()[key] == []
        assert len((await client.get(f"/api/v1/{what}")).json()[key]) == 1, "who operates the service sees all"
    assert {key["tenant"] for key in (await theirs.get("/api/v1/keys")).json()["keys"]} == {"payments"}
    assert [tenant["name"] for tenant in (await theirs.get("/api/v1/tenants")).json()["tenants"]] == ["payments"]


ROUTES_BY_SCOPE = [
    ("GET", "/api/v1/jobs", {Scope.READ, Scope.SUBMIT, Scope.ADMIN, Scope.OPERATOR}),
    ("GET", "/api/v1/bulks", {Scope.READ, Scope.SUBMIT, Scope.ADMIN, Scope.OPERATOR}),
    ("DELETE", "/api/v1/jobs/job-none", {Scope.SUBMIT, Scope.OPERATOR}),
    ("POST", "/api/v1/jobs/job-none/retry", {Scope.SUBMIT, Scope.OPERATOR}),
    ("POST", "/api/v1/upload", {Scope.SUBMIT, Scope.OPERATOR}),
    ("DELETE", "/api/v1/uploads/upload-none", {Scope.SUBMIT, Scope.OPERATOR}),
    ("GET", "/api/v1/keys", {Scope.ADMIN, Scope.OPERATOR}),
    ("GET", "/api/v1/tenants", {Scope.ADMIN, Scope.OPERATOR}),
    ("POST", "/api/v1/tenants", {Scope.OPERATOR}),
    ("PUT", "/api/v1/log-level", {Scope.OPERATOR}),
    ("GET", "/api/v1/log-level", {Scope.OPERATOR}),
    ("GET", "/metrics", {Scope.OPERATOR}),
]


@pytest.mark.parametrize("scope", list(Scope))
async def test_a_scope_opens_what_it_is_for(wiring: Wiring, connect: Connect, scope: Scope) -> None:
    async with connect(wiring, key=await make_key(wiring.database, "payments", scope)) as client:
        for method, path, scopes in ROUTES_BY_SCOPE:
            answer = await client.request(method, path)
            refused = answer.status_code == 403
            assert refused is (scope not in scopes), (method, path, answer.text)
            if refused:
                assert answer.json()["error"] == "insufficient_scope"


async def test_a_key_that_only_submits_sees_what_it_has_submitted(wiring: Wiring, connect: Connect) -> None:
    keys = [await make_key(wiring.database, "payments", Scope.SUBMIT) for _ in range(2)]
    async with connect(wiring, key=keys[0]) as first, connect(wiring, key=keys[1]) as second:
        job_id = (await send(first)).json()["job_id"]
        assert (await first.get(f"/api/v1/jobs/{job_id}")).status_code == 200
        assert (await second.get(f"/api/v1/jobs/{job_id}")).status_code == 404
        assert (await second.delete(f"/api/v1/jobs/{job_id}")).status_code == 404
        assert (await second.get("/api/v1/jobs")).json()["total"] == 0
        assert (await first.delete(f"/api/v1/jobs/{job_id}")).status_code == 204


async def test_a_tenants_life(client: httpx.AsyncClient, wiring: Wiring) -> None:
    made = await client.post("/api/v1/tenants", json={"name": "red", "title": "Red team", "limits": {"jobs_running": 3}})
    assert made.status_code == 201
    assert made.json()["limits"]["jobs_running"] == 3
    assert made.json()["phoenix"] == {"url": "https://phoenix.example", "client_id": None, "has_secret": False}
    assert made.json()["webhook"] == {"has_secret": True}
    assert (await client.post("/api/v1/tenants", json={"name": "red"})).json()["error"] == "tenant_exists"
    changed = await client.patch("/api/v1/tenants/red", json={"limits": {"watchers": 5}, "retention_days": 1})
    assert (changed.json()["limits"]["jobs_running"], changed.json()["limits"]["watchers"]) == (3, 5)
    assert changed.json()["retention_days"] == 1
    assert changed.json()["title"] == "Red team"
    assert "red" in [tenant["name"] for tenant in (await client.get("/api/v1/tenants")).json()["tenants"]]

    await wiring.database.jobs.create(NewJob(job_id="j", filename="r", file_path="x", file_size_bytes=1, tenant="red"))
    assert (await client.delete("/api/v1/tenants/red")).json()["error"] == "tenant_busy"
    await wiring.database.jobs.request_cancel("j")
    assert (await client.delete("/api/v1/tenants/red")).status_code == 204
    assert (await client.get("/api/v1/tenants/red")).status_code == 404
    assert (await client.post("/api/v1/tenants", json={"name": "red"})).json()["error"] == "tenant_exists"


async def test_the_rows_of_a_removed_tenant_go_once_its_objects_have(wiring: Wiring) -> None:
    database = wiring.database
    await make_tenant(database, "red")
    await database.jobs.create(NewJob(job_id="j", filename="r", file_path="x", file_size_bytes=1, tenant="red"))
    await database.jobs.request_cancel("j")
    await database.tenants.remove("red")
    assert not await database.tenants.forget("red")
    await database.jobs.mark_cleaned("j")
    assert await database.tenants.forget("red")
    assert (await database.jobs.list(EVERYWHERE))[0] == 0
    await make_tenant(database, "red")
    assert (await database.tenants.get("red")).is_open


@pytest.mark.parametrize("name", ["", "Red", "-red", "red_team", "x" * 64, "röt", "a/b", "..", "red\n"])
async def test_names_are_checked(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.post("/api/v1/tenants", json={"name": name})).status_code == 400


async def test_the_default_tenant_stays(client: httpx.AsyncClient) -> None:
    assert (await client.delete("/api/v1/tenants/default")).status_code == 400
    assert (await client.patch("/api/v1/tenants/default", json={"disabled": True})).status_code == 400
    assert (await client.get("/api/v1/tenants/default")).json()["uses_service_account"] is True


async def test_an_administrator_changes_neither_limits_nor_others(theirs: httpx.AsyncClient) -> None:
    for change in (
        {"limits": {"uploads_per_minute": 1}},
        {"retention_days": 1},
        {"disabled": True},
        {"uses_service_account": True},
    ):
        refused = await theirs.patch("/api/v1/tenants/payments", json=change)
        assert (refused.status_code, refused.json()["details"]) == (403, {"scope": "operator"})
    assert (await theirs.patch("/api/v1/tenants/default", json={"title": "x"})).status_code == 404
    assert (await theirs.post("/api/v1/tenants", json={"name": "more"})).status_code == 403
    changed = await theirs.patch("/api/v1/tenants/payments", json={"title": "Pay", "defaults": {"import_type": "merge"}})
    assert (changed.json()["title"], changed.json()["defaults"]) == ("Pay", {"import_type": "merge"})


async def test_defaults_are_taken_where_an_upload_says_nothing(theirs: httpx.AsyncClient, wiring: Wiring) -> None:
    defaults = {"import_type": "merge", "assessment_name": "all of payments", "webhook_url": "https://8.8.8.8/hook"}
    assert (await theirs.patch("/api/v1/tenants/payments", json={"defaults": defaults})).status_code == 200
    silent = await wiring.database.jobs.get(EVERYWHERE, (await send(theirs)).json()["job_id"])
    assert (silent.import_type, silent.assessment_name, silent.webhook_url is None) == ("merge", "all of payments", False)
    said = await wiring.database.jobs.get(EVERYWHERE, (await send(theirs, import_type="delta")).json()["job_id"])
    assert (said.import_type, said.assessment_name) == ("delta", "all of payments")


@pytest.mark.parametrize("defaults", [{"phoenix_client_secret": "x"}, {"colour": "red"}, {"import_type": "all"}])
async def test_a_default_has_to_be_an_option(theirs: httpx.AsyncClient, defaults: dict[str, str]) -> None:
    assert (await theirs.patch("/api/v1/tenants/payments", json={"defaults": defaults})).status_code == 400


async def test_without_an_account_of_its_own_a_tenant_has_none(wiring: Wiring, connect: Connect) -> None:
    await make_tenant(wiring.database, "bare", uses_service_account=False)
    async with connect(wiring, key=await make_key(wiring.database, "bare")) as client:
        refused = await send(client)
        assert (refused.status_code, list(refused.json()["details"]["fields"])) == (400, ["phoenix_client_id"])
        assert (await send(client, phoenix_client_id="own", phoenix_client_secret="own")).status_code == 202


async def test_an_account_is_tried_before_it_is_kept(wiring: Wiring, connect: Connect, sandbox: SandboxServer) -> None:
    settings = wiring.settings.model_copy(update={"phoenix_allowed_urls": (sandbox.url,)})
    await make_tenant(wiring.database, "payments", uses_service_account=False)
    key = await make_key(wiring.database, "payments")
    async with connect(replace(wiring, settings=settings), key=key) as client:
        url = "/api/v1/tenants/payments"
        good = {"url": sandbox.url, "client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
        wrong = await client.patch(url, json={"phoenix": good | {"client_secret": "wrong"}})
        assert list(wrong.json()["details"]["fields"]) == ["phoenix.client_secret"]
        away = await client.patch(url, json={"phoenix": good | {"url": "http://127.0.0.1:1"}})
        assert list(away.json()["details"]["fields"]) == ["phoenix.url"], "it is not on the list"
        half = await client.patch(url, json={"phoenix": {"client_id": sandbox.client_id}})
        assert list(half.json()["details"]["fields"]) == ["phoenix.client_secret"]
        assert (await client.get(url)).json()["phoenix"]["has_secret"] is False

        kept = await client.patch(url, json={"phoenix": good})
        assert kept.json()["phoenix"] == {"url": sandbox.url, "client_id": sandbox.client_id, "has_secret": True}
        assert sandbox.client_secret not in kept.text
        job_id = (await send(client)).json()["job_id"]
        opened = await wiring.database.jobs.credentials(job_id)
        assert (opened.client_id, opened.client_secret, opened.api_url) == (
            sandbox.client_id,
            sandbox.client_secret,
            sandbox.url,
        )
        elsewhere = await send(client, phoenix_api_url=wiring.settings.phoenix_api_url)
        assert list(elsewhere.json()["details"]["fields"]) == ["phoenix_client_id"], "its secret goes nowhere else"

        assert (await client.patch(url, json={"phoenix": None})).json()["phoenix"]["has_secret"] is False
        with pytest.raises(SecretError, match="no Phoenix credentials any more"):
            await wiring.database.jobs.credentials(job_id)


async def test_a_phoenix_that_is_away_is_told_as_such(wiring: Wiring, connect: Connect) -> None:
    settings = wiring.settings.model_copy(update={"phoenix_allowed_urls": ("http://127.0.0.1:1",)})
    async with connect(replace(wiring, settings=settings)) as client:
        account = {"url": "http://127.0.0.1:1", "client_id": "a", "client_secret": "b"}
        answer = await client.post("/api/v1/tenants", json={"name": "red", "phoenix": account})
        assert (answer.status_code, answer.json()["error"]) == (503, "phoenix_unavailable")
        assert (await client.get("/api/v1/tenants/red")).status_code == 404


async def test_keys_are_made_rotated_and_revoked(theirs: httpx.AsyncClient, wiring: Wiring, connect: Connect) -> None:
    made = await theirs.post("/api/v1/keys", json={"name": "ci", "scopes": ["submit"]})
    assert made.status_code == 201
    key = made.json()
    assert (key["tenant"], key["scopes"], key["key"].startswith(key["prefix"])) == ("payments", ["submit"], True)
    listed = (await theirs.get("/api/v1/keys")).json()["keys"]
    assert [each["name"] for each in listed] == ["key of payments", "ci"]
    assert "key" not in listed[1]

    rotated = (await theirs.post(f"/api/v1/keys/{key['id']}/rotate", json={"overlap_minutes": 0})).json()
    async with connect(wiring, key=key["key"]) as before, connect(wiring, key=rotated["key"]) as after:
        assert [(await client.get("/api/v1/jobs")).status_code for client in (before, after)] == [403, 200]
        assert (await theirs.delete(f"/api/v1/keys/{key['id']}")).status_code == 204
        assert (await after.get("/api/v1/jobs")).status_code == 403
    assert (await theirs.delete(f"/api/v1/keys/{key['id']}")).json()["error"] == "key_not_found"


async def test_nobody_makes_a_key_that_may_more(theirs: httpx.AsyncClient, client: httpx.AsyncClient, wiring: Wiring) -> None:
    assert (await theirs.post("/api/v1/keys", json={"name": "ci", "scopes": ["operator"]})).status_code == 403
    other = {"name": "ci", "tenant": "default"}
    assert (await theirs.post("/api/v1/keys", json=other)).json()["error"] == "tenant_not_found"
    assert list((await client.post("/api/v1/keys", json={"name": "ci"})).json()["details"]["fields"]) == ["tenant"]
    for wrong in ({"scopes": []}, {"scopes": ["all"]}, {"expires_at": "2020-01-01T00:00:00Z"}):
        assert (await theirs.post("/api/v1/keys", json={"name": "ci", **wrong})).status_code == 400
    operators = await client.post("/api/v1/keys", json={"name": "o", "tenant": "payments", "scopes": ["operator"]})
    assert operators.status_code == 201
    assert (await theirs.post(f"/api/v1/keys/{operators.json()['id']}/rotate")).status_code == 403


async def test_webhook_secrets_are_told_once_and_the_one_before_stays_good(theirs: httpx.AsyncClient, wiring: Wiring) -> None:
    url = "/api/v1/tenants/payments/webhook-secret"
    first = (await theirs.post(url)).json()["secret"]
    second = (await theirs.post(url, json={"overlap_minutes": 5})).json()["secret"]
    kept = await wiring.database.tenants.webhook_secrets("payments")
    assert [secret.text for secret in kept] == [second, first]
    third = (await theirs.post(url, json={"overlap_minutes": 0})).json()["secret"]
    assert [secret.text for secret in await wiring.database.tenants.webhook_secrets("payments")] == [third]
    assert third not in (await theirs.get("/api/v1/tenants/payments")).text
