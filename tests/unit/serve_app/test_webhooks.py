"""Webhooks as clients see them: listed, sent once more, tried out."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from servers import free_port
from standardwebhooks.webhooks import Webhook
from tenant_making import make_key

from jobs_store.jobs import NewJob
from serve_app.wiring import Wiring

Connect = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[str, list[bytes]]]:
    """Answers 204 to everything; its URL, and the requests as they came."""
    requests: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        requests.append(head + await reader.readexactly(length))
        writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?token=canary", requests


@pytest.fixture
async def theirs(wiring: Wiring, connect: Connect) -> AsyncIterator[httpx.AsyncClient]:
    reaching = replace(wiring, settings=wiring.settings.model_copy(update={"webhook_allow_private": True}))
    async with connect(reaching, key=await make_key(wiring.database, "payments")) as client:
        yield client


async def ended_job(wiring: Wiring, tenant: str = "payments") -> str:
    """A cancelled job with a webhook; gives the message's id."""
    url = "https://ci.example/hook?token=canary"
    job = NewJob(job_id="job-1", filename="r", file_path="x", file_size_bytes=1, tenant=tenant, webhook_url=url)
    await wiring.database.jobs.create(job)
    await wiring.database.jobs.request_cancel("job-1", webhook_body='{"job_id": "job-1"}')
    (delivery,) = await wiring.database.webhooks.due(10)
    await wiring.database.webhooks.record(delivery, status_code=500, retry_in=timedelta(seconds=5))
    return delivery.delivery_id


async def test_every_attempt_is_told(theirs: httpx.AsyncClient, wiring: Wiring) -> None:
    webhook_id = await ended_job(wiring)
    listed = await theirs.get("/api/v1/jobs/job-1/webhooks")
    (webhook,) = listed.json()["webhooks"]
    assert (webhook["id"], webhook["job_id"], webhook["delivered_at"]) == (webhook_id, "job-1", None)
    assert webhook["next_attempt_at"].endswith("Z")
    assert [(each["number"], each["status_code"], each["error"]) for each in webhook["attempts"]] == [(1, 500, None)]
    assert "canary" not in listed.text


async def test_one_that_was_given_up_is_sent_once_more(theirs: httpx.AsyncClient, wiring: Wiring) -> None:
    webhook_id = await ended_job(wiring)
    await wiring.database.webhooks.put_off([], timedelta(0))
    replayed = await theirs.post(f"/api/v1/webhooks/{webhook_id}/replay")
    assert replayed.status_code == 202
    assert wiring.cluster.courier_woken == 1
    (delivery,) = await wiring.database.webhooks.due(10)
    assert (delivery.delivery_id, delivery.body, delivery.attempts) == (webhook_id, '{"job_id": "job-1"}', 1)
    await wiring.database.webhooks.record(delivery, status_code=204, delivered=True)
    await theirs.post(f"/api/v1/webhooks/{webhook_id}/replay")
    (again,) = await wiring.database.webhooks.due(10)
    assert wiring.database.webhooks.url(again) == "https://ci.example/hook?token=canary"

    await wiring.database.jobs.mark_cleaned("job-1")
    gone = await theirs.post(f"/api/v1/webhooks/{webhook_id}/replay")
    assert (gone.status_code, gone.json()["error"]) == (409, "webhook_gone")


async def test_a_trial_is_signed_by_the_tenants_secrets(theirs: httpx.AsyncClient, receiver: tuple[str, list[bytes]]) -> None:
    url, requests = receiver
    secrets = [(await theirs.post("/api/v1/tenants/payments/webhook-secret")).json()["secret"] for _ in range(2)]
    tried = (await theirs.post("/api/v1/webhooks/test", json={"webhook_url": url, "webhook_headers": {"X-Build": "7"}})).json()
    assert (tried["delivered"], tried["status_code"], tried["error"]) == (True, 204, None)
    head, _, body = requests[0].partition(b"\r\n\r\n")
    headers = {
        name.decode().lower(): value.decode() for name, _, value in (line.partition(b": ") for line in head.split(b"\r\n")[1:])
    }
    assert (headers["x-build"], headers["webhook-id"]) == ("7", tried["id"])
    for secret in secrets:
        assert Webhook(secret).verify(body, headers)["job_id"] == "job-test"
    other = "whsec_" + base64.b64encode(b"x" * 32).decode()
    moment = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    assert Webhook(other).sign(tried["id"], moment, body.decode()) not in headers["webhook-signature"]


@pytest.mark.parametrize(
    ("order", "field"),
    [
        ({"webhook_url": "http://127.0.0.1/"}, "webhook_url"),
        ({"webhook_url": "ftp://ci.example/"}, "webhook_url"),
        ({"webhook_url": "https://ci.example/", "webhook_headers": {"webhook-signature": "x"}}, "webhook_headers"),
    ],
)
async def test_a_trial_goes_no_further_than_a_webhook(client: httpx.AsyncClient, order: dict[str, object], field: str) -> None:
    refused = await client.post("/api/v1/webhooks/test", json=order)
    assert (refused.status_code, list(refused.json()["details"]["fields"])) == (400, [field])


async def test_nobody_at_the_other_end_is_told(theirs: httpx.AsyncClient) -> None:
    url = f"http://127.0.0.1:{free_port()}/?token=canary"
    tried = (await theirs.post("/api/v1/webhooks/test", json={"webhook_url": url})).json()
    assert (tried["delivered"], tried["status_code"], tried["error"]) == (False, None, "ConnectError")
