"""``deploy/monitoring`` with the real programs: rules by promtool, each panel's query by a Prometheus that scrapes the edge."""

import asyncio
import json
import re
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
import yaml
from limits.aio.storage import MemoryStorage
from memory_bus import MemoryBus
from servers import prometheus_programs, prometheus_server

from cluster.handle import ClusterHandle
from cluster.machine import BatchImported, PlanStored, Progress, ShardTranslated
from cluster.metering.jobs import JobMeter
from cluster.metering.metrics import METRICS, PREFIX
from cluster.settings import Settings
from jobs_store.database import open_database
from jobs_store.jobs import Batch
from jobs_store.secrets import SecretBox
from jobs_store.storage import open_storage
from scanner.collecting import Counts
from serve_app.app import create_app
from serve_app.edge_settings import EdgeSettings
from serve_app.wiring import Wiring

MONITORING = Path(__file__).parents[3] / "deploy" / "monitoring"
DASHBOARDS = sorted((MONITORING / "grafana" / "dashboards").glob("*.json"))
TOKEN = "token-of-a-prometheus-server"


def queries() -> Iterator[tuple[str, str]]:
    """Title of the panel and what it asks, with the variables that Grafana would put in."""
    for file in DASHBOARDS:
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel.get("targets", ()):
                yield panel["title"], target["expr"].replace("$__rate_interval", "1m").replace("$job", ".*")


@pytest.fixture
async def service(sqlite_url: str, tmp_path: Path) -> AsyncIterator[str]:
    """The address of an edge whose meter has counted a job."""
    settings = Settings(
        _env_file=None,
        api_key="key",
        secret_key="secret",
        metrics_token=TOKEN,
        database_url=sqlite_url,
        storage_url=(tmp_path / "objects").as_uri(),
    )
    wiring = Wiring(
        settings=settings,
        edge=EdgeSettings(_env_file=None),
        database=open_database(sqlite_url, secrets=SecretBox.from_setting("secret")),
        storage=open_storage(settings.storage_url),
        bus=MemoryBus(),
        cluster=ClusterHandle(),
        counters=MemoryStorage(),
    )
    job, done = JobMeter(wiring.telemetry.meter), Progress(format="trivy", counts=Counts(skipped=1))
    batch = Batch(1, "INFRA", "new", (), assets=1, findings=7, size_bytes=9)
    for event in (ShardTranslated(0, Counts(), seconds=0.2), PlanStored((batch,)), BatchImported(1)):
        job.answered(event, done, {1: batch})
    job.ended(done)
    config = uvicorn.Config(create_app(wiring), port=0, log_config=None, lifespan="off")
    serving = uvicorn.Server(config)
    config.load()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        task = asyncio.create_task(serving._serve([listening]))
        yield "127.0.0.1:{1}".format(*listening.getsockname())
        serving.should_exit = serving.force_exit = True
        await task
    await wiring.close()


@pytest.fixture
def configuration(service: str, tmp_path: Path) -> Path:
    """That of ``deploy``, with another target, a shorter interval and the token."""
    given = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
    given["global"]["scrape_interval"] = "500ms"
    (scraped,) = (each for each in given["scrape_configs"] if each["job_name"] == "phoenix-scanner")
    scraped["static_configs"] = [{"targets": [service]}]
    given["scrape_configs"] = [scraped]
    folder = tmp_path / "monitoring"
    folder.mkdir()
    (folder / "prometheus.yml").write_text(yaml.safe_dump(given))
    (folder / "metrics-token").write_text(TOKEN)
    (folder / "rules.yml").write_text((MONITORING / "rules.yml").read_text())
    return folder / "prometheus.yml"


async def test_each_panel_shows_something_of_a_real_scrape(configuration: Path) -> None:
    with prometheus_server(configuration) as prometheus:
        async with asyncio.timeout(60), httpx.AsyncClient(base_url=prometheus) as client:
            left = dict(queries())
            assert len(left) > 15
            while left:  # a rate takes two scrapes
                asked = {title: await ask(client, query) for title, query in left.items()}
                left = {title: query for title, query in left.items() if not asked[title]}
                await asyncio.sleep(0.2)
            names = (await client.get("/api/v1/label/__name__/values")).json()["data"]
            alerts = (await client.get("/api/v1/rules")).json()["data"]["groups"][0]["rules"]
    families = {re.sub("_(bucket|count|sum)$", "", name) for name in names}
    assert families >= {PREFIX + metric.name for metric in METRICS}
    assert {alert["health"] for alert in alerts} <= {"ok", "unknown"}, "a rule that cannot be evaluated"


async def ask(client: httpx.AsyncClient, query: str) -> list[Any]:
    answer = await client.get("/api/v1/query", params={"query": query})
    result: list[Any] = answer.raise_for_status().json()["data"]["result"]
    return result


@pytest.mark.parametrize(
    "command", [("check", "rules", "rules.yml"), ("test", "rules", "rules.test.yml")], ids=["rules", "tests of rules"]
)
def test_promtool_finds_nothing_wrong(command: tuple[str, ...]) -> None:
    tool = prometheus_programs() / "promtool"
    checked = subprocess.run([tool, *command], cwd=MONITORING, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_alert_is_tested_and_explained() -> None:
    alerts = {rule["alert"] for rule in yaml.safe_load((MONITORING / "rules.yml").read_text())["groups"][0]["rules"]}
    tested = (MONITORING / "rules.test.yml").read_text()
    told = (MONITORING.parents[1] / "docs" / "monitoring.md").read_text()
    assert {alert for alert in alerts if alert not in tested} == set()
    assert {alert for alert in alerts if f"`{alert}`" not in told} == set()


def test_every_metric_is_on_the_dashboard_and_in_the_documentation() -> None:
    shown = " ".join(query for _, query in queries())
    told = (MONITORING.parents[1] / "docs" / "monitoring.md").read_text()
    assert [metric.name for metric in METRICS if PREFIX + metric.name not in shown] == []
    assert [metric.name for metric in METRICS if f"`{metric.name}" not in told] == []
