"""`up` and `down` of the installed wheel, with a real Ray: what runs and listens; nothing stays, also after a crash."""

import asyncio
import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from certificates import certificate_for
from installed import Installed
from otlp_collector import Collector, otlp_collector
from servers import free_port
from websockets.asyncio.client import connect

from scanner.phoenix.sandbox.settings import CLIENT_ID, CLIENT_SECRET
from serve_app.embedded import processes
from serve_app.embedded.data_folder import DataFolder

pytestmark = pytest.mark.timeout(600)  # other tests may be keeping the machine busy
TRACE, METRICS_TOKEN = "4bf92f3577b34da6a3ce929d0e0e4736", "token-of-a-prometheus-server"
REPORT = {
    "SchemaVersion": 2,
    "ArtifactName": "registry.example/app:1",
    "ArtifactType": "container_image",
    "Results": [
        {
            "Target": "app",
            "Vulnerabilities": [
                {"VulnerabilityID": f"CVE-2026-{number}", "PkgName": "lib", "InstalledVersion": "1", "Severity": "HIGH"}
                for number in range(1000, 1005)
            ],
        }
    ],
}


@dataclass(frozen=True)
class Service:
    installed: Installed
    folder: DataFolder
    url: str
    port: int

    @property
    def key(self) -> dict[str, str]:
        return {"X-API-Key": self.folder.api_key_file.read_text().strip()}

    def up(self, *options: str) -> subprocess.CompletedProcess[str]:
        return self.run("up", "--port", str(self.port), *options)

    def down(self) -> subprocess.CompletedProcess[str]:
        return self.run("down")

    def run(self, command: str, *options: str) -> subprocess.CompletedProcess[str]:
        """From a folder in which there is no source that would be imported instead of what is installed."""
        arguments = [self.installed.phoenix_scan, command, "--data", str(self.folder.path), *options]
        return subprocess.run(arguments, capture_output=True, text=True, timeout=300, check=False, cwd=self.folder.path)

    def processes(self) -> set[int]:
        running = self.folder.running()
        assert running is not None
        return processes.marked(running.run) | {running.pid}


