"""``POST /api/v1/upload``, sentence by sentence."""

import asyncio
import gzip
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import Request
from tenant_making import make_key

from jobs_store.events import EventKind
from jobs_store.jobs import JobStatus
from jobs_store.reach import EVERYWHERE
from scanner.options import ImportOptions
from serve_app.identity.tokens import WatchTokens
from serve_app.routes.uploads import websocket_url
from serve_app.submitting import webhook_addresses
from serve_app.wiring import Wiring, utc_now

Connect = Callable[[Wiring], httpx.AsyncClient]
URL = "/api/v1/upload"
REPORT = b'{"SchemaVersion": 2, "ArtifactName": "a", "Results": []}'


async def upload(client: httpx.AsyncClient, name: str = "image.json", content: bytes = REPORT, **fields: str) -> httpx.Response:
    return await client.post(URL, files={"file": (name, content)}, data=fields)


def stored(root: Path) -> list[Path]:
    """Every file in storage, also those that are not visible yet."""
    return [path for path in root.rglob("*") if path.is_file()]


async def test_answers_202_with_the_job(client: httpx.AsyncClient, wiring: Wiring) -> None:
    response = await upload(client)
    assert response.status_code == 202
    body = response.json()
    assert body.keys() == {"job_id", "status", "message", "created_at", "websocket_url"}
    assert body["job_id"].startswith("job-")
    assert len(body["job_id"]) == 36
    assert body["status"] == "queued"
    assert body["created_at"].endswith("Z")
    job = await wiring.database.jobs.get(EVERYWHERE, body["job_id"])
    assert job.status is JobStatus.QUEUED
    assert job.file_size_bytes == len(REPORT)
    assert job.sha256 == hashlib.sha256(REPORT).hexdigest()
    assert wiring.storage.get(job.file_path) == REPORT
    assert job.file_path == f"received/{job.created_at:%Y%m%d}/{job.job_id}"
    assert wiring.cluster.woken == 1


async def test_the_first_events_are_written_with_the_job(client: httpx.AsyncClient, wiring: Wiring) -> None:
    job_id = (await upload(client)).json()["job_id"]
    first, second = await wiring.database.events.read(job_id)
    assert (first.seq, first.kind, json.loads(first.payload)["status"]) == (1, EventKind.STATUS, "queued")
    assert (second.seq, second.kind, json.loads(second.payload)["level"]) == (2, EventKind.LOG, "INFO")


async def test_the_websocket_url_carries_a_token_for_this_job(client: httpx.AsyncClient, wiring: Wiring) -> None:
    body = (await upload(client)).json()
    parts = urlsplit(body["websocket_url"])
    assert (parts.scheme, parts.netloc, parts.path) == ("ws", "scan.test", f"/ws/{body['job_id']}")
    tokens = WatchTokens("secret-of-the-tests", wiring.edge.websocket_token_lifetime)
    (token,) = parse_qs(parts.query)["token"]
    assert tokens.opens(token, body["job_id"], utc_now())
    assert not tokens.opens(token, "job-other", utc_now())


async def test_forwarded_headers_are_not_believed(client: httpx.AsyncClient) -> None:
    response = await client.post(
        URL, files={"file": ("a", REPORT)}, headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    )
    assert response.json()["websocket_url"].startswith("ws://scan.test/")


async def test_watchers_come_by_tls_where_the_service_speaks_it(wiring: Wiring) -> None:
    """HAProxy ends it: the request itself comes by HTTP. A public URL says itself what it is."""
    files = {"tls_cert": "certificate.pem", "tls_key": "key.pem"}
    for told, begin in (({}, "wss://scan.test/ws/"), ({"public_url": "http://outside.test"}, "ws://outside.test/ws/")):
        behind = replace(wiring, edge=wiring.edge.model_copy(update=files | told))
        asked = SimpleNamespace(base_url="http://scan.test/")
        assert websocket_url(cast(Request, asked), behind, "job-1").startswith(begin)


