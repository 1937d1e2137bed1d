"""`up` again with other settings, while jobs run, reports arrive and people watch: nothing is lost, refused or told twice."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from ray_nodes import PHOENIX_SCAN
from topology_deployment import Deployment

from benchmarks.reports.kind import write_report
from benchmarks.reports.kinds import KINDS
from client.sdk import Event, SubmitOptions
from demo.arrived import contents_of
from demo.comparison import differences
from scanner.phoenix.sandbox.faults import Faults

pytestmark = pytest.mark.timeout(400)  # three nodes start on two cores, within the first test

PATIENCE = timedelta(seconds=180)
WATCHERS = 3


def test_nothing_is_lost_while_it_is_upgraded(deployment: Deployment, tmp_path: Path) -> None:
    wide, small = tmp_path / "wide.nessus", tmp_path / "small.nessus"
    told = write_report(KINDS["nessus"], wide, findings=20_000, assets=100)
    told_small = write_report(KINDS["nessus"], small, findings=20, assets=2)
    deployment.sandbox.faults = Faults(latency_seconds=0.1)
    before = deployment.nodes.actors()
    with deployment.client() as client, ThreadPoolExecutor(WATCHERS) as pool:
        large = client.submit(wide, SubmitOptions(assessment_name="during an upgrade"))
        watching = [pool.submit(watched, deployment, large.job_id) for _ in range(WATCHERS)]
        with sending(deployment, small) as sent:
            up_again(deployment, JOB_TIMEOUT="1800")
        after = deployment.nodes.actors()
        jobs = [client.wait(job_id, timeout=PATIENCE) for job_id in [large.job_id, *sent]]
        seen = [each.result() for each in watching]
    deployment.sandbox.faults = Faults()

    assert after.keys() == before.keys()
    assert not set(after.values()) & set(before.values()), "every actor is another one, with the new settings"
    assert len(sent) > 10
    assert {job.status for job in jobs} == {"completed"}
    snapshot = deployment.sandbox.snapshot()
    assert differences(told, contents_of(snapshot, "during an upgrade")) == []
    for number in range(len(sent)):
        assert differences(told_small, contents_of(snapshot, f"small {number}")) == []
    for events in seen:
        numbers = [event.seq for event in events if event.seq]
        assert numbers == list(range(1, numbers[-1] + 1))
    messages = [event.data.message or "" for event in seen[0]]
    assert sum("the service is renewed" in message for message in messages) == 1
    assert not any("died" in message for message in messages)


def up_again(deployment: Deployment, **changed: str) -> None:
    deployment.nodes.settings |= changed
    deployment.nodes.command(PHOENIX_SCAN, "up", "--json", "--port", str(urlsplit(deployment.url).port), timeout=170)


def watched(deployment: Deployment, job_id: str) -> list[Event]:
    with deployment.client() as client:
        return list(client.follow(job_id, timeout=PATIENCE))


@contextmanager
def sending(deployment: Deployment, report: Path) -> Iterator[list[str]]:
    """Uploads one report after the other, each into an assessment of its own, until the context ends; their jobs' ids."""
    sent: list[str] = []
    over = threading.Event()

    def send() -> None:
        with deployment.client() as client:
            while not over.is_set():
                sent.append(client.submit(report, SubmitOptions(assessment_name=f"small {len(sent)}")).job_id)
                time.sleep(0.5)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(send)
        try:
            yield sent
        finally:
            over.set()
            running.result()
