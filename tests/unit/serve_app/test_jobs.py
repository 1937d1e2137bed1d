"""Listing, showing, cancelling, retrying; the long records of a job; who sees what."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from tenant_making import make_key

from jobs_store.events import EventKind, NewEvent
from jobs_store.jobs import Batch, JobStatus, Lease, NewJob
from jobs_store.reach import EVERYWHERE
from serve_app.wiring import Wiring

Connect = Callable[..., httpx.AsyncClient]
FIELDS = (
    {"job_id", "status", "progress", "current_step", "created_at", "started_at", "completed_at", "filename", "file_size_bytes"}
    | {"scanner_type", "asset_type", "import_type", "assessment_name", "assets_imported", "vulnerabilities_imported"}
    | {"error_message", "error_traceback", "batch_summary", "recent_logs"}
)


def log(message: str, level: str = "INFO") -> NewEvent:
    return NewEvent(EventKind.LOG, json.dumps({"level": level, "message": message}), level)


async def queue(wiring: Wiring, job_id: str = "job-1", **more: object) -> str:
    values = {"job_id": job_id, "filename": "a.json", "file_path": f"jobs/{job_id}/upload", "file_size_bytes": 3} | more
    await wiring.database.jobs.create(NewJob(**values), events=[log("received")])
    return job_id


async def lease(wiring: Wiring) -> Lease:
    (leased,) = await wiring.database.jobs.lease(owner="test", limit=1, lease_for=timedelta(minutes=1))
    return leased


async def fail(wiring: Wiring, leased: Lease) -> None:
    payload = {"status": "failed", "progress": 0.0, "error_message": "broken"}
    ended = [NewEvent(EventKind.ERROR, json.dumps(payload))]
    await wiring.database.jobs.finish(
        leased, status=JobStatus.FAILED, error_message="broken", error_traceback="Traceback: secret", events=ended
    )


async def test_a_job_is_shown_with_all_fields_and_its_last_log_lines(client: httpx.AsyncClient, wiring: Wiring) -> None:
    await queue(wiring)
    await wiring.database.events.append("job-1", [log(f"line {number}", "WARNING") for number in range(60)])
    body = (await client.get("/api/v1/jobs/job-1")).json()
    assert body.keys() >= FIELDS
    assert (body["status"], body["progress"], body["scanner_type"]) == ("queued", 0.0, "auto")
    assert body["created_at"].endswith("Z")
    assert len(body["recent_logs"]) == 50
    assert body["recent_logs"][-1].endswith("Z WARNING line 59")


async def test_what_was_detected_replaces_what_was_asked_and_tracebacks_stay_here(
    client: httpx.AsyncClient, wiring: Wiring
) -> None:
    await queue(wiring)
    leased = await lease(wiring)
    await wiring.database.jobs.advance(leased, detected_format="trivy", batch_summary='{"total_batches":2}', skipped=1)
    await fail(wiring, leased)
    body = (await client.get("/api/v1/jobs/job-1")).json()
    assert (body["scanner_type"], body["error_message"], body["error_traceback"]) == ("trivy", "broken", None)
    assert body["batch_summary"] == {"total_batches": 2}
    assert body["completed_at"].endswith("Z")


async def test_what_was_put_aside_and_merged_is_told(client: httpx.AsyncClient, wiring: Wiring) -> None:
    await queue(wiring)
    before = (await client.get("/api/v1/jobs/job-1")).json()
    assert (before["dismissed"], before["merged"]) == (None, None)
    await wiring.database.jobs.advance(await lease(wiring), batch_summary='{"dismissed":{"fixed":2},"merged":3}')
    after = (await client.get("/api/v1/jobs/job-1")).json()
    assert (after["dismissed"], after["merged"]) == ({"fixed": 2}, 3)


async def test_the_list_is_paged_newest_first_and_filtered(client: httpx.AsyncClient, wiring: Wiring) -> None:
    for number in range(5):
        await queue(wiring, f"job-{number}")
    await wiring.database.jobs.request_cancel("job-0")
    page = (await client.get("/api/v1/jobs", params={"page": 2, "page_size": 2})).json()
    assert page.keys() == {"total", "jobs", "page", "page_size"}
    assert (page["total"], page["page"], page["page_size"]) == (5, 2, 2)
    assert [job["job_id"] for job in page["jobs"]] == ["job-2", "job-1"]
    cancelled = (await client.get("/api/v1/jobs", params={"status": "cancelled"})).json()
    assert [job["job_id"] for job in cancelled["jobs"]] == ["job-0"]


@pytest.mark.parametrize("query", ["page=0", "page_size=101", "page_size=many", "status=asleep"])
async def test_a_wrong_parameter_is_named_with_400(client: httpx.AsyncClient, query: str) -> None:
    response = await client.get(f"/api/v1/jobs?{query}")
    assert response.status_code == 400
    body = response.json()
    assert body.keys() == {"error", "message", "details", "timestamp", "request_id"}
    assert list(body["details"]["fields"]) == [query.partition("=")[0]]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/retry"),
        ("GET", "/logs"),
        ("GET", "/skipped"),
        ("GET", "/dismissed"),
        ("GET", "/merged"),
        ("GET", "/batches"),
    ],
)
async def test_an_unknown_job_is_404_and_so_is_another_tenants(
    wiring: Wiring, connect: Connect, method: str, path: str
) -> None:
    await queue(wiring, "job-theirs", tenant="payments")
    async with connect(wiring, key=await make_key(wiring.database, "ours")) as client:
        for job_id in ("job-unknown", "job-theirs"):
            response = await client.request(method, f"/api/v1/jobs/{job_id}{path}")
            assert (response.status_code, response.json()["error"]) == (404, "job_not_found")
        assert (await client.get("/api/v1/jobs")).json()["total"] == 0


async def test_a_waiting_job_is_cancelled_at_once_and_its_webhook_told(client: httpx.AsyncClient, wiring: Wiring) -> None:
    await queue(wiring, webhook_url="https://ci.example/hook")
    response = await client.delete("/api/v1/jobs/job-1")
    assert (response.status_code, response.content) == (204, b"")
    job = await wiring.database.jobs.get(EVERYWHERE, "job-1")
    assert job.status is JobStatus.CANCELLED
    *_, status, error = await wiring.database.events.read("job-1")
    assert (status.kind, error.kind) == (EventKind.STATUS, EventKind.ERROR)
    assert json.loads(error.payload)["status"] == "cancelled"
    (delivery,) = await wiring.database.webhooks.due(10)
    told = json.loads(delivery.body)
    assert told.keys() == {"job_id", "status", "filename", "scanner_type", "success", "timestamp", "error"}
    assert (told["status"], told["success"]) == ("cancelled", False)


async def test_a_running_job_is_asked_to_end(client: httpx.AsyncClient, wiring: Wiring) -> None:
    await queue(wiring)
    await lease(wiring)
    assert (await client.delete("/api/v1/jobs/job-1")).status_code == 204
    assert wiring.cluster.cancelled == ["job-1"]
    assert (await wiring.database.jobs.get(EVERYWHERE, "job-1")).cancel_requested


async def test_an_ended_job_is_not_cancelled_again(client: httpx.AsyncClient, wiring: Wiring) -> None:
    await queue(wiring)
    await client.delete("/api/v1/jobs/job-1")
    response = await client.delete("/api/v1/jobs/job-1")
    assert response.status_code == 400
    assert response.json()["error"] == "job_already_ended"
    assert response.json()["details"] == {"job_id": "job-1", "status": "cancelled"}


async def test_a_failed_job_is_retried(client: httpx.AsyncClient, wiring: Wiring) -> None:
    await queue(wiring)
    await fail(wiring, await lease(wiring))
    response = await client.post("/api/v1/jobs/job-1/retry")
    assert response.status_code == 202
    assert response.json()["status"] == "queued"
    assert wiring.cluster.woken == 1
    again = await client.post("/api/v1/jobs/job-1/retry")
    assert (again.status_code, again.json()["error"]) == (409, "job_not_retryable")


async def test_logs_are_json_lines_that_can_be_resumed(client: httpx.AsyncClient, wiring: Wiring) -> None:
    await queue(wiring)
    await wiring.database.events.append("job-1", [log(f"line {number}") for number in range(600)])
    response = await client.get("/api/v1/jobs/job-1/logs")
    assert response.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, 602))
    assert lines[0].keys() == {"type", "job_id", "timestamp", "data", "seq"}
    rest = await client.get("/api/v1/jobs/job-1/logs", params={"after": 600})
    assert [json.loads(line)["data"]["message"] for line in rest.text.splitlines()] == ["line 599"]


async def test_followed_logs_end_with_the_job(client: httpx.AsyncClient, wiring: Wiring) -> None:
    await queue(wiring)
    await fail(wiring, await lease(wiring))
    response = await client.get("/api/v1/jobs/job-1/logs", params={"follow": "true"})
    assert [json.loads(line)["type"] for line in response.text.splitlines()] == ["log", "error"]


async def test_skipped_records(client: httpx.AsyncClient, wiring: Wiring) -> None:
    await queue(wiring)
    empty = await client.get("/api/v1/jobs/job-1/skipped")
    assert empty.json() == {"total": 0, "skipped": [], "kept": 0}
    await wiring.database.jobs.advance(await lease(wiring), skipped=3)
    wiring.storage.put("jobs/job-1/skipped/shard-0.jsonl", b'{"place":"a","reason":"x"}\n{"place":"b","reason":"y"}\n')
    wiring.storage.put("jobs/job-1/skipped/shard-1.jsonl", b'{"place":"c","reason":"z"}')
    found = (await client.get("/api/v1/jobs/job-1/skipped")).json()
    assert (found["total"], found["kept"]) == (3, 3)
    assert [record["place"] for record in found["skipped"]] == ["a", "b", "c"]
    lines = await client.get("/api/v1/jobs/job-1/skipped", headers={"Accept": "application/x-ndjson"})
    assert [json.loads(line)["reason"] for line in lines.text.splitlines()] == ["x", "y", "z"]


@pytest.mark.parametrize("fate", ["dismissed", "merged"])
async def test_records_that_are_no_findings_of_their_own(client: httpx.AsyncClient, wiring: Wiring, fate: str) -> None:
    """More may have been counted than are kept, and the answer says so."""
    await queue(wiring)
    path = f"/api/v1/jobs/job-1/{fate}"
    assert (await client.get(path)).json() == {"total": 0, fate: [], "kept": 0}
    summary = json.dumps({"dismissed": {"fixed": 30, "suppressed": 12}, "merged": 42})
    await wiring.database.jobs.advance(await lease(wiring), batch_summary=summary)
    wiring.storage.put(f"jobs/job-1/{fate}/shard-0.jsonl", b'{"reason":"x"}\n{"reason":"y"}\n')
    wiring.storage.put("jobs/job-1/skipped/shard-0.jsonl", b'{"reason":"other"}\n')
    assert (await client.get(path)).json() == {"total": 42, fate: [{"reason": "x"}, {"reason": "y"}], "kept": 2}
    lines = await client.get(path, headers={"Accept": "application/x-ndjson"})
    assert [json.loads(line)["reason"] for line in lines.text.splitlines()] == ["x", "y"]
    assert lines.headers["x-total-count"] == "42"
    for accept, kind in (
        ("application/x-ndjson;q=0", "application/json"),
        ("application/x-ndjson; q=0.000, application/json", "application/json"),
        ("application/json;q=0, Application/X-NDJSON;q=0.5", "application/x-ndjson"),
    ):
        assert (await client.get(path, headers={"Accept": accept})).headers["content-type"].startswith(kind)


async def test_batches(client: httpx.AsyncClient, wiring: Wiring) -> None:
    await queue(wiring)
    plan = [Batch(1, "INFRA", "new", (), 10, 20, 3000), Batch(2, "INFRA", "merge", (1,), 5, 6, 700)]
    await wiring.database.batches.plan(await lease(wiring), plan)
    found = (await client.get("/api/v1/jobs/job-1/batches")).json()
    assert found["total"] == 2
    assert found["batches"][1]["needs"] == [1]
    assert (found["batches"][1]["state"], found["batches"][1]["findings"]) == ("pending", 6)


async def test_keys(wiring: Wiring, connect: Connect) -> None:
    payments = await make_key(wiring.database, "payments")
    await queue(wiring, "job-theirs", tenant="payments")
    async with connect(wiring, key="") as client:
        missing = await client.get("/api/v1/jobs")
        assert (missing.status_code, missing.json()["error"]) == (401, "missing_api_key")
        wrong = await client.get("/api/v1/jobs", headers={"X-API-Key": "wröng".encode()})
        assert (wrong.status_code, wrong.json()["error"]) == (403, "invalid_api_key")
        theirs = await client.get("/api/v1/jobs", headers={"Authorization": f"Bearer {payments}"})
        assert [job["job_id"] for job in theirs.json()["jobs"]] == ["job-theirs"]
        for path in ("/api/v1/ping", "/api/v1/health", "/", "/docs", "/openapi.json"):
            assert (await client.get(path)).status_code == 200


async def test_without_authentication_everything_is_open(wiring: Wiring, connect: Connect) -> None:
    await queue(wiring, "job-theirs", tenant="payments")
    open_wiring = replace(wiring, settings=wiring.settings.model_copy(update={"enable_auth": False}))
    async with connect(open_wiring, key="") as client:
        assert (await client.get("/api/v1/jobs")).json()["total"] == 1


async def test_an_id_may_be_shortened_where_it_is_unique(client: httpx.AsyncClient, wiring: Wiring) -> None:
    for digits in ("3f9c0" + "0" * 27, "3f9d0" + "0" * 27):
        job = NewJob(job_id=f"job-{digits}", filename="r.json", file_path=f"received/{digits}", file_size_bytes=1)
        await wiring.database.jobs.create(job)
    whole = f"job-3f9c0{'0' * 27}"
    for short in ("job-3f9c", "3f9c", whole):
        shown = await client.get(f"/api/v1/jobs/{short}")
        assert (shown.status_code, shown.json()["job_id"]) == (200, whole)
        for route in ("logs", "skipped", "dismissed", "merged", "batches"):
            assert (await client.get(f"/api/v1/jobs/{short}/{route}")).status_code == 200
    several = await client.get("/api/v1/jobs/job-3f9cd")
    assert several.status_code == 404
    (await wiring.database.jobs.create(replace(job, job_id=f"job-3f9c1{'0' * 27}")))
    ambiguous = await client.get("/api/v1/jobs/job-3f9c")
    assert (ambiguous.status_code, ambiguous.json()["error"]) == (400, "ambiguous_id")
    could_be = [f"job-3f9c{digit}{'0' * 27}" for digit in (0, 1)]
    assert ambiguous.json()["details"] == {"ids": could_be}
    assert all(job_id in ambiguous.json()["message"] for job_id in could_be)
    assert (await client.get("/api/v1/jobs/job-3")).json()["error"] == "ambiguous_id"
    for short in ("job-%25", "job-3f9c_", "job-", "JOB-3F9C"):
        assert (await client.get(f"/api/v1/jobs/{short}")).status_code == 404
    assert (await client.delete("/api/v1/jobs/3f9d")).status_code == 204
    assert (await wiring.database.jobs.get(EVERYWHERE, f"job-3f9d0{'0' * 27}")).status is JobStatus.CANCELLED
