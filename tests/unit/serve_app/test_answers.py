"""Errors, health, and what every answer carries."""

import asyncio
import pickle
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from jobs_store.database import open_database
from jobs_store.errors import StorageUnavailableError
from jobs_store.storage import open_storage
from serve_app import errors
from serve_app.app import create_app
from serve_app.limiting.errors import LimitReachedError
from serve_app.wiring import Wiring, utc_now

Connect = Callable[..., httpx.AsyncClient]


async def test_health_when_all_is_well(client: httpx.AsyncClient) -> None:
    body = (await client.get("/api/v1/health")).json()
    assert body["status"] == "healthy"
    assert body["timestamp"].endswith("Z")
    assert body["version"]
    assert body["workers"] | {"status": "healthy", "active_workers": 2, "max_concurrent_jobs": 64} == body["workers"]
    assert body["queue"] == {"redis_status": "not_configured", "pending_jobs": 0, "processing_jobs": 0, "total_jobs": 0}
    assert {body[part]["status"] for part in ("database", "storage", "ray")} == {"healthy"}


async def test_health_is_degraded_while_the_cluster_is_away(client: httpx.AsyncClient, wiring: Wiring) -> None:
    wiring.cluster.away = True
    response = await client.get("/api/v1/health")
    assert response.status_code == 200
    assert (response.json()["status"], response.json()["ray"]["status"]) == ("degraded", "unhealthy")


async def test_without_a_database_it_is_unhealthy_and_says_so_with_503(wiring: Wiring, connect: Connect) -> None:
    database = open_database("postgresql://nobody:password-of-ours@127.0.0.1:1/none")
    async with database, connect(replace(wiring, database=database)) as client:
        health = await client.get("/api/v1/health")
        assert (health.status_code, health.json()["status"]) == (503, "unhealthy")
        assert health.json()["database"]["status"] == "unhealthy"
        assert health.headers["retry-after"]
        jobs = await client.get("/api/v1/jobs")
        assert (jobs.status_code, jobs.json()["error"]) == (503, "database_unavailable")
        assert jobs.headers["retry-after"]
        assert "127.0.0.1" not in jobs.text + health.text


class AwayStorage:
    """A storage whose server is away."""

    def __getattr__(self, name: str) -> object:
        def refuse(*_: object) -> None:
            raise StorageUnavailableError("s3.internal refused us")

        return refuse


async def test_without_storage_uploads_wait(wiring: Wiring, connect: Connect) -> None:
    async with connect(replace(wiring, storage=AwayStorage())) as client:
        response = await client.post("/api/v1/upload", files={"file": ("a", b"x")})
        assert (response.status_code, response.json()["error"]) == (503, "storage_unavailable")
        assert response.headers["retry-after"]
        assert "s3.internal" not in response.text
        assert (await client.get("/api/v1/health")).status_code == 503


async def test_those_who_ask_together_share_one_probe(wiring: Wiring, connect: Connect) -> None:
    probes = 0
    real = open_storage(wiring.settings.storage_url)

    class Counting:
        def ping(self) -> None:
            nonlocal probes
            probes += 1
            real.ping()

    moment = utc_now()
    async with connect(replace(wiring, storage=Counting(), now=lambda: moment)) as client:
        await asyncio.gather(*(client.get("/api/v1/health") for _ in range(20)))
    assert probes == 1