@pytest.fixture
def sandbox_url() -> Iterator[str]:
    """A Phoenix API in a process of its own."""
    command = [sys.executable, "-c", "import typer; from scanner.phoenix.sandbox.command import sandbox; typer.run(sandbox)"]
    with subprocess.Popen([*command, "--port", "0", "--json"], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.send_signal(signal.SIGINT)


@pytest.fixture
def collector() -> Iterator[Collector]:
    """Where its traces go, and the webhooks of jobs."""
    with otlp_collector() as collector:
        yield collector


@pytest.fixture
def service(
    with_service: Installed, tmp_path: Path, sandbox_url: str, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Service]:
    """Not started yet; whatever a test starts is gone after it."""
    for name in ("API_KEY", "SECRET_KEY", "DATABASE_URL", "STORAGE_URL", "REDIS_URL", "RAY_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    folder = DataFolder(tmp_path / "data")
    folder.make()
    folder.env_file.write_text(
        f"PHOENIX_API_URL={sandbox_url}\nPHOENIX_CLIENT_ID={CLIENT_ID}\nPHOENIX_CLIENT_SECRET={CLIENT_SECRET}\n"
        f"OTEL_EXPORTER_OTLP_ENDPOINT={collector.url}\nMETRICS_TOKEN={METRICS_TOKEN}\nAPI_MIN_REPLICAS=2\n"
        "SHORT_REPORT_MB=0.0005\nWEBHOOK_ALLOW_PRIVATE=true\n"
    )
    port = free_port()
    made = Service(with_service, folder, f"http://127.0.0.1:{port}", port)
    yield made
    made.down()


async def follow(url: str) -> AsyncIterator[dict[str, Any]]:
    async with connect(url) as socket:
        async for frame in socket:
            yield json.loads(frame)
        assert socket.close_code == 1000


async def import_a_report(service: Service, webhook_url: str) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(base_url=service.url, headers=service.key, timeout=30) as client:
        answer = await client.post(
            "/api/v1/upload",
            files={"file": ("image.json", json.dumps(REPORT))},
            data={"webhook_url": webhook_url},
            headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "X-Request-ID": "build-17"},
        )
        assert answer.status_code == 202, answer.text
        assert answer.headers.get_list("x-request-id") == ["build-17"]
        async with asyncio.timeout(60):
            return [frame async for frame in follow(answer.json()["websocket_url"])]


STEPS = {
    "receive report": ["POST /api/v1/upload"],
    "claim": ["POST /api/v1/upload"],
    "job": ["POST /api/v1/upload"],
    "read": ["read report", "job"],
    "translate": ["translate shard", "job"],
    "plan": ["plan partition", "job"],
    "store plan": ["job"],
    "POST /v1/import/assets": ["send batch", "import batch", "job"],
    "POST webhook": ["POST /api/v1/upload"],
}
"""Spans by what they are within; those of other processes among them."""


async def require_traced(collector: Collector) -> None:
    """All that the client's request caused is one trace, from process to process."""

    def ways(name: str) -> list[list[str]]:
        spans = [span for span in collector.named(name) if span.trace_id == TRACE]
        return [collector.ancestors(span)[: len(STEPS[name])] for span in spans]

    def complete() -> bool:
        return all(ways(name) and all(way == STEPS[name] for way in ways(name)) for name in STEPS)

    assert await asyncio.to_thread(collector.wait_until, complete), {name: ways(name) for name in STEPS}
    ours = [span for span in collector.spans if span.trace_id == TRACE]
    processes = {name: {span.process for span in ours if span.name == name} for name in ("job", "translate", "send batch")}
    assert len(set().union(*processes.values(), {collector.one("POST /api/v1/upload").process})) == 4, processes
    (webhook,) = collector.elsewhere
    assert webhook["traceparent"] == f"00-{TRACE}-{collector.named('POST webhook')[0].span_id}-01"


async def require_counted(service: Service) -> None:
    """Each replica that is asked tells the sums of all processes."""
    wanted = {
        'phoenix_scanner_http_requests_total{method="POST",route="/api/v1/upload",status="202"} 1.0',
        "phoenix_scanner_shards_translated_total 1.0",
        'phoenix_scanner_findings_imported_total{format="trivy"} 5.0',
        'phoenix_scanner_job_duration_seconds_count{format="trivy"} 1.0',
        'phoenix_scanner_webhook_deliveries_total{outcome="delivered"} 1.0',
        'phoenix_scanner_jobs{state="completed"} 1.0',
    }
    headers = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    told = 0
    async with asyncio.timeout(30), httpx.AsyncClient(headers=headers) as client:
        while told < 6:  # in a row, so that both replicas are among them
            answer = await client.get(f"{service.url}/metrics", headers={"Connection": "close"})
            told = told + 1 if wanted <= {*answer.raise_for_status().text.splitlines()} else 0
            await asyncio.sleep(0.1)


def submit_a_folder_with_a_broken_report(service: Service) -> None:
    """The command line, as a pipeline uses it."""
    reports = service.folder.path.parent / "reports"
    reports.mkdir()
    (reports / "image.json").write_text(json.dumps(REPORT))
    (reports / "cut.json").write_text(json.dumps(REPORT)[:-20])
    command = [service.installed.phoenix_scan, "submit", "--wait", "--json", str(reports)]
    environment = os.environ | {
        "PHOENIX_SCANNER_API_URL": service.url,
        "PHOENIX_SCANNER_API_KEY": service.key["X-API-Key"],
    }
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)
    assert ended.returncode == 1, ended.stderr  # one of the jobs has failed
    document = ended.stdout
    assert json.loads(document)
    assert '"vulnerabilities_imported":5' in document.replace(" ", "")
    assert "malformed report at cut.json" in document


async def test_a_service_from_its_start_over_a_crash_to_its_end(service: Service, collector: Collector) -> None:
    """One test for two starts, which take most of its time."""
    started = await asyncio.to_thread(service.up, "--detach", "--json")
    assert started.returncode == 0, started.stderr
    announced = json.loads(started.stdout)
    assert announced["url"] == service.url
    assert announced["new_api_key"] == service.key["X-API-Key"]
    assert announced["new_api_key"] not in Path(announced["log_file"]).read_text()
    ours = service.processes()
    assert listening_beyond_loopback(ours) == set()

    frames = await import_a_report(service, f"{collector.url}/hook")
    assert frames[0]["type"] == "connected"
    assert (frames[-1]["type"], frames[-1]["data"]["vulnerabilities_imported"]) == ("complete", 5)
    assert [frame["seq"] for frame in frames[1:]] == list(range(1, len(frames)))

    logged = [json.loads(line) for line in service.folder.processes_log.read_text().splitlines()]
    job_id = frames[0]["job_id"]
    assert [line["event"] for line in logged if line.get("job_id") == job_id] == ["the job is completed"]
    assert any(line["event"].startswith("the actor importer") for line in logged)

    await require_traced(collector)
    await require_counted(service)
    await require_nothing_left_of_a_killed_client(service)

    await asyncio.to_thread(submit_a_folder_with_a_broken_report, service)

    second = await asyncio.to_thread(service.up)
    assert (second.returncode, "already running" in second.stderr) == (2, True)

    ours = service.processes()
    crashed = service.folder.running()
    assert crashed is not None
    os.kill(crashed.pid, signal.SIGKILL)
    await require_stopped(service, ours)
    assert not Path(crashed.scratch).exists()

    certificate, key, authority = certificate_files(service.folder.path.parent)
    by_tls = ("--port", str(service.port), "--tls-cert", str(certificate), "--tls-key", str(key), "--json")
    with subprocess.Popen(
        [service.installed.phoenix_scan, "up", "--data", str(service.folder.path), *by_tls],
        cwd=service.folder.path,
        stdout=subprocess.PIPE,
        text=True,
    ) as foreground:
        try:
            assert foreground.stdout is not None
            announced = json.loads(await asyncio.to_thread(foreground.stdout.readline))
            assert "new_api_key" not in announced
            assert announced["url"] == service.url.replace("http://", "https://")
            await asyncio.to_thread(require_tls, announced["url"], service, authority)
            await require_stopped(service, service.processes())
            assert await asyncio.to_thread(foreground.wait, 60) == 0
        finally:
            foreground.terminate()  # what failed is told, instead of waiting for a service that nobody stops


