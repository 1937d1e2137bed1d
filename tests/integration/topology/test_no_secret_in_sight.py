"""No secret is where people look who may not know it: Ray's state and Redis, logs, events, the database, names of objects.

Ray keeps and shows what actors and tasks are started with, and a job that fails tells why: one fails in each phase here.
Each secret is a canary; the places are read as a whole.
"""

import json
import os
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import boto3
import httpx
import msgspec
import psycopg
import pytest
from redis import Redis
from topology_deployment import CANARIES, Deployment

from benchmarks.reports.kind import write_report
from benchmarks.reports.kinds import KINDS
from client.sdk import PhoenixScanner, SubmitOptions
from jobs_store.storage import open_storage
from scanner.phoenix.sandbox.faults import Faults
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
    report = tmp_path / "report.nessus"
    write_report(KINDS["nessus"], report, findings=4000, assets=20)
    cut_off, odd = tmp_path / "cut-off.nessus", tmp_path / "odd.json"
    cut_off.write_bytes(report.read_bytes()[:-500])
    odd.write_text('{"odd": [1, 2, 3]}')
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
        jobs = [client.submit(report, options) for options in (SubmitOptions(), own, wrong)]
        ended = [client.wait(job.job_id, timeout=PATIENCE, check=False) for job in jobs]
    assert [job.status for job in ended] == ["completed", "completed", "failed"]
    team = made_team(deployment)
    with PhoenixScanner(deployment.url, api_key=team["key"]) as client:
        theirs = msgspec.structs.replace(own, phoenix_client_id="", phoenix_client_secret="")
        told = [client.submit(path, theirs) for path in (odd, cut_off)]
        ended += [client.wait(job.job_id, timeout=PATIENCE, check=False) for job in told]
        deployment.sandbox.faults = Faults(rate_import_errors=1.0)
        told.append(client.submit(report, theirs))
        ended.append(client.wait(told[-1].job_id, timeout=PATIENCE, check=False))
        deployment.sandbox.faults = Faults()
    reasons = [job.error_message or "" for job in ended[2:]]
    for reason, phase in zip(reasons, ["refused the credentials", "format", "cut-off.nessus", "import"], strict=True):
        assert phase in reason
        assert "Traceback" not in reason
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    anonymizer_key = open_storage(deployment.storage).get(f"jobs/{jobs[2].job_id}/anonymizer-key")
    canaries = {name: text.encode() for name, text in {**CANARIES, **{f"job {n}": t for n, t in BROUGHT.items()}}.items()}
    canaries["anonymizer key"] = anonymizer_key
    canaries |= {f"team's {name}": text.encode() for name, text in team.items()}

    places = dict(all_places(deployment))
    for job in (*jobs, *told):
        places[f"answers about {job.job_id}"] = b"".join(answers_about(deployment, job.job_id, team["key"]))
    assert [name for name in places if "canaries" not in name and not places[name]] == []
    found = [(name, place) for place, text in places.items() for name, canary in canaries.items() if canary in text]
    assert found == []
    assert b"phoenix-tenants" in places["ray list actors"]  # what was read is what is meant
    assert b"translate " in places["ray list tasks"]
    assert b"phoenix-tenants" in places["Redis of Ray"]
    assert b"canaries" in places["database"]
    assert b"jobs/" in places["names of objects"]
    assert all(b"received" in text for place, text in places.items() if place.startswith("answers about"))


def made_team(deployment: Deployment) -> dict[str, str]:
    """Its secrets: a key, and what its webhooks are signed with, now and before. Its Phoenix account is the sandbox's own."""
    account = {"client_id": deployment.sandbox.client_id, "client_secret": deployment.sandbox.client_secret}
    with deployment.client() as client:
        client.create_tenant("payments", {"phoenix": account})
        before, now = (client.rotate_webhook_secret("payments").secret for _ in range(2))
    asked = {"name": "ci", "tenant": "payments", "scopes": ["submit", "read"]}
    made = httpx.post(f"{deployment.url}/api/v1/keys", json=asked, headers={"X-API-Key": CANARIES["api"]})
    return {"key": made.json()["key"], "webhook secret": now, "webhook secret before": before}


def answers_about(deployment: Deployment, job_id: str, key: str) -> Iterator[bytes]:
    for known in (key, CANARIES["api"]):
        with httpx.Client(base_url=f"{deployment.url}/api/v1/jobs/{job_id}", headers={"X-API-Key": known}) as client:
            yield from (client.get(rest).content for rest in ("", "/logs", "/batches", "/skipped", "/webhooks"))


def all_places(deployment: Deployment) -> Iterator[tuple[str, bytes]]:
    nodes = deployment.nodes
    told = json.loads(nodes.command(sys.executable, "-c", LISTED, f"http://127.0.0.1:{nodes.dashboard_port}"))
    yield from ((f"ray list {kind}", text.encode()) for kind, text in told.items())
    yield "Redis of Ray", b"\n".join(stored_in_redis(deployment.valkey))
    yield "names of objects", "\n".join(names_of_objects(deployment.storage)).encode()
    yield "database", b"\n".join(stored_in_database(deployment.database))
    for file in files_below(nodes.folder):
        yield str(file.relative_to(nodes.folder)), b" " + file.read_bytes()
    for pid in processes.marked(nodes.run):
        yield f"arguments of process {pid}", Path(f"/proc/{pid}/cmdline").read_bytes()


def names_of_objects(storage: str) -> Iterator[str]:
    place = urlsplit(storage)
    endpoint = dict(parse_qsl(place.query))["endpoint"]
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=place.netloc):
        yield from (found["Key"] for found in page.get("Contents", ()))
    client.close()


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
