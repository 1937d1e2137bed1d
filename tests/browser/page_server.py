"""The application in a process of its own, with jobs in a real database; what the cluster would do to jobs is done on request.

``POST /-/work`` takes what is queued and tells what a cluster would; ``POST /-/finish`` brings that to its end.
``GET /-/sockets`` says with which number each watcher has come.
"""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime, timedelta

import uvicorn
from fastapi import FastAPI
from limits.aio.storage import MemoryStorage
from memory_bus import MemoryBus
from sqlalchemy import insert, select, update
from starlette.types import ASGIApp, Receive, Scope, Send

from cluster import notices
from cluster.handle import ClusterHealth
from cluster.logs import configure_logs
from cluster.machine import Phase
from cluster.settings import load_settings
from jobs_store.bulks import NewBulk
from jobs_store.database import Database, open_database
from jobs_store.events import EventKind, NewEvent
from jobs_store.jobs import Batch, BatchChange, BatchState, JobStatus, Lease, NewJob
from jobs_store.keys import NewKey
from jobs_store.keys import Scope as KeyScope
from jobs_store.reach import EVERYWHERE
from jobs_store.secrets import SecretBox
from jobs_store.storage import layout, open_storage
from jobs_store.tables import bulk_counts, bulk_members, bulks, events, jobs
from jobs_store.tenants import NewTenant
from serve_app.app import create_app
from serve_app.edge_settings import load_edge_settings
from serve_app.wiring import Wiring

HOSTILE = '<img src=x onerror="window.hacked=1">"\'<script>window.hacked=1</script>'
SCANNERS = ("trivy", "sarif", "bandit", "zap", "anchore_grype", "nessus", "gitleaks", "checkov")
SUMMARY = {
    "total_batches": 3, "successful_batches": 3, "failed_batches": 0, "requests": 3, "findings_read": 412,
    "skipped": 2, "merged": 17, "dismissed": {"suppressed": 9, "fixed": 4}, "unrated": 3,
    "severities": {"critical": 8, "high": 61, "medium": 204, "low": 117, "info": 22}, "repairs": {"empty remedy": 5},
}  # fmt: skip
TOLD = {
    layout.Fate.SKIPPED: [
        {"place": f"Results[0].Vulnerabilities[{n}]", "reason": f"no identifier {HOSTILE}"} for n in range(2)
    ],
    layout.Fate.DISMISSED: [
        {
            "place": f"Results[0].Vulnerabilities[{n + 3}]", "reason": "risk_accepted" if n % 3 else "suppressed",
            "name": f"CVE-2025-{4000 + n}", "asset": "shop:1", "note": HOSTILE if n == 1 else "",
        }
        for n in range(13)
    ],
    layout.Fate.MERGED: [
        {"asset": "shop:1", "name": f"CVE-2026-{n}", "location": "openssl@3.0.1", "reason": "identical", "differs": {}}
        for n in range(16)
    ]
    + [
        {
            "asset": "shop:1", "name": "CVE-2024-9", "location": "zlib@1.2", "reason": "less_severe",
            "differs": {"severity": "4.0", "description": HOSTILE},
        }
    ],
}  # fmt: skip
LONG = timedelta(hours=1)
MANY = 3000


class IdleCluster:
    """A cluster that is well and does nothing."""

    async def wake(self) -> None: ...

    async def wake_bulks(self) -> None: ...

    async def wake_courier(self) -> None: ...

    async def cancel(self, job_id: str) -> None: ...

    async def health(self) -> ClusterHealth:
        return ClusterHealth(nodes=3, cpus=24.0, coordinators=2, running_jobs=1)


