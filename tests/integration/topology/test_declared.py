"""The service as a Serve config declares it, put to the head's dashboard as KubeRay does for a RayService."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import yaml
from topology_deployment import Deployment

from benchmarks.reports.kind import write_report
from benchmarks.reports.kinds import KINDS
from client.sdk import SubmitOptions
from demo.arrived import arrived
from demo.comparison import differences
from serve_app.deployment import APPLICATION

pytestmark = pytest.mark.timeout(400)  # three nodes start on two cores, within the first test

MANIFEST = Path(__file__).parents[3] / "deploy" / "kubernetes" / "rayservice.yaml"
PATIENCE = timedelta(seconds=120)


def test_it_is_declared_and_renewed_with_another_version(deployment: Deployment, tmp_path: Path) -> None:
    """In the place of the one that `up` has deployed."""
    report = tmp_path / "declared.nessus"
    told = write_report(KINDS["nessus"], report, findings=2000, assets=20)
    by_up, actors = replicas(deployment), deployment.nodes.actors()

    declare(deployment, version="1")
    by_config = replicas(deployment)
    assert not by_config & by_up
    assert deployment.nodes.actors() == actors, "same version, same settings"
    with deployment.client() as client:
        job = client.submit(report, SubmitOptions(assessment_name="declared"))
        assert client.wait(job.job_id, timeout=PATIENCE).vulnerabilities_imported == told.findings
    assert differences(told, arrived(deployment.sandbox, "declared")) == []

    # Serve names no replica to its proxies while it builds, nor where that failed: clients are told to come again
    failed = declared(deployment, {"version": "2", "database_url": "postgresql://somewhere"})
    assert failed["status"] == "DEPLOY_FAILED"
    assert "database_url" in failed["message"]
    assert "postgresql://somewhere" not in failed["message"], "no secret is taken as an argument, nor shown"
    declare(deployment, version="3")
    assert not replicas(deployment) & by_config
    assert deployment.nodes.actors() == actors
    assert httpx.get(f"{deployment.url}/api/v1/ping").is_success


def declare(deployment: Deployment, *, version: str) -> None:
    status = declared(deployment, {"version": version})
    assert status["status"] == "RUNNING", status["message"]


def declared(deployment: Deployment, arguments: dict[str, str]) -> dict[str, Any]:
    """What has become of the application, with the manifest's config but for the address and the arguments."""
    spec = yaml.safe_load(MANIFEST.read_text())["spec"]
    config = yaml.safe_load(spec["serveConfigV2"])
    config["http_options"] = {"host": "127.0.0.1", "port": urlsplit(deployment.url).port}
    config["applications"][0]["args"] = arguments
    with dashboard(deployment) as ray:
        sent = ray.put("/api/serve/applications/", json=config)
        assert sent.is_success, sent.text
        while (status := application(ray))["status"] in ("NOT_STARTED", "DEPLOYING"):
            time.sleep(0.5)  # the test's own timeout ends it
    return status


def replicas(deployment: Deployment) -> set[str]:
    with dashboard(deployment) as ray:
        return {
            each["replica_id"] for each in application(ray)["deployments"]["edge"]["replicas"] if each["state"] == "RUNNING"
        }


def application(ray: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = ray.get("/api/serve/applications/").raise_for_status().json()["applications"][APPLICATION]
    return found


def dashboard(deployment: Deployment) -> httpx.Client:
    nodes = deployment.nodes
    address = f"http://127.0.0.1:{nodes.dashboard_port}"
    return httpx.Client(base_url=address, headers={"Authorization": f"Bearer {nodes.token}"}, timeout=60)
