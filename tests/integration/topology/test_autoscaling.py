"""Nodes come for shards that wait and go when they are idle, by Ray's own autoscaler and its fake provider of nodes."""

import re
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from ray_nodes import LARGE, PHOENIX_SCAN, WORKER_STORE_BYTES, ray_nodes
from servers import free_port
from topology_deployment import API_KEY, CANARIES, Deployment

from benchmarks.reports.contents import Contents
from benchmarks.reports.kind import write_report
from benchmarks.reports.kinds import KINDS
from client.sdk import Job, JobStatus, SubmitOptions
from demo.arrived import arrived
from demo.comparison import differences
from scanner.phoenix.sandbox.server import SandboxServer

pytestmark = pytest.mark.timeout(300)  # a cluster starts on two cores

MOST_WORKERS = 2
STRANGERS = 4
"""Tenants whose actors start while workers are there: one of them at least would land on a worker where it may."""


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    """A head that carries the service, and no worker."""
    with SandboxServer() as sandbox, tempfile.TemporaryDirectory(prefix="scale-", dir="/tmp") as name:
        folder = Path(name)
        settings = {
            "API_KEY": API_KEY,
            "SECRET_KEY": CANARIES["secret"],
            "DATABASE_URL": f"sqlite:///{folder}/jobs.db",
            "STORAGE_URL": f"file://{folder}/objects",
            "PHOENIX_API_URL": sandbox.url,  # credentials come with uploads: their actor starts when workers are there
            "PHOENIX_SCANNER_DATA": name,
            "ACTOR_RESOURCE": "base",
            "API_RESOURCE": "base",
            "API_MAX_REPLICAS": "1",
            "SHORT_REPORT_MB": "0.5",
            "SHARD_MB": "2",
            "LARGE_REPORT_MB": "100",
        }
        with ray_nodes(folder, settings, autoscaled=MOST_WORKERS) as nodes:
            port = free_port()
            nodes.command(PHOENIX_SCAN, "up", "--json", "--port", str(port), timeout=170)
            yield Deployment(nodes, f"http://127.0.0.1:{port}", sandbox)


def test_workers_come_with_a_report_and_go_after_it(deployment: Deployment, tmp_path: Path) -> None:
    assert workers(deployment) == 0
    write_report(KINDS["nessus"], tmp_path / "small.nessus", findings=10, assets=1)
    with deployment.client() as client:
        for number in range(STRANGERS):
            options = SubmitOptions(phoenix_client_id=f"stranger {number}", phoenix_client_secret="unknown to the sandbox")
            client.submit(tmp_path / "small.nessus", options)

    told = write_report(KINDS["nessus"], tmp_path / "wide.nessus", findings=20_000, assets=100)
    job = imported(deployment, tmp_path / "wide.nessus", told)
    ran = deployment.nodes.nodes_of_tasks(f"translate {job.job_id} ")
    assert MOST_WORKERS <= len(ran) <= 2 * MOST_WORKERS, "those for large reports help where they have nothing else to do"
    with deployment.client() as client:
        refused = client.jobs(status=JobStatus.FAILED)
    assert [job.filename for job in refused.jobs] == STRANGERS * ["small.nessus"]

    while workers(deployment):  # idle ones go after three seconds; else the test's own timeout says so
        time.sleep(0.5)


def test_large_reports_have_nodes_of_their_own_and_hold_up_nobody(deployment: Deployment, tmp_path: Path) -> None:
    """The autoscaler starts nodes of both kinds. What does not fit their object stores is spilled: blocks are about as large as
    the report that they come from, and stay until all of them are there."""
    report, small = tmp_path / "large.json", tmp_path / "small.nessus"
    told = write_report(KINDS["trivy"], report, findings=110_000, assets=1)
    told_small = write_report(KINDS["nessus"], small, findings=2000, assets=10)
    assert report.stat().st_size > MOST_WORKERS * WORKER_STORE_BYTES
    assert small.stat().st_size > 1_000_000, "it has shards, too"

    large = submitted(deployment, report)
    with deployment.client() as client:
        assert any("cut into" in (event.data.message or "") for event in client.follow(large.job_id))
    overtaking = imported(deployment, small, told_small)
    with deployment.client() as client:
        assert not client.job(large.job_id).status.ended
    ended(deployment, large, report, told)

    nodes = deployment.nodes
    ran = set(nodes.nodes_of_tasks(f"translate {large.job_id} "))
    assert ran
    assert ran <= nodes.labelled(LARGE)
    assert nodes.nodes_of_tasks(f"translate {overtaking.job_id} ")
    logs = deployment.nodes.folder.glob("ray/session_*/logs/raylet*")
    assert any(re.search(r"Spilled [1-9]\d* MiB", log.read_text(errors="replace")) for log in logs)


def imported(deployment: Deployment, report: Path, told: Contents) -> Job:
    """The job, once it has ended well and every finding is in Phoenix."""
    return ended(deployment, submitted(deployment, report), report, told)


def submitted(deployment: Deployment, report: Path) -> Job:
    sandbox = deployment.sandbox
    options = SubmitOptions(
        assessment_name=report.stem, phoenix_client_id=sandbox.client_id, phoenix_client_secret=sandbox.client_secret
    )
    with deployment.client() as client:
        return client.submit(report, options)


def ended(deployment: Deployment, sent: Job, report: Path, told: Contents) -> Job:
    with deployment.client() as client:
        job = client.wait(sent.job_id, timeout=timedelta(seconds=120))
    assert differences(told, arrived(deployment.sandbox, report.stem)) == []
    assert (job.status, job.vulnerabilities_imported, job.skipped) == ("completed", told.findings, 0)
    return job


def workers(deployment: Deployment) -> int:
    """Nodes beside the head, as the service sees them."""
    health = httpx.get(f"{deployment.url}/api/v1/health", timeout=20).raise_for_status().json()
    nodes: int = health["ray"]["nodes"]
    return nodes - 1
