"""No secret is where people look who may not know it: Ray's state and its Redis, its logs and events, the database.

Ray keeps and shows what actors and tasks are started with. Each secret is a canary; the places are read as a whole.
"""

import json
import os
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from redis import Redis
from topology_deployment import CANARIES, Deployment

from benchmarks.reports.kind import write_report
from benchmarks.reports.kinds import KINDS
from client.sdk import SubmitOptions
from jobs_store.storage import open_storage
from serve_app.embedded import processes

pytestmark = pytest.mark.timeout(400)  # three nodes start on two cores, within the first test

PATIENCE = timedelta(seconds=120)
BROUGHT = {name: f"canary-{name}-of-a-job-0123456789abcdef" for name in ("secret", "header", "hook")}


LISTED = """
import json, sys
from ray.util import state

kinds = ("actors", "tasks", "jobs", "workers", "runtime_envs", "objects")
lists = {kind: getattr(state, f"list_{kind}") for kind in kinds}
asked = {"address": sys.argv[1], "detail": True, "limit": 10_000, "raise_on_missing_output": False}
print(json.dumps({kind: repr(told(**asked)) for kind, told in lists.items()}))
"""
"""What ``ray list`` asks for and shows, in one process instead of six."""


def test_no_canary_is_found_anywhere(deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_report(KINDS["nessus"], tmp_path / "report.nessus", findings=4000, assets=20)
    own = SubmitOptions(
        assessment_name="canaries",
        anonymize=True,
        webhook_url=f"http://127.0.0.1:65535/{BROUGHT['hook']}",
        webhook_headers={"Authorization": f"Bearer {BROUGHT['header']}"},
        phoenix_client_id=deployment.sandbox.client_id,
        phoenix_client_secret=deployment.sandbox.client_secret,
    )
    wrong = SubmitOptions(
        assessment_name="wrong",
        anonymize=True,
        phoenix_client_id=deployment.sandbox.client_id,
        phoenix_client_secret=BROUGHT["secret"],
    )
    with deployment.client() as client:
        jobs = [client.submit(tmp_path / "report.nessus", options) for options in (SubmitOptions(), own, wrong)]
        ended = [client.wait(job.job_id, timeout=PATIENCE, check=False) for job in jobs]
    assert [job.status for job in ended] == ["completed", "completed", "failed"]
    assert "Phoenix refused the credentials" in (ended[2].error_message or "")
    assert "Traceback" not in (ended[2].error_message or "")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    anonymizer_key = open_storage(deployment.storage).get(f"jobs/{jobs[2].job_id}/anonymizer-key")
    canaries = {name: text.encode() for name, text in {**CANARIES, **{f"job {n}": t for n, t in BROUGHT.items()}}.items()}
    canaries["anonymizer key"] = anonymizer_key

    places = dict(all_places(deployment))
    assert [name for name in places if "canaries" not in name and not places[name]] == []
    found = [(name, place) for place, text in places.items() for name, canary in canaries.items() if canary in text]
    assert found == []
    assert b"phoenix-tenants" in places["ray list actors"]  # what was read is what is meant
    assert b"translate " in places["ray list tasks"]
    assert b"phoenix-tenants" in places["Redis of Ray"]
    assert b"canaries" in places["database"]


def all_places(deployment: Deployment) -> Iterator[tuple[str, bytes]]:
    nodes = deployment.nodes
    told = json.loads(nodes.command(sys.executable, "-c", LISTED, f"http://127.0.0.1:{nodes.dashboard_port}"))
    yield from ((f"ray list {kind}", text.encode()) for kind, text in told.items())
    yield "Redis of Ray", b"\n".join(stored_in_redis(deployment.valkey))
    yield "database", b"\n".join(stored_in_database(deployment.database))
    for file in files_below(nodes.folder):
        yield str(file.relative_to(nodes.folder)), b" " + file.read_bytes()
    for pid in processes.marked(nodes.run):
        yield f"arguments of process {pid}", Path(f"/proc/{pid}/cmdline").read_bytes()


def stored_in_redis(url: str) -> Iterator[bytes]:
    with Redis.from_url(url) as redis:
        for key in redis.scan_iter(count=1000):
            yield key
            match redis.type(key):
                case b"hash":
                    yield from (part for pair in redis.hgetall(key).items() for part in pair)
                case b"string":
                    yield redis.get(key)
                case b"stream":
                    yield str(redis.xrange(key)).encode()
                case other:
                    raise AssertionError(f"{key!r} is a {other!r}, which is not read here")


def stored_in_database(url: str) -> Iterator[bytes]:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            for row in connection.execute(f'SELECT t::text FROM "{table}" AS t'):  # our own tables
                yield row[0].encode()


def files_below(folder: Path) -> Iterator[Path]:
    """Logs, events and whatever else Ray and the service write; the secrets that `up` was given are in the environment."""
    for place, _, names in os.walk(folder):
        yield from (path for path in (Path(place, name) for name in names) if path.is_file())