async def test_an_unexpected_error_shows_an_id_and_nothing_else(
    wiring: Wiring, connect: Connect, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken:
        def __getattr__(self, name: str) -> object:
            raise RuntimeError("internals of ours")

    async with connect(replace(wiring, database=Broken())) as client:
        response = await client.get("/api/v1/jobs")
    body = response.json()
    assert (response.status_code, body["error"]) == (500, "internal_error")
    assert "internals" not in response.text
    assert body["details"]["error_id"] in capsys.readouterr().out


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nowhere", 404, "not_found"), ("PUT", "/api/v1/jobs", 405, "method_not_allowed")],
)
async def test_what_the_framework_refuses_has_the_same_shape(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    response = await client.request(method, path)
    assert (response.status_code, response.json()["error"]) == (status, code)
    assert response.json().keys() == {"error", "message", "details", "timestamp", "request_id"}


async def test_another_content_type_is_415(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/upload", json={})
    assert (response.status_code, response.json()["error"]) == (415, "unsupported_media_type")


async def test_answers_are_compressed_and_carry_security_headers(client: httpx.AsyncClient) -> None:
    response = await client.get("/openapi.json")
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert (await client.get("/api/v1/ping")).headers["cache-control"] == "no-store"


async def test_no_origin_is_let_in_unless_it_is_listed(wiring: Wiring, connect: Connect) -> None:
    asking = {"Origin": "https://ui.example", "Access-Control-Request-Method": "GET"}
    async with connect(wiring) as client:
        assert "access-control-allow-origin" not in (await client.get("/api/v1/ping", headers=asking)).headers
    listed = replace(wiring, settings=wiring.settings.model_copy(update={"cors_origins": ("https://ui.example",)}))
    async with connect(listed) as client:
        allowed = await client.options("/api/v1/jobs", headers=asking)
        assert allowed.headers["access-control-allow-origin"] == "https://ui.example"
        other = await client.options("/api/v1/jobs", headers=asking | {"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers


async def test_formats(client: httpx.AsyncClient) -> None:
    formats = {found["slug"]: found for found in (await client.get("/api/v1/formats")).json()["formats"]}
    assert formats["trivy"].keys() == {"slug", "titles", "aliases", "scanner", "kinds", "asset_type"}
    assert "Trivy Scan" in formats["trivy"]["titles"]
    assert "csv" in formats["tenable"]["kinds"]


def test_the_openapi_document_describes_the_upload(wiring: Wiring) -> None:
    document = create_app(wiring).openapi()
    upload = document["paths"]["/api/v1/upload"]["post"]
    form = upload["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["required"] == ["file"]
    assert {"file", "scanner_type", "webhook_headers", "max_payload_mb"} <= form["properties"].keys()
    assert form["properties"]["max_batch_size"]["default"] == 500
    assert all(schema["description"] for schema in form["properties"].values())
    assert [parameter["name"] for parameter in upload["parameters"]] == ["Idempotency-Key"]
    assert upload["security"] == [{"APIKeyHeader": []}, {"HTTPBearer": []}]
    assert upload["responses"]["202"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/UploadAnswer"}
    assert {"202", "400", "401", "403", "413", "415", "503"} <= upload["responses"].keys()
    assert "$ref" not in str(form)


SAMPLES = [
    errors.MissingKeyError(),
    errors.WrongKeyError(),
    errors.NotAllowedError("admin"),
    errors.SignInError("it took too long"),
    errors.CrossSiteError(),
    errors.IssuerUnavailableError("no answer"),
    LimitReachedError("uploads_per_minute", 5, 60, 12),
    errors.InvalidParametersError({"a": "is wrong"}),
    errors.UnreadableReportError("it is empty"),
    errors.TooLargeError("the report", 5),
    errors.TooManyUploadsError(1000),
    errors.UnsupportedMediaError("text/plain", "multipart/form-data"),
    errors.JobEndedError("job-1", "failed"),
    errors.ReportGoneError("job-1"),
    errors.AlreadyRunningError("http://x", "/data"),
    errors.PortTakenError("127.0.0.1", 1),
    errors.StartError("why"),
    errors.RayDiedError("service.log"),
]


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
def test_errors_cross_process_borders(error: errors.ServeAppError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy)) == (type(error), str(error))


def test_every_error_is_among_the_samples() -> None:
    assert {type(sample) for sample in SAMPLES} == set(errors.ServeAppError.__subclasses__())


@pytest.mark.parametrize("path", ["/api/v1/jobs/{}", "/api/v2/jobs/{}", "/api/v1/formats/{}", "/api/v2/usage?tenant={}"])
async def test_what_was_sent_is_not_told_back_at_length(client: httpx.AsyncClient, path: str) -> None:
    refused = await client.get(path.format("x" * 5_000))
    assert 400 <= refused.status_code < 500
    assert len(refused.content) < 2_000


async def test_names_of_fields_are_not_told_back_at_length(client: httpx.AsyncClient) -> None:
    refused = await client.post("/api/v1/tenants", json={"name": "red", "x" * 5_000: 1})
    assert (refused.status_code, len(refused.content) < 2_000) == (400, True)


async def test_graphql_tells_no_more_of_it(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": f'{{ job(id: "{"x" * 5_000}") {{ id }} }}'})
    assert answer.json()["errors"][0]["extensions"]["error"] == "job_not_found"
    assert len(answer.content) < 2_000


async def test_pages_that_load_from_elsewhere_are_not_there(client: httpx.AsyncClient) -> None:
    assert (await client.get("/redoc")).status_code == 404
