"""What is done through the API leaves an entry, and what the log says is read through it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from tenant_making import make_key, make_tenant

from jobs_store.audit import AuditEntry, NewAuditEntry
from jobs_store.audit.records import document, read_line
from jobs_store.errors import StoreUnavailableError
from jobs_store.keys import NewKey, Scope
from serve_app.identity.refusals import Refusals
from serve_app.wiring import Wiring, utc_now

REPORT = b'{"SchemaVersion": 2, "ArtifactName": "app", "ArtifactType": "container_image", "Results": []}'
Connect = Callable[..., httpx.AsyncClient]


async def entries(wiring: Wiring) -> list[AuditEntry]:
    return [entry async for entry in wiring.database.audit.all()]


async def told(wiring: Wiring) -> list[tuple[str, str, str]]:
    return [(entry.action, entry.object, entry.outcome) for entry in await entries(wiring)]


async def upload(client: httpx.AsyncClient, **headers: str) -> str:
    answer = await client.post("/api/v1/upload", files={"file": ("trivy.json", REPORT)}, headers=headers)
    assert answer.status_code == 202, answer.text
    return answer.json()["job_id"]


async def test_a_jobs_way_through_the_api_is_told(client: httpx.AsyncClient, wiring: Wiring) -> None:
    job_id = await upload(client)
    for method, path in (("DELETE", ""), ("DELETE", ""), ("POST", "/retry"), ("POST", "/retry")):
        await client.request(method, f"/api/v1/jobs/{job_id[:12]}{path}")
    assert await told(wiring) == [
        ("job.create", job_id, "done"),
        ("job.cancel", job_id, "done"),
        ("job.cancel", job_id, "job_already_ended"),
        ("job.retry", job_id, "done"),
        ("job.retry", job_id, "job_not_retryable"),
    ]
    first = (await entries(wiring))[0]
    assert (first.actor, first.tenant, first.address) == ("service", "default", "127.0.0.1")


async def test_a_repeated_upload_is_told_once(client: httpx.AsyncClient, wiring: Wiring) -> None:
    first, second = [await upload(client, **{"Idempotency-Key": "same"}) for _ in range(2)]
    assert first == second
    assert await told(wiring) == [("job.create", first, "done")]


async def test_a_job_that_cannot_be_written_has_no_entry(client: httpx.AsyncClient, wiring: Wiring) -> None:
    refused = await client.post("/api/v1/upload", files={"file": ("trivy.json", b"")})
    assert refused.status_code == 400
    assert await told(wiring) == []


async def test_what_an_administrator_is_refused_is_told(wiring: Wiring, connect: Connect) -> None:
    theirs = await make_key(wiring.database, "red", Scope.ADMIN)
    others = (await wiring.database.keys.create(NewKey(name="ci", tenant="default")))[0].key_id
    async with connect(wiring, key=theirs) as client:
        refused = [
            await client.patch("/api/v1/tenants/default", json={"title": "mine"}),
            await client.patch("/api/v1/tenants/red", json={"limits": {"jobs_running": 9}}),
            await client.delete(f"/api/v1/keys/{others}"),
            await client.post(f"/api/v1/keys/{others}/rotate"),
            await client.post("/api/v1/keys", json={"name": "all", "scopes": ["operator"]}),
        ]
    assert [answer.status_code for answer in refused] == [404, 403, 404, 404, 403]
    assert await told(wiring) == [
        ("tenant.change", "default", "tenant_not_found"),
        ("tenant.change", "red", refused[1].json()["error"]),
        ("key.revoke", f"key:{others}", "key_not_found"),
        ("key.rotate", f"key:{others}", "key_not_found"),
        ("key.create", "key", refused[4].json()["error"]),
    ]
    assert {entry.tenant for entry in await entries(wiring)} == {"red"}, "of another tenant's log it is no business"


async def test_disabling_and_enabling_are_told_apart(client: httpx.AsyncClient, wiring: Wiring) -> None:
    await make_tenant(wiring.database, "red")
    for disabled in (True, False):
        await client.patch("/api/v1/tenants/red", json={"disabled": disabled})
    assert [object_ for _, object_, _ in await told(wiring)] == ["red: disabled", "red: enabled"]


async def test_an_upload_in_parts_and_a_bulk_are_told(client: httpx.AsyncClient, wiring: Wiring) -> None:
    orders = []
    for _ in range(3):
        order = (await client.post("/api/v1/uploads", json={"filename": "a.json", "size_bytes": len(REPORT)})).json()
        await client.put(f"/api/v1/uploads/{order['upload_id']}/parts/1", content=REPORT)
        orders.append(order["upload_id"])
    await client.post(f"/api/v1/uploads/{orders[0]}/complete")
    job = (await client.post("/api/v1/jobs", json={"upload_id": orders[0]})).json()
    again = (await client.post("/api/v1/jobs", json={"upload_id": orders[0]})).json()
    assert again["job_id"] == job["job_id"]
    await client.delete(f"/api/v1/uploads/{orders[1]}")
    bulk = (await client.post("/api/v1/bulks", json={"uploads": [orders[2]]})).json()["bulk_id"]
    await client.delete(f"/api/v1/bulks/{bulk}")
    await client.post(f"/api/v1/bulks/{bulk}/retry")
    assert (await told(wiring))[3:] == [
        ("upload.complete", orders[0], "done"),
        ("job.create", job["job_id"], "done"),
        ("upload.remove", orders[1], "done"),
        ("bulk.create", bulk, "done"),
        ("bulk.cancel", bulk, "done"),
        ("bulk.retry", bulk, "bulk_not_retryable"),
    ]
    assert [action for action, _, _ in (await told(wiring))[:3]] == ["upload.create"] * 3


async def test_no_answer_without_an_entry(client: httpx.AsyncClient, wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = await upload(client)

    async def away(_new: NewAuditEntry) -> AuditEntry:
        raise StoreUnavailableError("gone")

    monkeypatch.setattr(wiring.database.audit, "append", away)
    assert (await client.delete(f"/api/v1/jobs/{job_id}")).status_code == 503


async def test_a_wrong_key_is_told_but_not_each_time(wiring: Wiring, connect: Connect) -> None:
    async with connect(wiring, key="psk_guessed") as stranger:
        answers = [await stranger.get("/api/v1/jobs") for _ in range(20)]
    assert {(answer.status_code, answer.json()["error"]) for answer in answers} == {
        (403, "invalid_api_key"),
        (429, "limit_reached"),
    }
    async with connect(wiring, key="") as nobody:
        assert (await nobody.get("/api/v1/jobs")).status_code == 401
    (entry,) = await entries(wiring)
    assert (entry.action, entry.actor, entry.object, entry.outcome) == ("key.refuse", "unknown", "1 attempt", "invalid_api_key")
    assert "guessed" not in json.dumps(document(entry))


async def test_a_refusal_stands_while_the_log_cannot_be_written(
    wiring: Wiring, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_new: NewAuditEntry) -> AuditEntry:
        raise StoreUnavailableError("gone")

    monkeypatch.setattr(wiring.database.audit, "append", away)
    async with connect(wiring, key="psk_guessed") as stranger:
        assert (await stranger.get("/api/v1/jobs")).status_code == 403


def test_refusals_are_told_by_address_and_minute() -> None:
    refusals, now = Refusals(), utc_now()
    assert [refusals.to_tell("192.0.2.1", now) for _ in range(5)] == [1, 0, 0, 0, 0]
    assert refusals.to_tell("192.0.2.2", now) == 1
    assert refusals.to_tell("192.0.2.1", now + timedelta(seconds=61)) == 5


def test_refusals_from_everywhere_are_bounded_too() -> None:
    refusals, now = Refusals(), utc_now()
    assert sum(refusals.to_tell(f"2001:db8::{number:x}", now) for number in range(20_000)) == 60
    assert len(refusals._tried) <= 10_000


async def append(wiring: Wiring, **given: str) -> AuditEntry:
    plain = {"actor": "service", "tenant": "default", "action": "job.cancel", "object": "job-1"}
    return await wiring.database.audit.append(NewAuditEntry(**plain | given))


async def test_the_log_is_read_page_by_page(client: httpx.AsyncClient, wiring: Wiring) -> None:
    written = [await append(wiring, object=f"job-{number}") for number in range(5)]
    first = (await client.get("/api/v1/audit", params={"limit": 3})).json()
    assert [entry["seq"] for entry in first["entries"]] == [1, 2, 3]
    rest = (await client.get("/api/v1/audit", params={"limit": 3, "after": first["next_after"]})).json()
    assert rest["next_after"] is None
    assert [*first["entries"], *rest["entries"]] == list(map(document, written))


async def test_the_log_comes_as_json_lines(client: httpx.AsyncClient, wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serve_app.routes.audit._PAGE", 2)
    written = [await append(wiring, object=f"job-{number}") for number in range(5)]
    lines = {"Accept": "application/x-ndjson"}
    answer = await client.get("/api/v1/audit", headers=lines)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert list(map(read_line, answer.content.splitlines())) == written
    some = await client.get("/api/v1/audit", headers=lines, params={"after": 1, "limit": 2})
    assert list(map(read_line, some.content.splitlines())) == written[1:3]


async def test_a_tenant_reads_its_own(wiring: Wiring, connect: Connect) -> None:
    key = await make_key(wiring.database, "red")
    for tenant, actor, action in (
        ("default", "a", "x"),
        ("red", "a", "x"),
        ("red", "b", "x"),
        ("red", "a", "y"),
        ("", "a", "x"),
    ):
        await append(wiring, tenant=tenant, actor=actor, action=action)

    async def seqs(client: httpx.AsyncClient, **params: str) -> list[int]:
        page = (await client.get("/api/v1/audit", params=params)).json()
        lines = await client.get("/api/v1/audit", params=params, headers={"Accept": "application/x-ndjson"})
        found = [entry["seq"] for entry in page["entries"]]
        assert [read_line(line).seq for line in lines.content.splitlines()] == found
        return found

    async with connect(wiring, key=key) as red:
        assert await seqs(red) == [2, 3, 4]
        assert await seqs(red, actor="a") == [2, 4]
        assert await seqs(red, action="y") == [4]
        assert (await red.get("/api/v1/audit", params={"actor": "a\0"})).status_code == 400
    async with connect(wiring, key="") as nobody:
        assert (await nobody.get("/api/v1/audit")).status_code == 401


@pytest.mark.parametrize("params", [{"after": -1}, {"after": 2**63}, {"limit": 0}, {"limit": 1001}, {"actor": "a" * 257}])
async def test_what_cannot_be_asked_is_refused(client: httpx.AsyncClient, params: dict[str, str]) -> None:
    assert (await client.get("/api/v1/audit", params=params)).status_code == 400


async def test_whoever_is_let_in_without_a_key_is_anybody(wiring: Wiring, connect: Connect) -> None:
    open_wiring = replace(wiring, settings=wiring.settings.model_copy(update={"enable_auth": False}))
    async with connect(open_wiring, key="") as client:
        await upload(client)
        (entry,) = (await client.get("/api/v1/audit")).json()["entries"]
    assert (entry["actor"], entry["tenant"]) == ("anybody", "default")


async def test_a_key_is_named_by_its_id(wiring: Wiring, connect: Connect) -> None:
    key = await make_key(wiring.database, "red")
    (known,) = await wiring.database.keys.list("red")
    async with connect(wiring, key=key) as client:
        await upload(client)
    (entry,) = await entries(wiring)
    assert (entry.actor, entry.tenant) == (f"key:{known.key_id}", "red")
    assert key not in json.dumps(document(entry))
