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
