"""``/metrics``: who may scrape, what is told, and that its labels stay few."""

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from tenant_making import make_key

from cluster.metering.metrics import METRICS, PREFIX
from jobs_store.errors import StoreUnavailableError
from jobs_store.jobs import JobStatus, NewJob
from jobs_store.keys import Scope
from serve_app.app import create_app
from serve_app.edge_settings import EdgeSettings
from serve_app.wiring import Wiring

Connect = Callable[..., httpx.AsyncClient]
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]
TOKEN = "token-of-a-prometheus-server"


async def scrape(client: httpx.AsyncClient) -> Samples:
    """By name without the prefix, and labels."""
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.raise_for_status().text)
    return {
        (sample.name.removeprefix(PREFIX), tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def requests_of(samples: Samples) -> dict[tuple[str, str, str], float]:
    return {
        (labels["method"], labels["route"], labels["status"]): value
        for (name, pairs), value in samples.items()
        if name == "http_requests_total" and (labels := dict(pairs))
    }


@pytest.fixture
def with_token(wiring: Wiring) -> Wiring:
    return replace(wiring, settings=wiring.settings.model_copy(update={"metrics_token": SecretStr(TOKEN)}))


async def test_only_operators_scrape_unless_there_is_a_token(wiring: Wiring, connect: Connect) -> None:
    operator = await make_key(wiring.database, "ops", Scope.OPERATOR)
    admin = await make_key(wiring.database, "acme", Scope.ADMIN, Scope.READ, Scope.SUBMIT)
    for key, status in ((operator, 200), (admin, 403), ("no-key-at-all", 403), ("", 401)):
        async with connect(wiring, key) as client:
            assert (await client.get("/metrics")).status_code == status, key


async def test_the_token_opens_the_metrics_and_nothing_else(with_token: Wiring, connect: Connect) -> None:
    async with connect(with_token, "") as client:
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        assert (await client.get("/metrics")).status_code == 200
        assert (await client.get("/api/v1/jobs")).status_code == 403
        client.headers["Authorization"] = f"Bearer {TOKEN}x"
        assert (await client.get("/metrics")).status_code == 403


async def test_every_metric_is_there_from_the_beginning(client: httpx.AsyncClient) -> None:
    text = (await client.get("/metrics")).text
    for metric in METRICS:
        family = (PREFIX + metric.name).removesuffix("_total") if metric.kind == "counter" else PREFIX + metric.name
        assert f"# TYPE {family}{'_total' if metric.kind == 'counter' else ''} {metric.kind}\n" in text
    samples = await scrape(client)
    assert samples["jobs", (("state", "queued"),)] == 0
    assert samples["phoenix_requests_total", (("outcome", "throttled"),)] == 0
    assert samples["shard_duration_seconds_bucket", (("le", "+Inf"),)] == 0
    assert samples["websocket_watchers", ()] == 0


async def test_requests_are_counted_by_the_route_as_declared(client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/jobs/job-1", "/api/v1/jobs/job-2", "/no/such/path", "/api/v1/jobs?page=0"):
        await client.get(path)
    await client.request("BREW", "/api/v1/ping")
    counted = requests_of(await scrape(client))
    assert counted["GET", "/api/v1/jobs/{job_id}", "404"] == 2
    assert counted["GET", "other", "404"] == 1
    assert counted["GET", "/api/v1/jobs", "400"] == 1
    assert counted["other", "/api/v1/ping", "405"] == 1
    samples = await scrape(client)
    assert samples["http_request_duration_seconds_count", ()] == 6  # the first scrape is among them
    assert not any("job-1" in str(labels) or "/no/such" in str(labels) for _, labels in samples)


async def test_uploads_and_the_queue(client: httpx.AsyncClient, wiring: Wiring) -> None:
    report = b'{"SchemaVersion": 2, "ArtifactName": "a", "Results": []}'
    (await client.post("/api/v1/upload", files={"file": ("a.json", report)})).raise_for_status()
    samples = await scrape(client)
    assert samples["uploads_bytes_total", ()] == len(report)
    assert samples["jobs", (("state", "queued"),)] == 1
    assert samples["jobs", (("state", "failed"),)] == 0
    assert 0 <= samples["queue_oldest_seconds", ()] < 60


async def test_the_queue_is_asked_for_once_in_a_while(client: httpx.AsyncClient, wiring: Wiring) -> None:
    assert (await scrape(client))["jobs", (("state", "queued"),)] == 0
    await wiring.database.jobs.create(NewJob(job_id="job-1", filename="a", file_path="jobs/job-1/upload", file_size_bytes=1))
    assert (await scrape(client))["jobs", (("state", "queued"),)] == 0


async def test_without_a_database_the_other_metrics_are_told(
    client: httpx.AsyncClient, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> None:
        raise StoreUnavailableError("the database is away")

    monkeypatch.setattr(wiring.database.jobs, "counts", away)
    samples = await scrape(client)
    assert samples["uploads_bytes_total", ()] == 0
    assert not {name for name, _ in samples} & {"jobs", "queue_oldest_seconds"}


async def test_refusals_for_limits_are_counted_by_limit(wiring: Wiring, connect: Connect) -> None:
    limited = replace(wiring, edge=EdgeSettings(_env_file=None, limit_jobs_waiting=0, limit_uploads_per_minute=5))
    async with connect(limited) as client:
        assert (await client.post("/api/v1/upload", files={"file": ("a.json", b"{}")})).status_code == 429
        samples = await scrape(client)
    assert samples["rate_limited_total", (("limit", "jobs_waiting"),)] == 1
    assert samples["rate_limited_total", (("limit", "uploads_per_minute"),)] == 0


async def test_openmetrics_where_that_is_asked_for(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_every_state_has_a_series() -> None:
    assert {metric.name for metric in METRICS if metric.labels == ("state",)} == {"jobs"}
    assert len({metric.name for metric in METRICS}) == len(METRICS) == 17
    assert len(JobStatus) == 6


@pytest.mark.parametrize("path", ["/graphql", "/api/v1/trials", "/api/v1/upload", "/api/v2/jobs/cancel"])
async def test_a_client_that_hangs_up_is_no_failure_of_ours(
    wiring: Wiring, client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    heard = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    kind = "multipart/form-data; boundary=x" if path.endswith("upload") else "application/json"
    headers = {"X-API-Key": client.headers["X-API-Key"], "Content-Type": kind, "Content-Length": "100", "Host": "scan.test"}

    async def receive() -> dict[str, object]:
        return next(heard)

    async def send(_message: dict[str, object]) -> None:
        pass

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "scheme": "http",
        "server": ("scan.test", 80),
        "client": ("127.0.0.1", 1),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    await create_app(wiring)(scope, receive, send)
    (status,) = [status for method, _, status in requests_of(await scrape(client)) if method == "POST"]
    assert 400 <= int(status) < 500
    assert "error" not in capsys.readouterr().out