class Seeding:
    def __init__(self, wiring: Wiring) -> None:
        self._wiring, self._database = wiring, wiring.database
        self.leases: list[Lease] = []

    async def everything(self) -> dict[str, str]:
        """Keys by what they are for."""
        await self._database.tenants.create(NewTenant(name="payments", title="Payments", uses_service_account=True))
        keys = {}
        for name, scopes in {"reader": (KeyScope.READ,), "admin": (KeyScope.ADMIN, KeyScope.READ, KeyScope.SUBMIT)}.items():
            new = NewKey(name=f"{name} of payments", tenant="payments", scopes=frozenset(scopes))
            keys[name] = (await self._database.keys.create(new))[1]
        await self._history()
        await self._one("job-done", "payments-api.json", JobStatus.COMPLETED)
        await self._one("job-hostile", f"{HOSTILE}.json", JobStatus.FAILED)
        await self._drawn_out("job-done", timedelta(minutes=1))
        await self._drawn_out("job-hostile", timedelta(hours=3))
        await self._bulk()
        return keys

    async def _history(self) -> None:
        now = datetime.now(UTC)
        rows = []
        for number in range(MANY):
            completed = now - timedelta(minutes=7 * number)
            findings = 40 + number * 37 % 300
            severities = {"critical": findings // 40, "high": findings // 7, "medium": findings // 2, "low": findings // 5}
            status = JobStatus.FAILED if number % 23 == 7 else JobStatus.COMPLETED
            rows.append(
                {
                    "job_id": f"job-{number:032x}",
                    "status": status,
                    "created_at": completed - timedelta(seconds=20 + number % 90),
                    "started_at": completed - timedelta(seconds=15),
                    "completed_at": completed,
                    "filename": f"service-{number % 60:02d}-{SCANNERS[number % 8]}.json",
                    "file_path": "x",
                    "file_size_bytes": 20_000 + number * 977 % 9_000_000,
                    "scanner_type": "auto",
                    "detected_format": SCANNERS[number % 8],
                    "assessment_name": f"service-{number % 60:02d}, nightly",
                    "import_type": "new",
                    "processing_options": "{}",
                    "progress": 100.0,
                    "vulnerabilities_imported": findings if status is JobStatus.COMPLETED else None,
                    "assets_imported": 1 + number % 9,
                    "batch_summary": json.dumps({"severities": severities, "total_batches": 1}),
                    "error_message": None if status is JobStatus.COMPLETED else "Phoenix cannot be reached",
                    "tenant": "payments" if number % 3 else "default",
                    "priority": 0,
                    "skipped": 0,
                }
            )
        async with self._database._transactions.write() as connection:
            await connection.execute(insert(jobs), rows)

    async def _one(self, job_id: str, filename: str, status: JobStatus) -> None:
        new = NewJob(
            job_id=job_id, filename=filename, file_path=f"received/{job_id}", file_size_bytes=812_345, tenant="payments",
            assessment_name="payments-api, nightly", webhook_url="https://ci.example/",
        )  # fmt: skip
        received = (notices.status(JobStatus.QUEUED, 0.0, "queued"), notices.log("received it, 812,345 bytes"))
        await self._database.jobs.create(new, events=received)
        await self.work()
        self._wiring.storage.put(f"received/{job_id}", HOSTILE.encode())
        for fate, records in TOLD.items():
            key = layout.records_part(job_id, fate, "report")
            self._wiring.storage.put(key, "".join(f"{json.dumps(each)}\n" for each in records).encode())
        await self.finish(status)

    async def _drawn_out(self, job_id: str, ago: timedelta) -> None:
        """As if it had been so long ago, and had taken its time."""
        began = datetime.now(UTC) - ago
        number = select(events.c.seq).where(events.c.job_id == job_id).order_by(events.c.seq)
        async with self._database._transactions.write() as connection:
            found = (await connection.execute(number)).scalars().all()
            for seq in found:
                of = (events.c.job_id == job_id) & (events.c.seq == seq)
                await connection.execute(update(events).where(of).values(time=began + timedelta(seconds=1.7 * seq)))
            ended = began + timedelta(seconds=1.7 * (found[-1] + 0.5))
            times = {"created_at": began, "started_at": began + timedelta(seconds=1.2), "completed_at": ended}
            await connection.execute(update(jobs).where(jobs.c.job_id == job_id).values(times))

    async def work(self) -> None:
        """What is queued is read and planned, and is being imported then."""
        taken = await self._database.jobs.lease(owner="tests", limit=100, lease_for=LONG, tell=notices.started)
        for lease in taken:
            steps = [notices.progress(20.0, "translating: 1 of 2 shards"), notices.progress(45.0, Phase.PLAN)]
            logs = [notices.log("trivy: 412 findings read, 3 requests planned")]
            logs.append(notices.log("2 records skipped, each with its place and reason under /skipped", "WARNING"))
            logs.append(notices.progress(62.5, "importing: 1 of 3 batches"))
            batches = [Batch(n, "CONTAINER", "new" if n == 1 else "merge", (), 4, 140, 91_000) for n in (1, 2, 3)]
            await self._publish(
                await self._database.batches.plan(
                    lease, batches, [*steps, *logs], progress=62.5, current_step="importing: 1 of 3 batches",
                    detected_format="trivy", asset_type="CONTAINER", skipped=2, batch_summary=json.dumps(SUMMARY),
                )
            )  # fmt: skip
        self.leases += taken

    async def finish(self, status: JobStatus = JobStatus.COMPLETED) -> None:
        leases, self.leases = self.leases, []
        is_done = status is JobStatus.COMPLETED
        for lease in leases:
            name = lease.job.assessment_name or "TRIVY"
            end = notices.complete(12, 412, name) if is_done else notices.error(status, 62.5, f"Phoenix refused it: {HOSTILE}")
            state = BatchState.IMPORTED if is_done else BatchState.FAILED
            changes = [BatchChange(n, state, None if is_done else "400", 1, f"req-{n}") for n in (1, 2, 3)]
            await self._database.batches.settle(lease, *changes)
            await self._publish(
                await self._database.jobs.finish(
                    lease, status=status, assets_imported=12 if is_done else None,
                    vulnerabilities_imported=412 if is_done else None,
                    error_message=None if is_done else f"Phoenix refused it: {HOSTILE}", events=[end], webhook_body="{}",
                )
            )  # fmt: skip

    async def say(self, job_id: str, many: int) -> None:
        """So many lines of log, numbered from one."""
        for number in range(1, many + 1):
            await self._publish(await self._database.events.append(job_id, [notices.log(f"line {number}")]))

    async def clean(self, job_id: str) -> None:
        """What retention does: the job's objects go, its row stays."""
        job = await self._database.jobs.find(EVERYWHERE, job_id)
        self._wiring.storage.delete_prefix(layout.job_folder(job_id))
        self._wiring.storage.delete(job.file_path)
        await self._database.jobs.mark_cleaned(job_id)

    async def _publish(self, told: list) -> None:  # type: ignore[type-arg]
        await self._wiring.bus.publish(told)

    async def _bulk(self) -> None:
        new = NewBulk(bulk_id="bulk-years", tenant="payments", name="scans of 2019 to 2025", priority=0, order="{}", seed="s")
        told = notices.log("1,204 reports in scans.zip")
        await self._database.bulks.create(new, events=[told, NewEvent(EventKind.STATUS, json.dumps({"status": "running"}))])
        counts = [
            ("status", "completed", 1180), ("status", "failed", 11), ("status", "queued", 9),
            ("scanner", "trivy", 900), ("scanner", "nessus", 280), ("error", "Phoenix cannot be reached", 11),
            ("skipped", "no format is known", 4),
        ]  # fmt: skip
        rows = [dict(zip(("bulk_id", "kind", "name", "jobs"), ("bulk-years", *row), strict=True)) for row in counts]
        members = [f"job-{number:032x}" for number in (1, 2)]
        left = {"bulk_id": "bulk-years", "number": 3, "name": "2019/notes.txt", "job_id": None, "reason": "no format is known"}
        taken = [{"bulk_id": "bulk-years", "number": n, "name": name, "job_id": name} for n, name in enumerate(members)]
        mine = update(jobs).where(jobs.c.job_id.in_(members)).values(bulk_id="bulk-years")
        async with self._database._transactions.write() as connection:
            await connection.execute(insert(bulk_counts), rows)
            await connection.execute(insert(bulk_members).values(left))
            await connection.execute(insert(bulk_members), taken)
            await connection.execute(mine)
            started = update(bulks).where(bulks.c.bulk_id == "bulk-years")
            await connection.execute(started.values(state="running", progress=91.0, members=1204))


class Watched:
    """Notes the addresses that watchers come with."""

    def __init__(self, app: ASGIApp, seen: list[str]) -> None:
        self._app, self._seen = app, seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            self._seen.append(f"{scope['path']}?{scope['query_string'].decode()}")
        await self._app(scope, receive, send)


def with_control(app: FastAPI, seeding: Seeding) -> FastAPI:
    seen: list[str] = []
    app.add_middleware(Watched, seen=seen)

    @app.post("/-/work", include_in_schema=False)
    async def work() -> None:
        await seeding.work()

    @app.post("/-/finish", include_in_schema=False)
    async def finish(status: JobStatus = JobStatus.COMPLETED) -> None:
        await seeding.finish(status)

    @app.post("/-/say/{job_id}", include_in_schema=False)
    async def say(job_id: str, many: int) -> None:
        await seeding.say(job_id, many)

    @app.post("/-/clean/{job_id}", include_in_schema=False)
    async def clean(job_id: str) -> None:
        await seeding.clean(job_id)

    @app.get("/-/sockets", include_in_schema=False)
    async def sockets() -> list[str]:
        return seen

    return app


def open_wiring() -> Wiring:
    settings = load_settings()
    secrets = SecretBox.from_setting(settings.secret_key.get_secret_value())
    database: Database = open_database(settings.database_url, secrets=secrets)
    return Wiring(
        settings=settings,
        edge=load_edge_settings(),
        database=database,
        storage=open_storage(settings.storage_url),
        bus=MemoryBus(),
        cluster=IdleCluster(),
        counters=MemoryStorage(),
    )


async def main() -> None:
    configure_logs("WARNING")
    wiring = open_wiring()
    seeding = Seeding(wiring)
    keys = await seeding.everything()
    port = int(os.environ["PORT"])
    config = uvicorn.Config(with_control(create_app(wiring), seeding), port=port, log_level="warning", ws="websockets-sansio")
    print(json.dumps(keys), flush=True)
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