def certificate_files(folder: Path) -> tuple[Path, Path, Path]:
    """Certificate, key, and whom to trust."""
    together, authority = certificate_for("localhost", folder)
    certificate, begin, key = together.read_text().partition("-----BEGIN PRIVATE KEY-----")
    for name, text in (("certificate.pem", certificate), ("key.pem", begin + key)):
        (folder / name).write_text(text)
    return folder / "certificate.pem", folder / "key.pem", authority


def require_tls(url: str, service: Service, authority: Path) -> None:
    """For the page, the API and the command, which follows its job over the WebSocket; and nothing else on that port."""
    trusting = ssl.create_default_context(cafile=authority)
    with httpx.Client(base_url=url, headers=service.key, verify=trusting, timeout=30) as client:
        assert client.get("/api/v1/jobs").json()["total"] == 3
        page = client.get("/")
        assert page.headers["Content-Type"].startswith("text/html")
        assert page.headers["Strict-Transport-Security"]
        report = {"file": ("image.json", json.dumps(REPORT))}
        sent = client.post("/api/v1/upload", files=report).json()
        assert sent["websocket_url"].startswith(url.replace("https://", "wss://"))
    with pytest.raises(httpx.TransportError):
        httpx.get(url.replace("https://", "http://"))
    command = [service.installed.phoenix_scan, "logs", "--follow", "--json", sent["job_id"]]
    told = {
        "PHOENIX_SCANNER_API_URL": url,
        "PHOENIX_SCANNER_API_KEY": service.key["X-API-Key"],
        "SSL_CERT_FILE": str(authority),
    }
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=os.environ | told)
    assert ended.returncode == 0, ended.stderr
    assert '"complete"' in ended.stdout


async def require_nothing_left_of_a_killed_client(service: Service) -> None:
    """Through HAProxy and Serve, which end its request in their own ways."""

    def unfinished() -> list[Path]:
        return list((service.folder.path / "objects").rglob(".job-*"))

    head = f"POST /api/v1/upload HTTP/1.1\r\nhost: here\r\nx-api-key: {service.key['X-API-Key']}\r\n"
    head += "content-type: multipart/form-data; boundary=cut\r\ncontent-length: 90000000\r\n\r\n"
    _, writer = await asyncio.open_connection("127.0.0.1", service.port)
    writer.write(
        head.encode() + b'--cut\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n' + b"x" * 3_000_000
    )
    async with asyncio.timeout(30):
        while not unfinished():
            await asyncio.sleep(0.05)
        writer.transport.abort()
        while unfinished():
            await asyncio.sleep(0.05)


async def require_stopped(service: Service, ours: set[int]) -> None:
    """`down` ends all of them, whether their first process lives or not."""
    stopped = await asyncio.to_thread(service.down)
    assert (stopped.returncode, stopped.stdout) == (0, "Stopped.\n")
    assert alive(ours) == set()
    assert service.folder.running() is None


def alive(pids: set[int]) -> set[str]:
    names = set()
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            names |= {process.name()} if process.status() != psutil.STATUS_ZOMBIE else set()
    return names


def listening_beyond_loopback(pids: set[int]) -> set[tuple[str, str, int]]:
    """A process that has ended since, as short-lived ones of Ray do, listens nowhere."""
    found = set()
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            listening = [each.laddr for each in process.net_connections("tcp") if each.status == psutil.CONN_LISTEN]
            beyond = (at for at in listening if not at.ip.removeprefix("::ffff:").startswith("127."))
            found |= {(process.name(), at.ip, at.port) for at in beyond}
    return found