async def test_every_field_reaches_the_job(client: httpx.AsyncClient, wiring: Wiring) -> None:
    fields = {
        "scanner_type": "Trivy Scan",
        "asset_type": "container",
        "assessment_name": "nightly",
        "import_type": "merge",
        "phoenix_client_id": "own-id",
        "phoenix_client_secret": "own-secret",
        "phoenix_api_url": "https://other.example/api/",
        "enable_batching": "false",
        "fix_data": "0",
        "anonymize": "true",
        "just_tags": "yes",
        "create_empty_assets": "on",
        "create_inventory_assets": "True",
        "max_batch_size": "7",
        "max_payload_mb": "1.5",
        "webhook_url": "https://ci.example/hook",
        "webhook_headers": '{"X-Build": "12"}',
        "unknown": "ignored",
    }
    response = await upload(client, **fields)
    assert response.status_code == 202, response.text
    job = await wiring.database.jobs.get(EVERYWHERE, response.json()["job_id"])
    assert ImportOptions.decode(job.processing_options) == ImportOptions(
        scanner_type="trivy",
        asset_type="CONTAINER",
        assessment_name="nightly",
        import_type="merge",
        enable_batching=False,
        fix_data=False,
        anonymize=True,
        just_tags=True,
        create_empty_assets=True,
        create_inventory_assets=True,
        max_batch_size=7,
        max_payload_mb=1.5,
    )
    assert (job.scanner_type, job.asset_type, job.assessment_name, job.import_type) == (
        "Trivy Scan",
        "CONTAINER",
        "nightly",
        "merge",
    )
    credentials = await wiring.database.jobs.credentials(job.job_id)
    assert (credentials.client_id, credentials.client_secret) == ("own-id", "own-secret")
    assert credentials.api_url == "https://other.example/api/"
    assert await wiring.database.jobs.webhook_headers(job.job_id) == {"X-Build": "12"}


async def test_defaults(client: httpx.AsyncClient, wiring: Wiring) -> None:
    job = await wiring.database.jobs.get(
        EVERYWHERE, (await upload(client, asset_type="", webhook_headers=" ")).json()["job_id"]
    )
    assert ImportOptions.decode(job.processing_options) == ImportOptions()
    assert job.assessment_name is None
    assert job.scanner_type == "auto"


@pytest.mark.parametrize(
    ("filename", "fields", "path"),
    [
        ("services/api/trivy.json", {}, "services/api/trivy.json"),
        ("./services\\api/../trivy.json", {}, "services/api/../trivy.json"),
        ("trivy.json", {}, ""),
        ("trivy.json", {"path": "services/web/trivy.json"}, "services/web/trivy.json"),
    ],
)
async def test_a_template_waits_for_what_the_report_tells_and_keeps_the_path(
    client: httpx.AsyncClient, wiring: Wiring, filename: str, fields: dict[str, str], path: str
) -> None:
    files = {"file": (filename, REPORT)}
    response = await client.post(URL, files=files, data={"assessment_name": "{path} {asset}", **fields})
    job = await wiring.database.jobs.get(EVERYWHERE, response.json()["job_id"])
    options = ImportOptions.decode(job.processing_options)
    assert (job.filename, job.assessment_name) == ("trivy.json", None)
    assert (options.assessment_name, options.path) == ("{path} {asset}", path)


MAPPING = """\
slug: acme
scanner: Acme
asset_type: CODE
variants:
- {shape: lines, recognise: {keys: [rule]}, record: {asset: {code: {}}, finding: {name: rule}}}
"""


async def test_a_mapping_of_the_senders_own_where_the_service_allows_it(wiring: Wiring, connect: Connect) -> None:
    settings = wiring.settings.model_copy(update={"allow_sent_mappings": True})
    async with connect(replace(wiring, settings=settings)) as client:
        job_id = (await upload(client, mapping=MAPPING)).json()["job_id"]
        wrong = await upload(client, mapping=MAPPING.replace("name: rule", "nmae: rule"))
    options = ImportOptions.decode((await wiring.database.jobs.get(EVERYWHERE, job_id)).processing_options)
    assert (options.scanner_type, options.mapping) == ("acme", MAPPING.strip())
    assert wrong.status_code == 400
    assert "line 5, variants[0].record.finding.nmae" in wrong.json()["details"]["fields"]["mapping"]


async def test_no_mapping_is_taken_unless_the_service_allows_it(client: httpx.AsyncClient, wiring: Wiring) -> None:
    refused = await upload(client, mapping=MAPPING)
    assert refused.status_code == 400
    assert "ALLOW_SENT_MAPPINGS" in refused.json()["details"]["fields"]["mapping"]
    assert (await wiring.database.jobs.list(EVERYWHERE))[0] == 0


async def test_the_settings_name_is_for_those_that_have_none(wiring: Wiring, connect: Connect) -> None:
    settings = wiring.settings.model_copy(update={"assessment_name": "{scanner} {stem}"})
    async with connect(replace(wiring, settings=settings)) as client:
        sent = [await upload(client), await upload(client, assessment_name="mine")]
    jobs = [await wiring.database.jobs.get(EVERYWHERE, answer.json()["job_id"]) for answer in sent]
    names = [ImportOptions.decode(job.processing_options).assessment_name for job in jobs]
    assert names == ["{scanner} {stem}", "mine"]


