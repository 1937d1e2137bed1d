"""Traces: from the client's ``traceparent`` to the job's row, and to a collector; and nothing where there is none."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import httpx
import pytest
from otlp_collector import Collector, otlp_collector
from pydantic import SecretStr

from cluster import tracing
from cluster.metering import Meter
from cluster.phoenix_observer import PhoenixObserver
from jobs_store.reach import EVERYWHERE
from serve_app.wiring import Wiring

Connect = Callable[..., httpx.AsyncClient]
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CLIENT = f"00-{TRACE}-00f067aa0ba902b7-01"
SERVER_KIND, CLIENT_KIND = 2, 3


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    tracing.close()  # what other tests have found: that there is none
    with otlp_collector() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-collector-key=opens-the-collector")
        yield collector
        tracing.close()


async def upload(client: httpx.AsyncClient, **headers: str) -> str:
    report = b'{"SchemaVersion": 2, "ArtifactName": "secret-artifact", "Results": []}'
    answer = await client.post("/api/v1/upload?api_key=in-the-query", files={"file": ("a.json", report)}, headers=headers)
    job_id: str = answer.raise_for_status().json()["job_id"]
    return job_id


async def test_an_upload_is_part_of_the_clients_trace(client: httpx.AsyncClient, wiring: Wiring, collector: Collector) -> None:
    job_id = await upload(client, traceparent=CLIENT)
    tracing.close()
    request = collector.one("POST /api/v1/upload")
    assert (request.trace_id, request.parent_id, request.kind) == (TRACE, "00f067aa0ba902b7", SERVER_KIND)
    assert request.attributes == {
        "http.request.method": "POST",
        "http.route": "/api/v1/upload",
        "http.response.status_code": 202,
    }
    for name in ("receive report", "write job"):
        assert collector.ancestors(collector.one(name)) == ["POST /api/v1/upload"]
        assert collector.one(name).attributes == {"phoenix.job_id": job_id}
    job = await wiring.database.jobs.get(EVERYWHERE, job_id)
    assert job.traceparent == f"00-{TRACE}-{request.span_id}-01"
    assert collector.headers[0]["x-collector-key"] == "opens-the-collector"


async def test_nothing_secret_is_told(client: httpx.AsyncClient, collector: Collector) -> None:
    await upload(client)
    await client.get("/api/v1/jobs/job-of-somebody?token=in-the-query")
    tracing.close()
    told = repr(collector.spans)
    for secret in ("in-the-query", "secret-artifact", "key-of-the-tests", "job-of-somebody", "configured-secret"):
        assert secret not in told
    assert collector.one("GET /api/v1/jobs/{job_id}").attributes["http.response.status_code"] == 404


async def test_errors_of_the_service_are_marked_and_not_quoted(wiring: Wiring, connect: Connect, collector: Collector) -> None:
    class Broken:
        def __getattr__(self, name: str) -> object:
            raise RuntimeError("internals of ours")

    async with connect(replace(wiring, database=Broken())) as client:
        assert (await client.get("/api/v1/jobs")).status_code == 500
    tracing.close()
    span = collector.one("GET /api/v1/jobs")
    assert (span.failed, span.attributes["http.response.status_code"]) == (True, 500)
    assert "internals" not in repr(collector.spans)


async def test_what_is_asked_all_the_time_is_not_traced(client: httpx.AsyncClient, collector: Collector) -> None:
    for path in ("/api/v1/ping", "/api/v1/health", "/metrics", "/api/v1/formats"):
        await client.get(path)
    tracing.close()
    assert [span.name for span in collector.spans] == ["GET /api/v1/formats"]


@pytest.mark.parametrize("sent", ["", "00-0-0-01", f"00-{'0' * 32}-00f067aa0ba902b7-01", CLIENT.upper(), CLIENT + "-x"])
async def test_what_is_no_traceparent_begins_a_trace(client: httpx.AsyncClient, collector: Collector, sent: str) -> None:
    await client.get("/api/v1/formats", headers={"traceparent": sent})
    tracing.close()
    assert collector.one("GET /api/v1/formats").parent_id == ""


async def test_without_a_collector_the_clients_trace_is_still_the_jobs(client: httpx.AsyncClient, wiring: Wiring) -> None:
    assert not tracing.is_on()
    job_id = await upload(client, traceparent=CLIENT, **{"X-Request-ID": "mine"})
    job = await wiring.database.jobs.get(EVERYWHERE, job_id)
    assert (job.traceparent, job.request_id) == (CLIENT, "mine")
    assert '"request_id":"mine"' in (await wiring.database.events.read(job_id))[1].payload.replace(" ", "")


def test_a_request_to_phoenix_is_a_child_that_takes_its_trace_along(collector: Collector) -> None:
    observer = PhoenixObserver(Meter())
    with tracing.span("send batch", parent=CLIENT):
        with observer.sending("POST", "/v1/import/assets") as request:
            sent = request.headers["traceparent"]
            request.answered(202)
        with pytest.raises(ConnectionError), observer.sending("GET", "/v1/import/assets/file/translate/request/{id}"):
            raise ConnectionError("to a host with a name")
    tracing.close()
    posted = collector.one("POST /v1/import/assets")
    assert (posted.trace_id, posted.kind, posted.failed) == (TRACE, CLIENT_KIND, False)
    assert sent == f"00-{TRACE}-{posted.span_id}-01"
    assert collector.ancestors(posted) == ["send batch"]
    lost = collector.one("GET /v1/import/assets/file/translate/request/{id}")
    assert (lost.failed, lost.attributes.get("error.type")) == (True, "ConnectionError")
    assert "host with a name" not in repr(collector.spans)


def test_nothing_of_opentelemetry_is_loaded_where_no_endpoint_is_set() -> None:
    """Each process for tasks would pay for it."""
    program = (
        "import sys\n"
        "from cluster import tracing\n"
        "with tracing.span('job') as span: assert span.traceparent is None\n"
        "assert tracing.current() is None\n"
        "print(sorted(name for name in sys.modules if name.startswith(('opentelemetry', 'pydantic'))))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_collectors_key_is_a_secret(wiring: Wiring) -> None:
    settings = wiring.settings.model_copy(update={"otel_exporter_otlp_headers": SecretStr("key=opens-the-collector")})
    assert "opens-the-collector" not in repr(settings.__reduce__())
