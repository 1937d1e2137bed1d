"""Answers that are kept and tagged: never older than what they are about, never somebody else's."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import httpx
import pytest
from tenant_making import make_key

from jobs_store.bulks import BulkState, NewBulk
from jobs_store.database import Database, open_database
from jobs_store.jobs import JobStatus, NewJob
from jobs_store.keys import Scope
from jobs_store.secrets import SecretBox
from serve_app.wiring import Wiring

KEY = "key-of-the-tests"
Connect = Callable[..., httpx.AsyncClient]
LISTS = ("/api/v1/jobs", "/api/v2/jobs?counts=true", "/api/v1/bulks", "/api/v2/bulks")


@pytest.fixture
async def elsewhere(wiring: Wiring) -> AsyncIterator[Database]:
    """Another process: it shares the database and nothing else."""
    async with open_database(wiring.settings.database_url, secrets=SecretBox.from_setting("another")) as database:
        yield database


def new(job_id: str, tenant: str = "default", **more: object) -> NewJob:
    return NewJob(job_id=job_id, filename="r", file_path="x", file_size_bytes=1, tenant=tenant, **more)


def count_pages(wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []
    for repository, name in (
        (wiring.database.jobs, "list"),
        (wiring.database.job_pages, "page"),
        (wiring.database.bulks, "list"),
        (wiring.database.bulk_pages, "page"),
    ):
        original = getattr(repository, name)

        def counted(*args: object, _original: Callable[..., object] = original, **more: object) -> object:
            asked.append(_original.__qualname__)
            return _original(*args, **more)

        monkeypatch.setattr(repository, name, counted)
    return asked


async def test_a_list_is_made_once_for_each_version(
    client: httpx.AsyncClient, wiring: Wiring, elsewhere: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await elsewhere.jobs.create(new("job-1"))
    asked = count_pages(wiring, monkeypatch)
    for path in LISTS * 3:
        assert (await client.get(path)).status_code == 200
    assert len(asked) == len(LISTS)
    await elsewhere.jobs.create(new("job-2"))
    assert (await client.get(LISTS[0])).json()["total"] == 2
    assert (await client.get(LISTS[1])).json()["by_state"] == {"queued": 2}


async def test_a_change_by_another_process_is_seen_by_the_next_request(client: httpx.AsyncClient, elsewhere: Database) -> None:
    async def states() -> list[str]:
        of_v1 = [job["status"] for job in (await client.get("/api/v1/jobs")).json()["jobs"]]
        assert of_v1 == [job["state"] for job in (await client.get("/api/v2/jobs")).json()["items"]]
        return of_v1

    assert await states() == []
    await elsewhere.jobs.create(new("job-1"))
    assert await states() == ["queued"]
    (lease,) = await elsewhere.jobs.lease(owner="w", limit=1, lease_for=timedelta(minutes=1))
    assert await states() == ["processing"]
    await elsewhere.jobs.advance(lease, progress=40.0)
    assert [job["progress"] for job in (await client.get("/api/v1/jobs")).json()["jobs"]] == [40.0]
    await elsewhere.jobs.finish(lease, status=JobStatus.FAILED, error_message="no")
    assert await states() == ["failed"]
    await elsewhere.jobs.retry("job-1")
    assert await states() == ["queued"]
    await elsewhere.bulks.create(NewBulk(bulk_id="bulk-1", tenant="default", name="b", priority=0, order="{}", seed="s"))
    assert (await client.get("/api/v1/bulks")).json()["total"] == 1
    await elsewhere.bulks.request_cancel("bulk-1")
    (bulk,) = await elsewhere.bulks.carrying.going_on()
    await elsewhere.bulks.carrying.advance(bulk, state=BulkState.CANCELLED, progress=100.0)
    assert (await client.get("/api/v2/bulks")).json()["items"][0]["status"] == "cancelled"


async def test_the_renewal_of_a_lease_is_no_change(elsewhere: Database) -> None:
    await elsewhere.jobs.create(new("job-1"))
    (lease,) = await elsewhere.jobs.lease(owner="w", limit=1, lease_for=timedelta(minutes=1))
    version = await elsewhere.versions.of("default")
    await elsewhere.jobs.renew(lease, timedelta(minutes=5))
    assert await elsewhere.versions.of("default") == version
    assert await elsewhere.versions.of(None) == version


async def test_nobody_gets_what_was_kept_for_somebody_else(wiring: Wiring, connect: Connect, elsewhere: Database) -> None:
    keys = {
        "red": await make_key(wiring.database, "red"),
        "blue": await make_key(wiring.database, "blue"),
        "red, submits only": await make_key(wiring.database, "red", Scope.SUBMIT),
    }
    await elsewhere.jobs.create(new("job-red", "red"))
    seen = {}
    async with connect(wiring) as client:
        for name, key in [*keys.items(), ("operator", KEY)] * 2:
            answer = await client.get("/api/v2/jobs", headers={"X-API-Key": key})
            seen[name] = [job["id"] for job in answer.json()["items"]]
    assert seen == {"red": ["job-red"], "blue": [], "red, submits only": [], "operator": ["job-red"]}


async def test_what_a_client_has_is_not_sent_again(client: httpx.AsyncClient, elsewhere: Database) -> None:
    await elsewhere.jobs.create(new("job-1"))
    for path in (*LISTS, "/api/v1/jobs/job-1", "/api/v2/jobs/job-1", "/api/v1/keys", "/api/v1/tenants", "/api/v2/audit"):
        first = await client.get(path)
        assert first.headers["cache-control"] == "private, no-cache", path
        again = await client.get(path, headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b""), path
        assert again.headers["etag"] == first.headers["etag"]
    stale = (await client.get("/api/v1/jobs/job-1")).headers["etag"]
    await elsewhere.jobs.request_cancel("job-1")
    changed = await client.get("/api/v1/jobs/job-1", headers={"If-None-Match": stale})
    assert (changed.status_code, changed.json()["status"]) == (200, "cancelled")


async def test_who_may_keep_what(client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/formats", "/api/v2/formats"):
        formats = await client.get(path)
        assert formats.headers["cache-control"].startswith("public, max-age=")
        assert (await client.get(path, headers={"If-None-Match": formats.headers["etag"]})).status_code == 304
    for path in ("/api/v1/ping", "/api/v1/health", "/api/v1/jobs/job-none"):
        answer = await client.get(path)
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_a_page_is_told_by_its_head_and_sent_only_where_it_has_changed(client: httpx.AsyncClient, path: str) -> None:
    page, head = await client.get(path), await client.head(path)
    assert (page.status_code, head.status_code) == (200, 200)
    assert page.headers["etag"] == head.headers["etag"]
    assert page.headers["content-type"] == head.headers["content-type"] == "text/html; charset=utf-8"
    assert "no-cache" in page.headers["cache-control"]
    for ask in (client.get, client.head):
        known = await ask(path, headers={"If-None-Match": page.headers["etag"]})
        assert (known.status_code, known.content) == (304, b"")
        assert known.headers["content-security-policy"] == page.headers["content-security-policy"]
    assert (await client.get(path, headers={"If-None-Match": 'W/"another"'})).status_code == 200