async def test_a_placeholder_that_stands_for_nothing_is_refused_with_those_that_do(client: httpx.AsyncClient) -> None:
    response = await upload(client, assessment_name="{stem} on {host}")
    assert response.status_code == 400
    said = response.json()["details"]["fields"]["assessment_name"]
    assert said == "has {host}, which stands for nothing; there are {scanner}, {stem}, {path}, {asset}, {date}"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("asset_type", "PLANET"),
        ("import_type", "replace"),
        ("fix_data", "perhaps"),
        ("max_batch_size", "0"),
        ("max_batch_size", "99999999999999999999999999"),
        ("max_batch_size", "many"),
        ("max_payload_mb", "0"),
        ("max_payload_mb", "100.1"),
        ("max_payload_mb", "nan"),
        ("assessment_name", "x" * 257),
        ("assessment_name", "two\nlines"),
        ("phoenix_api_url", "https://elsewhere.example"),
        ("phoenix_api_url", "https://phoenix.example@elsewhere.example"),
        ("phoenix_api_url", "http://phoenix.example"),
        ("webhook_url", "ftp://ci.example/hook"),
        ("webhook_url", "https:///hook"),
        ("webhook_url", "https://ci.example:port/hook"),
        ("webhook_url", "https://user:word@ci.example/hook"),
        ("webhook_url", "https://ci.example:25/hook"),
        ("webhook_url", "http://2130706433/hook"),
        ("webhook_url", "http://127.0.0.1:8000/hook"),
        ("webhook_url", "http://169.254.169.254/latest"),
        ("webhook_url", "http://internal/hook"),
        ("webhook_url", "https://no-such.example/hook"),
        ("webhook_headers", "X-Build: 12"),
        ("webhook_headers", '{"X-Build": 12}'),
        ("webhook_headers", '{"Host": "elsewhere"}'),
        ("webhook_headers", '{"Transfer-Encoding": "chunked"}'),
        ("webhook_headers", '{"X-Build": "1\\r\\nHost: elsewhere"}'),
        ("webhook_headers", '{"X Build": "1"}'),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_kept(
    client: httpx.AsyncClient, wiring: Wiring, storage_root: Path, field: str, value: str
) -> None:
    response = await upload(client, **{field: value})
    assert response.status_code == 400
    body = response.json()
    assert body.keys() == {"error", "message", "details", "timestamp", "request_id"}
    assert body["error"] == "invalid_parameters"
    assert list(body["details"]["fields"]) == [field]
    assert field in body["message"]
    assert stored(storage_root) == []
    assert (await wiring.database.jobs.list(EVERYWHERE))[0] == 0


async def test_all_wrong_fields_are_named_at_once(client: httpx.AsyncClient) -> None:
    response = await upload(client, asset_type="X", import_type="Y", max_batch_size="Z")
    assert response.json()["details"]["fields"].keys() == {"asset_type", "import_type", "max_batch_size"}


async def test_an_unknown_scanner_is_refused_with_the_nearest(client: httpx.AsyncClient) -> None:
    response = await upload(client, scanner_type="trivvy")
    assert response.status_code == 400
    assert response.json()["error"] == "unknown_scanner_type"
    assert "trivy" in response.json()["details"]["closest"]
    assert "trivy" in response.json()["message"]


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"phoenix_client_id": "own"}, "phoenix_client_secret"),
        ({"phoenix_client_secret": "own"}, "phoenix_client_id"),
        ({"phoenix_api_url": "https://other.example/api"}, "phoenix_client_id"),
    ],
)
async def test_configured_credentials_are_never_mixed_with_a_jobs_own(
    client: httpx.AsyncClient, fields: dict[str, str], missing: str
) -> None:
    response = await upload(client, **fields)
    assert response.status_code == 400
    assert list(response.json()["details"]["fields"]) == [missing]


async def test_a_jobs_own_credentials_stay_with_the_url_that_they_came_for(client: httpx.AsyncClient, wiring: Wiring) -> None:
    response = await upload(client, phoenix_client_id="own", phoenix_client_secret="own")
    job = await wiring.database.jobs.get(EVERYWHERE, response.json()["job_id"])
    assert job.phoenix_api_url == "https://phoenix.example"


async def test_a_webhook_whose_name_servers_are_slow_is_taken(client: httpx.AsyncClient) -> None:
    """The courier looks again, and checks what it finds."""
    assert (await upload(client, webhook_url="https://slow-names.example/hook")).status_code == 202


