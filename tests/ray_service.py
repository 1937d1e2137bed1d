"""A local Ray cluster and the service's actors on it, for every suite that needs the real thing.

Starting Ray takes several seconds, so a run has one cluster; starting the actors takes some more, so suites share services
where they can and tell their jobs apart by the sandbox that each brings.
"""

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import ray
from ray.util import list_named_actors

from cluster import notices
from cluster.account import Account
from cluster.accounts import Accounts
from cluster.handle import ClusterHandle
from cluster.names import NAMESPACE
from cluster.progress import ProgressBus, follow, open_bus
from cluster.service import start_service
from cluster.settings import SECRETS_FILE, Settings, load_settings, secrets_of
from jobs_store.database import Database, open_database
from jobs_store.events import Event, EventKind
from jobs_store.jobs import CancelResult, Job, JobStatus, NewJob
from jobs_store.reach import EVERYWHERE
from jobs_store.secrets import SecretBox
from jobs_store.storage import ObjectStorage, open_storage
from scanner.options import ImportOptions
from scanner.phoenix.credentials import PhoenixCredentials
from scanner.phoenix.sandbox.server import SandboxServer

SECRET = "a secret of the tests that is long enough"
_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # the behaviour to come; without it Ray warns
    "AWS_ACCESS_KEY_ID": "test",  # workers take their environment from the cluster, which outlives the fixtures of a test
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
_is_running = False
_LAST = (EventKind.COMPLETE, EventKind.ERROR)


@contextmanager
def local_ray() -> Iterator[None]:
    """A cluster of one node with two CPUs, on loopback."""
    secrets_folder = tempfile.mkdtemp(prefix="secrets-")
    environment = _ENVIRONMENT | {SECRETS_FILE: f"{secrets_folder}/settings.json"}
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        ray.init(
            num_cpus=2,
            labels={"phoenix-scanner/reports": "large"},
            include_dashboard=False,
            log_to_driver=False,
            configure_logging=False,
            object_store_memory=300_000_000,
            _node_ip_address="127.0.0.1",
        )
        yield
    finally:
        ray.shutdown()
        shutil.rmtree(secrets_folder)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class Service:
    """The service as a client of its store sees it: without HTTP. Belongs to one event loop."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database: Database = open_database(settings.database_url, secrets=SecretBox.from_setting(SECRET))
        self.storage: ObjectStorage = open_storage(settings.storage_url)
        self.bus: ProgressBus = open_bus(settings.redis_url)
        self.handle = ClusterHandle()

    async def submit(
        self,
        report: bytes,
        sandbox: SandboxServer,
        *,
        filename: str = "report.json",
        options: ImportOptions | None = None,
        wake: bool = True,
        **given: Any,
    ) -> str:
        """The new job's id; its findings go to ``sandbox``."""
        options = options or ImportOptions(assessment_name="nightly")
        job_id = f"job-{secrets.token_hex(8)}"
        key = f"jobs/{job_id}/upload"
        await asyncio.to_thread(self.storage.put, key, report)
        new = NewJob(
            job_id=job_id,
            filename=filename,
            file_path=key,
            file_size_bytes=len(report),
            scanner_type=options.scanner_type,
            import_type=options.import_type,
            assessment_name=options.assessment_name or None,
            processing_options=options.encode(),
            phoenix_api_url=sandbox.url,
            phoenix_client_id=sandbox.client_id,
            phoenix_client_secret=sandbox.client_secret,
            **given,
        )
        await self.database.jobs.create(new)
        if wake:
            await self.handle.wake()
        return job_id

    async def cancel(self, job_id: str) -> CancelResult:
        """As the API does it."""
        message = "cancelled by a client"
        result = await self.database.jobs.request_cancel(job_id, [notices.error(JobStatus.CANCELLED, 0.0, message)])
        await self.handle.cancel(job_id)
        return result

    async def retry(self, job_id: str) -> int:
        """Queues it again; gives back the number of its last event until then."""
        last = (await self.database.events.read(job_id, limit=10_000))[-1].seq
        await self.database.jobs.retry(job_id)
        await self.handle.wake()
        return last

    async def events(self, job_id: str, *, after: int = 0) -> list[Event]:
        """All events up to the job's last, as a watcher gets them."""
        seen: list[Event] = []
        async for event in follow(self.database.events, self.bus, job_id, after=after, poll_seconds=0.5):
            seen.append(event)
            if event.kind in _LAST:
                return seen
        raise AssertionError("following never ends by itself")

    async def ended(self, job_id: str, *, within: float = 120, after: int = 0) -> Job:
        """The job once it has ended."""
        async with asyncio.timeout(within):
            await self.events(job_id, after=after)
        return await self.database.jobs.get(EVERYWHERE, job_id)

    async def heard(self, job_id: str, text: str, *, within: float = 60) -> Event:
        """The first event whose payload holds the text: how a test waits for a phase."""
        async with asyncio.timeout(within):
            async for event in follow(self.database.events, self.bus, job_id, poll_seconds=0.2):
                if text in event.payload:
                    return event
                assert event.kind not in _LAST, f"ended without {text!r}: {event.payload}"
        raise AssertionError("following never ends by itself")

    def account(self, sandbox: SandboxServer, job_id: str) -> Account:
        """As what the cluster's processes know the credentials of the job."""
        credentials = PhoenixCredentials(sandbox.url, sandbox.client_id, sandbox.client_secret)
        return Accounts(self.settings, self.database).account(credentials, job_id)

    async def close(self) -> None:
        await self.bus.close()
        await self.database.dispose()


async def accepted(sandbox: SandboxServer, imports: int, *, after: int = 0, within: float = 60) -> None:
    """Until Phoenix has seen so many import requests, not counting the first ``after`` requests of any kind."""
    async with asyncio.timeout(within):
        while sum(record.import_type is not None for record in sandbox.requests()[after:]) < imports:
            await asyncio.sleep(0.02)  # the sandbox is a server of its own: there is nothing to wait for


@asynccontextmanager
async def running_service(**given: Any) -> AsyncIterator[Service]:
    """The actors of the service with settings for tests; ``database_url`` (migrated) and ``storage_url`` have to be given.

    Their names are there once per cluster. Whoever needs a service of its own beside one that tests of the same run share would
    take it away from them: such tests are in ``tests/integration/configured``, which is run by itself.
    """
    global _is_running
    assert not _is_running, "a service runs that other tests share: give this one its place in tests/integration/configured"
    _is_running = True
    await asyncio.to_thread(kill_actors)
    settings = load_settings(
        **{
            "api_key": "test",
            "secret_key": SECRET,
            "phoenix_api_url": "http://127.0.0.1:9",
            "coordinators": 1,
            "importers": 2,
            "max_attempts": 1000,  # leases are short here, and a busy machine does not keep them
            "webhook_allow_private": True,
        }
        | given
    )
    Path(os.environ[SECRETS_FILE]).write_bytes(secrets_of(settings))
    await asyncio.to_thread(start_service, settings)
    service = Service(settings)
    try:
        yield service
    finally:
        await service.close()
        await asyncio.to_thread(kill_actors)
        _is_running = False


def kill_actors() -> None:
    """All named actors of the service, those of Phoenix tenants too; on return their names are free."""
    while names := [actor["name"] for actor in list_named_actors(all_namespaces=True) if actor["namespace"] == NAMESPACE]:
        for name in names:
            try:
                ray.kill(ray.get_actor(name, namespace=NAMESPACE))
            except ValueError:
                continue  # it died on its own
