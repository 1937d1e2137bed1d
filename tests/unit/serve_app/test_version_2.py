"""Version 2: cursors, filters, many at once, problems; what is deprecated says so."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tenant_making import make_key, make_tenant

from jobs_store.bulks import NewBulk
from jobs_store.jobs import JobStatus, NewJob
from jobs_store.storage import layout
from serve_app.answering.deprecation import DEPRECATED, Deprecation
from serve_app.app import create_app
from serve_app.wiring import Wiring

Connect = Callable[..., httpx.AsyncClient]
Ask = dict[str, str | int | list[str]]


async def make_jobs(wiring: Wiring, count: int, tenant: str = "default", **more: object) -> None:
    await make_tenant(wiring.database, tenant)
    for number in range(count):
        values = {"job_id": f"job-{tenant}-{number}", "filename": f"r{number}.json", "file_path": "x", "file_size_bytes": 1}
        await wiring.database.jobs.create(NewJob(**values | {"tenant": tenant} | more))


async def ids_of(client: httpx.AsyncClient, **asked: object) -> list[str]:
    answer = await client.get("/api/v2/jobs", params=asked)
    assert answer.status_code == 200, answer.text
    return [job["id"] for job in answer.json()["items"]]


async def test_pages_go_on_where_they_ended_whatever_comes_meanwhile(client: httpx.AsyncClient, wiring: Wiring) -> None:
    await make_jobs(wiring, 5)
    before = await ids_of(client)
    first = (await client.get("/api/v2/jobs", params={"limit": 2})).json()
    await make_jobs(wiring, 1, "late")
    second = (await client.get("/api/v2/jobs", params={"limit": 2, "after": first["next"]})).json()
    third = (await client.get("/api/v2/jobs", params={"limit": 2, "after": second["next"]})).json()
    assert [job["id"] for page in (first, second, third) for job in page["items"]] == before
    assert third["next"] is None


async def test_filters(client: httpx.AsyncClient, wiring: Wiring) -> None:
    await make_jobs(wiring, 2, scanner_type="trivy", assessment_name="Payments 50%")
    await make_jobs(wiring, 1, "red", scanner_type="grype")
    await wiring.database.jobs.request_cancel("job-default-0")
    assert await ids_of(client, state="cancelled") == ["job-default-0"]
    assert sorted(await ids_of(client, state=["cancelled", "queued"])) == ["job-default-0", "job-default-1", "job-red-0"]
    assert await ids_of(client, scanner="grype") == await ids_of(client, tenant="red") == ["job-red-0"]
    assert len(await ids_of(client, assessment="Payments 50%")) == 2
    assert len(await ids_of(client, search="PAYMENTS 50%")) == 2
    assert await ids_of(client, search="%") != [], "a wildcard is a character like others"
    assert await ids_of(client, search="_") == []
    assert await ids_of(client, until="2020-01-01T00:00:00Z") == []
    assert len(await ids_of(client, since="2020-01-01T00:00:00Z")) == 3
    counted = (await client.get("/api/v2/jobs", params={"counts": True, "limit": 1})).json()
    assert counted["by_state"] == {"cancelled": 1, "queued": 2}


async def test_what_is_no_cursor_is_a_problem(client: httpx.AsyncClient) -> None:
    for path in ("/api/v2/jobs", "/api/v2/bulks", "/api/v2/formats", "/api/v2/keys", "/api/v2/audit"):
        answer = await client.get(path, params={"after": "nonsense"})
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
        problem = answer.json()
        assert problem["type"] == "urn:phoenix-scanner:error:invalid_parameters"
        assert (problem["status"], problem["instance"], problem["details"]["fields"].keys()) == (400, path, {"after"})


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v2/jobs/job-none", 404, "job_not_found"),
        ("/api/v2/nonsense", 404, "not_found"),
        ("/api/v2/jobs?limit=0", 400, "invalid_parameters"),
        ("/api/v2/jobs?search=%00", 400, "invalid_parameters"),
        ("/api/v2/jobs/%00", 404, "not_found"),
    ],
)
async def test_every_refusal_is_a_problem(client: httpx.AsyncClient, path: str, status: int, code: str) -> None:
    answer = await client.get(path)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["status"], answer.json()["error"]) == (status, status, code)


async def test_refusals_of_keys_and_bodies_are_problems(wiring: Wiring, connect: Connect, client: httpx.AsyncClient) -> None:
    async with connect(wiring, key="") as nobody:
        assert (await nobody.get("/api/v2/jobs")).json()["error"] == "missing_api_key"
    too_large = await client.post("/api/v2/jobs/cancel", content=b"x" * 70_000)
    assert (too_large.status_code, too_large.json()["title"]) == (413, "too large")
    assert (await client.get("/api/v1/jobs/job-none")).json().keys() == {
        "error",
        "message",
        "details",
        "timestamp",
        "request_id",
    }


async def test_many_are_cancelled_and_retried_each_by_itself(client: httpx.AsyncClient, wiring: Wiring) -> None:
    await make_jobs(wiring, 3)
    await make_jobs(wiring, 1, "red")
    told = (await client.post("/api/v2/jobs/cancel", json={"ids": ["job-default-0", "job-none", "job-default-0"]})).json()
    assert [(each["id"], each["outcome"]) for each in told["results"]] == [
        ("job-default-0", "done"),
        ("job-none", "job_not_found"),
    ]
    told = (await client.post("/api/v2/jobs/cancel", json={"filter": {"tenant": "default"}, "limit": 1})).json()
    assert (told["more"], [each["outcome"] for each in told["results"]]) == (True, ["done"])
    told = (await client.post("/api/v2/jobs/cancel", json={"filter": {"tenant": "default"}})).json()
    assert (told["more"], len(told["results"])) == (False, 1)
    told = (await client.post("/api/v2/jobs/retry", json={"filter": {"search": "r1"}})).json()
    assert [(each["id"], each["outcome"]) for each in told["results"]] == [("job-default-1", "done")]
    told = (await client.post("/api/v2/jobs/retry", json={"filter": {"state": ["queued"]}})).json()
    assert told["results"] == [], "nothing of that can be retried"
    for order in ({}, {"ids": ["a"], "filter": {}}, {"filter": {"nonsense": 1}}):
        assert (await client.post("/api/v2/jobs/cancel", json=order)).status_code == 400
    actions = [(entry.action, entry.outcome) for entry in await wiring.database.audit.list()]
    assert actions.count(("job.cancel", "done")) == 3
    assert actions.count(("job.retry", "done")) == 1


async def test_a_filter_reaches_no_other_tenant(wiring: Wiring, connect: Connect) -> None:
    await make_jobs(wiring, 1, "red")
    async with connect(wiring, key=await make_key(wiring.database, "blue")) as blue:
        assert (await blue.post("/api/v2/jobs/cancel", json={"filter": {}})).json()["results"] == []
        named = await blue.post("/api/v2/jobs/cancel", json={"filter": {"tenant": "red"}})
        assert (named.status_code, named.json()["error"]) == (404, "tenant_not_found")
        assert (await blue.get("/api/v2/jobs", params={"tenant": "red"})).status_code == 404
        assert (await blue.get("/api/v2/bulks", params={"tenant": "red"})).status_code == 404


async def test_what_belongs_to_a_job(client: httpx.AsyncClient, wiring: Wiring) -> None:
    await make_jobs(wiring, 1)
    lines = b"".join(b'{"place": "p%d", "reason": "r"}\n' % number for number in range(5))
    wiring.storage.put(layout.records_part("job-default-0", layout.Fate.SKIPPED, "shard-0"), lines)
    first = (await client.get("/api/v2/jobs/job-default-0/skipped", params={"limit": 3})).json()
    assert [(each["number"], each["place"]) for each in first["items"]] == [(0, "p0"), (1, "p1"), (2, "p2")]
    rest = (await client.get("/api/v2/jobs/job-default-0/skipped", params={"limit": 3, "after": first["next"]})).json()
    assert ([each["place"] for each in rest["items"]], rest["next"]) == (["p3", "p4"], None)
    assert (rest["total"], (await client.get("/api/v2/jobs/job-default-0/merged")).json()["items"]) == (None, [])
    told = {"place": "p", "reason": "fixed", "name": "CVE-1", "asset": "a", "note": ""}
    merged = {"asset": "a", "name": "CVE-1", "location": "l", "reason": "later", "differs": {"severity": "2.0"}}
    for fate, record in ((layout.Fate.DISMISSED, told), (layout.Fate.MERGED, merged)):
        wiring.storage.put(layout.records_part("job-default-0", fate, "shard-0"), json.dumps(record).encode())
        found = (await client.get(f"/api/v2/jobs/job-default-0/{fate}")).json()
        assert found == {"items": [{"number": 0, **record}], "next": None, "total": None, "kept": 1}
        query = f'{{ job(id: "job-default-0") {{ {fate} {{ nodes {{ number {" ".join(record)} }} }} }} }}'
        asked = (await client.post("/graphql", json={"query": query})).json()
        assert asked["data"]["job"][fate]["nodes"] == [{"number": 0, **record}]
    for what in ("events", "batches", "webhooks"):
        assert (await client.get(f"/api/v2/jobs/job-default-0/{what}")).json() == {"items": [], "next": None}
    cancelled = await client.post("/api/v2/jobs/job-default-0/cancel")
    assert cancelled.json()["state"] == "cancelled"
    events = (await client.get("/api/v2/jobs/job-default-0/events", params={"limit": 1})).json()
    assert (events["items"][0]["type"], events["next"]) == ("status", "1")
    assert (await client.post("/api/v2/jobs/job-default-0/retry")).json()["state"] == "queued"


async def test_how_many_records_are_kept_of_how_many_there_are(client: httpx.AsyncClient, wiring: Wiring) -> None:
    await make_jobs(wiring, 1)
    (leased,) = await wiring.database.jobs.lease(owner="test", limit=1, lease_for=timedelta(minutes=1))
    told = {"dismissed": {"fixed": 10, "suppressed": 1}, "merged": 5}
    await wiring.database.jobs.advance(leased, batch_summary=json.dumps(told), skipped=2)
    await wiring.database.jobs.finish(leased, status=JobStatus.COMPLETED)
    for fate, kept in ((layout.Fate.SKIPPED, 2), (layout.Fate.DISMISSED, 10)):
        more = b', "name": "n", "asset": "a", "note": ""' if fate is layout.Fate.DISMISSED else b""
        for part in ("shard-0", "shard-1"):
            lines = b'{"place": "p", "reason": "r"%s}\n' % more * (kept // 2)
            wiring.storage.put(layout.records_part("job-default-0", fate, part), lines)
    page = "(first: 1) { totalCount keptCount }"
    query = f'{{ job(id: "job-default-0") {{ skipped {page} dismissed {page} merged {page} }} }}'
    for _ in range(2):
        asked = (await client.post("/graphql", json={"query": query})).json()["data"]["job"]
        for fate, total, kept in (("skipped", 2, 2), ("dismissed", 11, 10), ("merged", 5, 0)):
            assert asked[fate] == {"totalCount": total, "keptCount": kept}
            found = (await client.get(f"/api/v2/jobs/job-default-0/{fate}", params={"limit": 1})).json()
            assert (found["total"], found["kept"]) == (total, kept)


async def test_bulks(client: httpx.AsyncClient, wiring: Wiring) -> None:
    for number in range(3):
        await wiring.database.bulks.create(
            NewBulk(bulk_id=f"bulk-{number}", tenant="default", name="b", priority=0, order="{}", seed="s")
        )
    first = (await client.get("/api/v2/bulks", params={"limit": 2})).json()
    second = (await client.get("/api/v2/bulks", params={"limit": 2, "after": first["next"]})).json()
    assert {bulk["bulk_id"] for page in (first, second) for bulk in page["items"]} == {"bulk-0", "bulk-1", "bulk-2"}
    told = (await client.post("/api/v2/bulks/cancel", json={"ids": ["bulk-0", "bulk-none"]})).json()
    assert [each["outcome"] for each in told["results"]] == ["done", "bulk_not_found"]
    told = (await client.post("/api/v2/bulks/retry", json={"ids": ["bulk-1"]})).json()
    assert [each["outcome"] for each in told["results"]] == ["bulk_not_retryable"]
    for what in ("jobs", "skipped"):
        assert (await client.get(f"/api/v2/bulks/bulk-0/{what}")).json()["items"] == []
    assert (await client.get("/api/v2/bulks/bulk-0")).json()["tenant"] == "default"


async def test_formats_by_pages(client: httpx.AsyncClient) -> None:
    total, slugs, after = len((await client.get("/api/v1/formats")).json()["formats"]), [], ""
    while after is not None:
        page = (await client.get("/api/v2/formats", params={"limit": 100, "after": after})).json()
        slugs += [each["slug"] for each in page["items"]]
        after = page["next"]
    assert len(set(slugs)) == len(slugs) == total
    found = (await client.get("/api/v2/formats", params={"search": "Trivy"})).json()["items"]
    assert "trivy" in {each["slug"] for each in found}


async def test_what_is_deprecated_says_so(wiring: Wiring, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    since, sunset = datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
    monkeypatch.setitem(DEPRECATED, ("GET", "/api/v1/jobs/{job_id}"), Deprecation(since, sunset, "/api/v2/jobs"))
    async with connect(wiring) as client:
        answer = await client.get("/api/v1/jobs/job-none")
        assert answer.status_code == 404
        assert answer.headers["deprecation"] == "@1798761600"
        assert answer.headers["sunset"] == "Sat, 01 Jan 2028 00:00:00 GMT"
        assert answer.headers["link"] == '</api/v2/jobs>; rel="successor-version"'
        for path in ("/api/v1/jobs", "/api/v2/jobs/job-none"):
            assert "deprecation" not in (await client.get(path)).headers
        assert "deprecation" not in (await client.delete("/api/v1/jobs/job-none")).headers
    document = create_app(wiring).openapi()["paths"]["/api/v1/jobs/{job_id}"]
    assert (document["get"].get("deprecated"), document["delete"].get("deprecated")) == (True, None)


@pytest.mark.parametrize("limit", [2, 3])
async def test_no_key_is_left_out_when_another_one_goes(client: httpx.AsyncClient, wiring: Wiring, limit: int) -> None:
    made = [(await client.post("/api/v1/keys", json={"name": f"ci-{n}", "tenant": "default"})).json()["id"] for n in range(6)]
    first = (await client.get("/api/v2/keys", params={"limit": limit})).json()
    await client.delete(f"/api/v1/keys/{made[0]}")
    rest = (await client.get("/api/v2/keys", params={"limit": 100, "after": first["next"]})).json()
    assert [key["id"] for key in first["items"] + rest["items"]] == made
    assert rest["next"] is None
    assert not first["next"].isdecimal()


async def test_no_tenant_is_told_twice_when_another_one_comes(client: httpx.AsyncClient) -> None:
    for name in ("blue", "red"):
        await client.post("/api/v1/tenants", json={"name": name})
    first = (await client.get("/api/v2/tenants", params={"limit": 2})).json()
    await client.post("/api/v1/tenants", json={"name": "acme"})
    rest = (await client.get("/api/v2/tenants", params={"limit": 2, "after": first["next"]})).json()
    assert [tenant["name"] for tenant in first["items"] + rest["items"]] == ["blue", "default", "red"]
