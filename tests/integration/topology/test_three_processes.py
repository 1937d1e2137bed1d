"""A report on several nodes: every finding arrives, with all of them and when one is lost in the middle."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from topology_deployment import Deployment

from benchmarks.reports.contents import Contents
from benchmarks.reports.kind import write_report
from benchmarks.reports.kinds import KINDS
from client.sdk import EventType, Job, PhoenixScanner, SubmitOptions
from demo.arrived import arrived
from demo.comparison import differences

pytestmark = pytest.mark.timeout(400)  # three nodes start on two cores, within the first test

PATIENCE = timedelta(seconds=120)


def make_report(path: Path, findings: int) -> Contents:
    return write_report(KINDS["nessus"], path, findings=findings, assets=100)


def require_all(deployment: Deployment, job: Job, told: Contents) -> None:
    assert job.status == "completed"
    assert job.assessment_name
    assert differences(told, arrived(deployment.sandbox, job.assessment_name)) == []
    assert (job.assets_imported, job.vulnerabilities_imported, job.skipped) == (len(told.assets), told.findings, 0)


def test_a_stranger_without_the_token_is_turned_away(deployment: Deployment) -> None:
    stranger = replace(deployment.nodes, token="f" * 64)
    with pytest.raises(AssertionError, match=r"(?i)token|authenticat"):
        stranger.nodes_of_tasks("translate ")


def test_shards_run_on_both_workers_and_every_finding_arrives(deployment: Deployment, tmp_path: Path) -> None:
    told = make_report(tmp_path / "wide.nessus", 20_000)
    with deployment.client() as client:
        sent = client.submit(tmp_path / "wide.nessus", SubmitOptions(assessment_name="wide"))
        job = client.wait(sent.job_id, timeout=PATIENCE)
    require_all(deployment, job, told)
    ran = deployment.nodes.nodes_of_tasks(f"translate {job.job_id} ")
    assert len(ran) == 2, ran
    assert sum(map(len, ran.values())) > 10


def test_a_worker_that_is_lost_in_the_middle_loses_nothing(deployment: Deployment, tmp_path: Path) -> None:
    told = make_report(tmp_path / "lost.nessus", 20_000)
    with deployment.client() as client:
        sent = client.submit(tmp_path / "lost.nessus", SubmitOptions(assessment_name="lost"))
        wait_for_shards(client, sent.job_id)
        deployment.nodes.nodes[-1].kill_raylet()
        job = client.wait(sent.job_id, timeout=PATIENCE)
    require_all(deployment, job, told)


def wait_for_shards(client: PhoenixScanner, job_id: str) -> None:
    """Until some shards are translated, but not all."""
    for event in client.follow(job_id, timeout=PATIENCE):
        step = event.data.current_step or ""
        if event.type == EventType.PROGRESS and step.startswith("translating: ") and not step.startswith("translating: 0 "):
            return
    raise AssertionError("the job ended before it could be disturbed")
