"""``/api/v1/uploads`` on a directory: parts through our own routes; and ``POST /api/v1/jobs``."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tenant_making import make_key

from cluster.retention import remove_expired
from jobs_store.events import EventKind
from jobs_store.jobs import JobStatus
from jobs_store.reach import EVERYWHERE
from scanner.options import ImportOptions
from serve_app.submitting.upload_parts import LEAST_PART_BYTES, MEBIBYTE, MOST_PARTS, part_size
from serve_app.wiring import Wiring, utc_now

Connect = Callable[..., httpx.AsyncClient]
URL = "/api/v1/uploads"
DATA = bytes(range(32, 127)) * 27
PART = 1000


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three parts for `DATA`, the last of them short."""
    monkeypatch.setattr("serve_app.routes.direct_uploads.part_size", lambda _size: PART)


@pytest.fixture
async def theirs(wiring: Wiring, connect: Connect) -> AsyncIterator[httpx.AsyncClient]:
    """A client of another tenant."""
    key = await make_key(wiring.database, "theirs")
    async with connect(wiring, key) as client:
        yield client


async def announce(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    order = {"filename": "big.json", "size_bytes": len(DATA)} | more
    response = await client.post(URL, json=order)
    assert response.status_code == 201, response.text
    document: dict[str, Any] = response.json()
    return document


def piece(number: int) -> bytes:
    return DATA[(number - 1) * PART : number * PART]


async def send_parts(client: httpx.AsyncClient, upload: dict[str, Any], *numbers: int) -> None:
    addresses = {part["number"]: part["url"] for part in upload["parts"]}
    for number in numbers:
        response = await client.put(addresses[number], content=piece(number))
        assert response.status_code == 204, response.text


async def test_parts_become_a_job(client: httpx.AsyncClient, wiring: Wiring, small_parts: None) -> None:
    upload = await announce(client, options={"scanner_type": "trivy", "fix_data": False})
    assert upload["part_size_bytes"] == PART
    assert [part["size_bytes"] for part in upload["parts"]] == [1000, 1000, 565]
    assert upload["next_after"] is None
    await send_parts(client, upload, 3, 1)
    seen = (await client.get(f"{URL}/{upload['upload_id']}")).json()
    assert (seen["state"], seen["received"], seen["job_id"]) == ("open", [1, 3], None)
    refused = await client.post("/api/v1/jobs", json={"upload_id": upload["upload_id"]})
    assert (refused.status_code, refused.json()["error"]) == (409, "upload_incomplete")
    assert refused.json()["details"]["missing"] == [2]
    await send_parts(client, upload, 2)
    order = {"upload_id": upload["upload_id"], "options": {"import_type": "merge"}}
    response = await client.post("/api/v1/jobs", json=order)
    assert response.status_code == 202
    assert response.json().keys() == {"job_id", "status", "message", "created_at", "websocket_url"}
    again = await client.post("/api/v1/jobs", json=order)
    assert again.json()["job_id"] == response.json()["job_id"]
    job = await wiring.database.jobs.get(EVERYWHERE, response.json()["job_id"])
    assert (job.status, job.import_type, job.tenant) == (JobStatus.QUEUED, "merge", "default")
    options = ImportOptions.decode(job.processing_options)
    assert (options.scanner_type, options.fix_data) == ("trivy", False)
    assert b"".join(wiring.storage.iterate(job.file_path)) == DATA
    assert [event.kind for event in await wiring.database.events.read(job.job_id)] == [EventKind.STATUS, EventKind.LOG]
    assert (await client.get(f"{URL}/{upload['upload_id']}")).json()["job_id"] == job.job_id
    assert wiring.cluster.woken == 2


async def test_completing_may_be_asked_for_and_repeated(client: httpx.AsyncClient, small_parts: None) -> None:
    upload = await announce(client)
    await send_parts(client, upload, 1, 2, 3)
    for _ in range(2):
        response = await client.post(f"{URL}/{upload['upload_id']}/complete")
        assert (response.status_code, response.json()["state"]) == (200, "complete")
    late = await client.put(upload["parts"][0]["url"], content=piece(1))
    assert (late.status_code, late.json()["error"]) == (409, "upload_gone")


@pytest.mark.parametrize("body", [b"", b"x" * (PART - 1), b"x" * (PART + 1), b"x" * 10_000])
@pytest.mark.parametrize("announced", [True, False])
async def test_a_part_of_another_size_is_refused(
    client: httpx.AsyncClient, wiring: Wiring, small_parts: None, body: bytes, announced: bool
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield body

    upload = await announce(client)
    response = await client.put(upload["parts"][0]["url"], content=body if announced else chunks())
    assert response.status_code in (400, 413)
    assert (await client.get(f"{URL}/{upload['upload_id']}")).json()["received"] == []


@pytest.mark.parametrize("number", ["0", "4", "-1", "99999999999999999999", "one", "1%2F..%2F2"])
async def test_a_part_that_is_none_is_refused(client: httpx.AsyncClient, small_parts: None, number: str) -> None:
    upload = await announce(client)
    response = await client.put(f"{URL}/{upload['upload_id']}/parts/{number}", content=piece(1))
    assert response.status_code in (400, 404)


async def test_a_part_may_be_larger_than_other_bodies(client: httpx.AsyncClient, wiring: Wiring) -> None:
    data = bytes(3 * MEBIBYTE)
    upload = await announce(client, size_bytes=len(data))
    assert (await client.put(upload["parts"][0]["url"], content=data)).status_code == 204


async def test_another_tenant_sees_nothing(client: httpx.AsyncClient, theirs: httpx.AsyncClient, small_parts: None) -> None:
    upload = await announce(client)
    url = f"{URL}/{upload['upload_id']}"
    answers = [
        await theirs.get(url),
        await theirs.get(f"{url}/parts"),
        await theirs.put(f"{url}/parts/1", content=piece(1)),
        await theirs.post(f"{url}/complete"),
        await theirs.delete(url),
        await theirs.post("/api/v1/jobs", json={"upload_id": upload["upload_id"]}),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)


async def test_a_removed_upload_leaves_nothing(client: httpx.AsyncClient, storage_root: Path, small_parts: None) -> None:
    upload = await announce(client)
    await send_parts(client, upload, 1)
    url = f"{URL}/{upload['upload_id']}"
    assert (await client.delete(url)).status_code == 204
    assert not [path for path in storage_root.rglob("*") if path.is_file()]
    assert (await client.delete(url)).status_code == 404
    assert (await client.put(upload["parts"][0]["url"], content=piece(1))).status_code == 404


async def test_an_upload_that_is_used_is_not_removed(client: httpx.AsyncClient, small_parts: None) -> None:
    upload = await announce(client)
    await send_parts(client, upload, 1, 2, 3)
    await client.post("/api/v1/jobs", json={"upload_id": upload["upload_id"]})
    response = await client.delete(f"{URL}/{upload['upload_id']}")
    assert (response.status_code, response.json()["error"]) == (409, "upload_gone")


async def test_what_expires_takes_no_part_and_is_removed(
    wiring: Wiring, connect: Connect, storage_root: Path, small_parts: None
) -> None:
    brief = wiring.settings.model_copy(update={"upload_expires_hours": -1.0})  # over as soon as it is announced
    async with connect(replace(wiring, settings=brief, now=lambda: utc_now() - timedelta(hours=2))) as client:
        upload = await announce(client)
        await send_parts(client, upload, 1)
    async with connect(wiring) as client:
        late = await client.put(upload["parts"][1]["url"], content=piece(2))
        assert (late.status_code, late.json()["error"]) == (409, "upload_gone")
        assert (await client.get(f"{URL}/{upload['upload_id']}/parts")).status_code == 409
        await remove_expired(wiring.database, wiring.settings)
        assert (await client.get(f"{URL}/{upload['upload_id']}")).status_code == 404
    assert not [path for path in storage_root.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("order", "field"),
    [
        ({"filename": "", "size_bytes": 1}, "filename"),
        ({"filename": "a", "size_bytes": 0}, "size_bytes"),
        ({"filename": "a", "size_bytes": "many"}, "size_bytes"),
        ({"filename": "a"}, "size_bytes"),
        ({"filename": "a", "size_bytes": 1, "options": {"asset_type": "CAR"}}, "options.asset_type"),
        ({"filename": "a", "size_bytes": 1, "options": {"scanner_type": "nonsense"}}, "scanner_type"),
        ({"filename": "a", "size_bytes": 1, "options": {"phoenix_client_id": "x"}}, "phoenix_client_secret"),
        ({"filename": "a", "size_bytes": 1, "options": {"phoenix_api_url": "http://169.254.169.254"}}, "phoenix_api_url"),
        ({"filename": "a", "size_bytes": 1, "options": {"webhook_url": "http://10.0.0.1/hook"}}, "webhook_url"),
        ({"filename": "a", "size_bytes": 1, "options": {"webhook_headers": {"Host": "x"}}}, "options.webhook_headers"),
    ],
)
async def test_what_is_wrong_is_said_before_anything_is_sent(
    client: httpx.AsyncClient, order: dict[str, Any], field: str
) -> None:
    response = await client.post(URL, json=order)
    assert response.status_code == 400
    assert field in response.json()["details"]["fields"]


async def test_a_webhook_that_comes_with_the_job_is_checked_as_well(client: httpx.AsyncClient) -> None:
    upload = await announce(client)
    response = await client.post(
        "/api/v1/jobs", json={"upload_id": upload["upload_id"], "options": {"webhook_url": "http://a/"}}
    )
    assert (response.status_code, list(response.json()["details"]["fields"])) == (400, ["webhook_url"])


async def test_a_report_above_the_limit_is_refused(client: httpx.AsyncClient, wiring: Wiring) -> None:
    order = {"filename": "a", "size_bytes": wiring.settings.max_direct_upload_bytes + 1}
    response = await client.post(URL, json=order)
    assert (response.status_code, response.json()["error"]) == (413, "too_large")


async def test_uploads_are_not_without_end(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serve_app.routes.direct_uploads.MOST_UNUSED", 1)
    await announce(client)
    response = await client.post(URL, json={"filename": "a", "size_bytes": 1})
    assert (response.status_code, response.json()["error"]) == (429, "too_many_uploads")
    assert "Retry-After" in response.headers


async def test_a_name_is_never_a_path(client: httpx.AsyncClient) -> None:
    upload = await announce(client, filename="../../etc/passwd\x00.json")
    assert upload["filename"] == "passwd.json"


async def test_many_parts_come_in_pages(client: httpx.AsyncClient, small_parts: None) -> None:
    upload = await announce(client, size_bytes=250 * PART)
    assert (len(upload["parts"]), upload["next_after"]) == (100, 100)
    page = (await client.get(f"{URL}/{upload['upload_id']}/parts?after=200")).json()
    assert (page["parts"][0]["number"], len(page["parts"]), page["next_after"]) == (201, 50, None)
    beyond = (await client.get(f"{URL}/{upload['upload_id']}/parts?after=9999")).json()
    assert (beyond["parts"], beyond["next_after"]) == ([], None)


@pytest.mark.parametrize("body", [b"x" * 100_000, b"[" * 60_000, b'{"filename": ', b"\xff"])
async def test_a_body_that_is_no_order_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 10_000):
            yield body[start : start + 10_000]

    response = await client.post(URL, content=chunks(), headers={"Content-Type": "application/json"})
    assert response.status_code in (400, 413)
    assert response.json()["error"] in ("invalid_parameters", "too_large", "refused")


async def test_credentials_of_the_options_are_not_kept_in_clear(
    client: httpx.AsyncClient, wiring: Wiring, small_parts: None, tmp_path: Path
) -> None:
    options = {"phoenix_client_id": "own", "phoenix_client_secret": "hush-hush", "webhook_headers": {"X-Build": "1"}}
    upload = await announce(client, options=options)
    await send_parts(client, upload, 1, 2, 3)
    job_id = (await client.post("/api/v1/jobs", json={"upload_id": upload["upload_id"]})).json()["job_id"]
    assert (await wiring.database.jobs.credentials(job_id)).client_secret == "hush-hush"
    assert await wiring.database.jobs.webhook_headers(job_id) == {"X-Build": "1"}
    assert not any(b"hush-hush" in path.read_bytes() for path in tmp_path.glob("jobs.db*"))
    assert "hush" not in json.dumps((await client.get(f"{URL}/{upload['upload_id']}")).json())


def test_parts_are_as_few_as_they_may_be() -> None:
    assert part_size(1) == part_size(MOST_PARTS * LEAST_PART_BYTES) == LEAST_PART_BYTES
    larger = part_size(10**12)
    assert larger % MEBIBYTE == 0
    assert -(-(10**12) // larger) <= MOST_PARTS


async def test_what_is_certainly_no_report_becomes_no_job(client: httpx.AsyncClient, wiring: Wiring) -> None:
    content = b"\x7fELF" + bytes(100)
    upload = await announce(client, size_bytes=len(content))
    assert (await client.put(upload["parts"][0]["url"], content=content)).status_code == 204
    refused = await client.post("/api/v1/jobs", json={"upload_id": upload["upload_id"]})
    assert (refused.status_code, refused.json()["error"]) == (400, "unreadable_report")
    assert (await wiring.database.jobs.list(EVERYWHERE))[0] == 0