async def test_the_time_for_looking_up_a_webhooks_host_is_bounded(
    wiring: Wiring, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_host: str, _port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    monkeypatch.setattr(webhook_addresses, "_RESOLVING_SECONDS", 0.01)
    async with connect(replace(wiring, resolve=never)) as client:
        assert (await upload(client, webhook_url="https://hooks.example/hook")).status_code == 202


async def test_the_configured_url_may_be_named_without_credentials(client: httpx.AsyncClient) -> None:
    assert (await upload(client, phoenix_api_url="https://PHOENIX.example:443/")).status_code == 202


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\scans\\web.nessus", "web.nessus"),
        ("/", "report"),
        ("..", "report"),
        ("x" * 300, "x" * 255),
        ("übersicht €.csv", "übersicht €.csv"),
    ],
)
async def test_a_file_name_is_only_a_label(client: httpx.AsyncClient, wiring: Wiring, name: str, kept: str) -> None:
    job_id = (await upload(client, name=name)).json()["job_id"]
    job = await wiring.database.jobs.get(EVERYWHERE, job_id)
    assert job.filename == kept
    assert job.file_path == f"received/{job.created_at:%Y%m%d}/{job_id}"


async def test_a_repetition_gets_the_first_job_and_its_upload_is_removed(
    client: httpx.AsyncClient, wiring: Wiring, storage_root: Path
) -> None:
    headers = {"Idempotency-Key": "build-7"}
    first = await client.post(URL, files={"file": ("a.json", REPORT)}, headers=headers)
    again = await client.post(URL, files={"file": ("a.json", REPORT)}, headers=headers)
    other = await client.post(URL, files={"file": ("a.json", REPORT)}, headers={"Idempotency-Key": "build-8"})
    assert again.status_code == 202
    assert again.json()["job_id"] == first.json()["job_id"] != other.json()["job_id"]
    assert len(stored(storage_root)) == 2


@pytest.mark.parametrize(
    ("report", "fields"), [(REPORT + b" ", {}), (REPORT, {"import_type": "merge"}), (REPORT, {"assessment_name": "other"})]
)
async def test_an_idempotency_key_is_not_for_another_request(
    client: httpx.AsyncClient, storage_root: Path, report: bytes, fields: dict[str, str]
) -> None:
    headers = {"Idempotency-Key": "build-7"}
    first = await client.post(URL, files={"file": ("a.json", REPORT)}, headers=headers)
    again = await client.post(URL, files={"file": ("a.json", report)}, data=fields, headers=headers)
    assert (again.status_code, again.json()["error"]) == (422, "idempotency_key_reused")
    assert again.json()["details"] == {"first": first.json()["job_id"]}
    assert len(stored(storage_root)) == 1


async def test_idempotency_keys_belong_to_a_tenant(client: httpx.AsyncClient, wiring: Wiring) -> None:
    key = await make_key(wiring.database, "payments")
    headers = {"Idempotency-Key": "same"}
    ours = await client.post(URL, files={"file": ("a", REPORT)}, headers=headers)
    theirs = await client.post(URL, files={"file": ("a", REPORT)}, headers=headers | {"X-API-Key": key})
    assert ours.json()["job_id"] != theirs.json()["job_id"]


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_an_idempotency_key_has_limits(client: httpx.AsyncClient, key: str) -> None:
    response = await client.post(URL, files={"file": ("a", REPORT)}, headers={"Idempotency-Key": key})
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_parameters"


async def test_without_credentials_anywhere_it_says_what_to_set(wiring: Wiring, connect: Connect) -> None:
    bare = replace(wiring, settings=wiring.settings.model_copy(update={"phoenix_client_id": ""}))
    async with connect(bare) as client:
        response = await upload(client)
        assert response.status_code == 400
        assert "PHOENIX_CLIENT_ID" in response.json()["message"]
        own = await upload(client, phoenix_client_id="a", phoenix_client_secret="b")
        assert own.status_code == 202


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\x7fELF\x02\x01\x01" + bytes(100), "is binary"),
        (b"%PDF-1.7\n" + bytes(range(32)) * 9, "is binary"),
        (b"report.json".ljust(257, b"\0") + b"ustar\x0000" + bytes(300), "is a tar archive: send its reports one by one"),
    ],
)
async def test_what_is_certainly_no_report_is_refused_at_once(
    client: httpx.AsyncClient, wiring: Wiring, storage_root: Path, content: bytes, said: str
) -> None:
    response = await upload(client, content=content)
    assert (response.status_code, response.json()["error"]) == (400, "unreadable_report")
    assert said in response.json()["message"]
    assert stored(storage_root) == []
    assert (await wiring.database.jobs.list(EVERYWHERE))[0] == 0


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(REPORT),
        REPORT.decode().encode("utf-16"),
        REPORT.decode().encode("utf-16-le"),
        "dünn;schön".encode("cp1252"),
    ],
    ids=["gzip", "utf-16", "utf-16 without mark", "cp1252"],
)
async def test_packed_and_other_encodings_are_taken(client: httpx.AsyncClient, content: bytes) -> None:
    assert (await upload(client, content=content)).status_code == 202


async def test_an_empty_file_may_be_a_clean_report_of_a_scanner_that_is_named(client: httpx.AsyncClient) -> None:
    assert (await upload(client, content=b"", scanner_type="nuclei")).status_code == 202
