"""A report tried out: said what it is and what would come of it, kept nowhere."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from tenant_making import make_key

from jobs_store.keys import Scope
from serve_app.wiring import Wiring

Connect = Callable[..., httpx.AsyncClient]
FOUND = {"VulnerabilityID": "CVE-2026-1", "PkgName": "a", "InstalledVersion": "1", "Severity": "HIGH"}
REPORT = {
    "SchemaVersion": 2,
    "ArtifactName": "shop:1",
    "ArtifactType": "container_image",
    "Results": [{"Target": "t", "Vulnerabilities": [FOUND, {"VulnerabilityID": 3}]}],
}


async def test_a_report_is_summed_up_and_kept_nowhere(wiring: Wiring, client: httpx.AsyncClient, storage_root: Path) -> None:
    answer = await client.post("/api/v1/trials?filename=a.json", content=json.dumps(REPORT))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["format"], told["error"]) == ("trivy", "")
    assert told["summary"]["findings"]["high"] == 1
    assert told["summary"]["assets"] == {"CONTAINER": 1}
    assert told["summary"]["skipped"] == 1
    assert told["summary"]["skipped_records"][0]["place"]
    assert (await client.get("/api/v1/jobs")).json()["total"] == 0
    assert not [file for file in storage_root.rglob("*") if file.is_file()]


async def test_a_head_says_what_it_is(client: httpx.AsyncClient) -> None:
    whole = json.dumps(REPORT).encode()
    cut_off = await client.post("/api/v1/trials?head=true", content=whole[:-30])
    assert (cut_off.json()["format"], cut_off.json()["summary"]) == ("trivy", None)
    unknown = (await client.post("/api/v1/trials?head=true", content=b'{"nothing": 1}')).json()
    assert unknown["format"] == ""
    packed = (await client.post("/api/v1/trials?head=true", content=b"PK\x03\x04")).json()
    assert packed["is_packed"] is True


@pytest.mark.parametrize(
    ("query", "body", "status"),
    [("head=true", b"x" * 65_537, 413), ("", b"x" * 10_000_001, 413), ("scanner_type=no-such", b"{}", 400)],
)
async def test_what_is_too_much_is_refused(client: httpx.AsyncClient, query: str, body: bytes, status: int) -> None:
    assert (await client.post(f"/api/v1/trials?{query}", content=body)).status_code == status


async def test_what_cannot_be_read_says_why(client: httpx.AsyncClient) -> None:
    told = (await client.post("/api/v1/trials?scanner_type=trivy", content=b"<html></html>")).json()
    assert told["summary"] is None
    assert "trivy" in told["error"]


async def test_only_who_may_submit_may_try(wiring: Wiring, connect: Connect) -> None:
    async with connect(wiring, key=await make_key(wiring.database, "red", Scope.READ)) as reader:
        assert (await reader.post("/api/v1/trials", content=b"{}")).status_code == 403


async def test_a_format_says_how_its_report_is_made(client: httpx.AsyncClient) -> None:
    told = (await client.get("/api/v1/formats/Trivy Scan")).json()
    assert told["slug"] == "trivy"
    assert told["produce"].startswith("trivy ")
    assert (await client.get("/api/v1/formats/no-such")).status_code == 400
