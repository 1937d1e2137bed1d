"""Text and numbers that no database keeps are refused at the edge."""

import httpx
import pytest


@pytest.mark.parametrize(
    "path", ["jobs/%00", "jobs/job-%00a/logs", "uploads/%00", "bulks/%00/skipped", "keys/%00", "tenants/%00"]
)
async def test_a_path_with_a_nul_leads_nowhere(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"/api/v1/{path}")
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


async def test_a_query_with_a_nul_is_invalid(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/audit?actor=a%00b")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_parameters")


@pytest.mark.parametrize("path", ["jobs/none/logs", "bulks/none/logs", "bulks/none/skipped", "audit"])
async def test_a_number_beyond_the_databases_is_invalid(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"/api/v1/{path}", params={"after": 2**63})
    assert answer.status_code == 400
    assert "after" in answer.json()["details"]["fields"]


@pytest.mark.parametrize("since", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
async def test_a_moment_that_is_none_in_utc_is_invalid(client: httpx.AsyncClient, since: str) -> None:
    asked = await client.get("/api/v2/jobs", params={"since": since})
    assert (asked.status_code, asked.json()["error"]) == (400, "invalid_parameters")
    assert (await client.post("/api/v2/jobs/cancel", json={"filter": {"since": since}})).status_code == 400
    key = {"name": "ci", "tenant": "default", "expires_at": since}
    assert (await client.post("/api/v1/keys", json=key)).status_code == 400


async def test_a_nul_in_a_filter_means_no_job_rather_than_all(client: httpx.AsyncClient) -> None:
    report = b'{"SchemaVersion": 2, "ArtifactName": "a", "Results": []}'
    job = (await client.post("/api/v1/upload", files={"file": ("a.json", report)})).json()["job_id"]
    answer = await client.post("/api/v2/jobs/cancel", json={"filter": {"search": "\0nothing"}})
    assert answer.status_code == 400
    assert (await client.get(f"/api/v1/jobs/{job}")).json()["status"] == "queued"


async def test_a_slash_too_many_leads_nowhere_least_of_all_to_another_host(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/jobs/", headers={"Host": "evil.example"})
    assert answer.status_code == 404
