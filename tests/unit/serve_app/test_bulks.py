"""``/api/v1/bulks``: what is ordered, what is refused, who sees it. Registering is tested with the cluster."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from tenant_making import make_key
from websockets.asyncio.client import connect as open_socket
from websockets.exceptions import ConnectionClosed

from cluster.bulks.order import SourceKind, StoredOrder, job_of
from jobs_store.bulks import BulkState
from jobs_store.reach import EVERYWHERE
from scanner.options import ImportOptions
from serve_app.wiring import Wiring

Connect = Callable[..., httpx.AsyncClient]
URL = "/api/v1/bulks"
ALLOWED = "s3://scans/{tenant}?region=eu-west-1"


@pytest.fixture
def wiring_with_imports(wiring: Wiring) -> Wiring:
    return replace(wiring, settings=wiring.settings.model_copy(update={"bulk_allowed_prefixes": (ALLOWED,)}))


@pytest.fixture
async def client(wiring_with_imports: Wiring, connect: Connect) -> AsyncIterator[httpx.AsyncClient]:
    async with connect(wiring_with_imports) as opened:
        yield opened


@pytest.fixture
async def theirs(wiring_with_imports: Wiring, connect: Connect) -> AsyncIterator[httpx.AsyncClient]:
    """A client of another tenant."""
    key = await make_key(wiring_with_imports.database, "theirs")
    async with connect(wiring_with_imports, key) as opened:
        yield opened


async def announce(client: httpx.AsyncClient) -> str:
    upload_id: str = (await client.post("/api/v1/uploads", json={"filename": "a.zip", "size_bytes": 9})).json()["upload_id"]
    return upload_id


async def order(client: httpx.AsyncClient, **given: Any) -> dict[str, Any]:
    response = await client.post(URL, json=given or {"prefixes": ["s3://scans/default/2025"]})
    assert response.status_code == 202, response.text
    document: dict[str, Any] = response.json()
    return document


async def test_its_jobs_belong_to_the_orders_request_and_trace(client: httpx.AsyncClient, wiring: Wiring) -> None:
    traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    client.headers.update({"X-Request-ID": "mine", "traceparent": traceparent})
    bulk = await wiring.database.bulks.get(EVERYWHERE, (await order(client))["bulk_id"])
    plan = StoredOrder.decode(await wiring.database.bulks.order(bulk.bulk_id) or "")
    job = job_of(bulk, plan.template, "job-1", name="a.json", key="imports/a.json", size_bytes=1)
    assert (job.request_id, job.traceparent) == ("mine", traceparent)


async def test_an_order_is_answered_at_once_and_kept(client: httpx.AsyncClient, wiring: Wiring) -> None:
    upload_id = await announce(client)
    bulk = await order(
        client,
        name="years",
        archives=[upload_id, upload_id],
        objects=["s3://scans/default/a.json"],
        options={"import_type": "delta", "scanner_type": "nessus"},
        rules=[{"pattern": "*.json", "options": {"scanner_type": "trivy"}}, {"pattern": "*.md", "skip": True}],
    )
    assert (bulk["status"], bulk["progress"], bulk["jobs"], bulk["by_status"]) == ("registering", 0.0, 0, {})
    assert wiring.cluster.bulks_woken == 1
    plan = StoredOrder.decode(await wiring.database.bulks.order(bulk["bulk_id"]) or "")
    assert [source.kind for source in plan.sources] == [SourceKind.ARCHIVE, SourceKind.OBJECT]
    chosen = ImportOptions.decode(plan.rules[0].template.processing_options)
    assert (chosen.scanner_type, chosen.import_type, chosen.assessment_name) == ("trivy", "delta", "")
    assert plan.rules[1].template is None
    assert ImportOptions.decode(plan.template.processing_options).scanner_type == "tenable"
    listed = (await client.get(URL)).json()
    assert (listed["total"], listed["bulks"][0]["name"]) == (1, "years")
    lines = (await client.get(f"{URL}/{bulk['bulk_id']}/logs")).text.splitlines()
    assert len(lines) == 1
    assert '"bulk_id"' in lines[0]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "body"),
        ({"uploads": []}, "body"),
        ({"uploads": ["u"] * 10_001}, "body"),
        ({"prefixes": ["s3://scans/theirs"]}, "prefixes"),
        ({"prefixes": ["s3://scans/default/../theirs"]}, "prefixes"),
        ({"prefixes": ["s3://scans/default-other"]}, "prefixes"),
        ({"objects": ["s3://elsewhere/default/a.json"]}, "objects"),
        ({"objects": ["file:///etc/passwd"]}, "objects"),
        ({"prefixes": ["http://169.254.169.254/latest"]}, "prefixes"),
        ({"prefixes": ["s3://scans/default"], "options": {"scanner_type": "nonsense"}}, "scanner_type"),
        ({"prefixes": ["s3://scans/default"], "rules": [{"pattern": "*", "options": {"asset_type": "CAR"}}]}, "asset_type"),
        ({"prefixes": ["s3://scans/default"], "rules": [{"pattern": ""}]}, "pattern"),
        ({"prefixes": ["s3://scans/default"], "rules": [{"pattern": "*"}] * 201}, "rules"),
        ({"prefixes": ["s3://scans/default"], "options": {"phoenix_api_url": "https://evil.example"}}, "phoenix_api_url"),
        ({"prefixes": ["s3://scans/default"], "options": {"webhook_url": "http://internal/"}}, "webhook_url"),
        (
            {"prefixes": ["s3://scans/default"], "rules": [{"pattern": "*", "options": {"webhook_url": "http://a/"}}]},
            "webhook_url",
        ),
    ],
)
async def test_what_is_wrong_is_refused_at_once(
    client: httpx.AsyncClient, wiring: Wiring, given: dict[str, Any], field: str
) -> None:
    response = await client.post(URL, json=given)
    assert response.status_code == 400, response.text
    assert any(field in name for name in response.json()["details"]["fields"])
    assert (await wiring.database.bulks.list(EVERYWHERE))[0] == 0


async def test_another_tenants_uploads_are_no_sources(client: httpx.AsyncClient, theirs: httpx.AsyncClient) -> None:
    upload_id = await announce(client)
    for kind in ("uploads", "archives"):
        response = await theirs.post(URL, json={kind: [upload_id]})
        assert (response.status_code, response.json()["error"]) == (404, "upload_not_found")


async def test_another_tenant_sees_nothing(client: httpx.AsyncClient, theirs: httpx.AsyncClient) -> None:
    url = f"{URL}/{(await order(client))['bulk_id']}"
    answers = [
        await theirs.get(url),
        await theirs.get(f"{url}/jobs"),
        await theirs.get(f"{url}/skipped"),
        await theirs.get(f"{url}/logs"),
        await theirs.delete(url),
        await theirs.post(f"{url}/retry"),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert (await theirs.get(URL)).json()["total"] == 0


async def test_cancelling_is_noted_and_may_be_repeated(client: httpx.AsyncClient, wiring: Wiring) -> None:
    bulk_id = (await order(client))["bulk_id"]
    for _ in range(2):
        assert (await client.delete(f"{URL}/{bulk_id}")).status_code == 204
    assert (await wiring.database.bulks.get(EVERYWHERE, bulk_id)).cancel_requested
    assert len(await wiring.database.bulk_events.read(bulk_id)) == 2
    running = await client.post(f"{URL}/{bulk_id}/retry")
    assert (running.status_code, running.json()["error"]) == (409, "bulk_not_retryable")


async def test_an_ended_bulk_is_not_cancelled(client: httpx.AsyncClient, wiring: Wiring) -> None:
    bulk = await wiring.database.bulks.get(EVERYWHERE, (await order(client))["bulk_id"])
    await wiring.database.bulks.carrying.advance(bulk, state=BulkState.FAILED, progress=100.0)
    response = await client.delete(f"{URL}/{bulk.bulk_id}")
    assert (response.status_code, response.json()["error"]) == (400, "bulk_already_ended")
    assert (await client.post(f"{URL}/{bulk.bulk_id}/retry")).json()["status"] == "registering"


async def test_one_assessment_for_reports_that_replace_it_is_warned_of(client: httpx.AsyncClient, wiring: Wiring) -> None:
    for name, import_type, warned in (("all", "new", True), ("all", "merge", False), ("{path}", "new", False)):
        options = {"assessment_name": name, "import_type": import_type}
        bulk = await order(client, prefixes=["s3://scans/default"], options=options)
        events = await wiring.database.bulk_events.read(bulk["bulk_id"])
        assert any(event.level == "WARNING" for event in events) is warned


async def test_the_websocket_opens_by_its_own_token_alone(client: httpx.AsyncClient, server: str) -> None:
    first, second = [await order(client) for _ in range(2)]
    parts = urlsplit(first["websocket_url"])
    assert parts.path == f"/ws/bulks/{first['bulk_id']}"
    async with open_socket(f"ws://{server}{parts.path}?{parts.query}") as socket:
        assert '"connected"' in str(await socket.recv())
        assert '"registering"' in str(await socket.recv())
    async with open_socket(f"ws://{server}/ws/bulks/{second['bulk_id']}?{parts.query}") as socket:
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
