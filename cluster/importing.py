"""Sends batches to Phoenix: async actors, so that waiting for Phoenix holds no worker."""

import asyncio
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from ray.exceptions import RayError

from cluster.resources import IMPORTER_BATCHES, IMPORTER_BYTES
from cluster.room import SharedRoom
from cluster.tasks import storage_at
from cluster.tenants import SharedTenant
from cluster.work import load_body
from scanner.errors import ScannerError
from scanner.model import AssetType, ImportType
from scanner.phoenix.client import PhoenixClient
from scanner.phoenix.credentials import PhoenixCredentials
from scanner.phoenix.exchange import phoenix_http
from scanner.phoenix.polling import PollSchedule


@dataclass(frozen=True, slots=True)
class BatchToImport:
    """A batch and where its body is: in object storage, or here where it is a short report's only one."""

    job_id: str
    number: int
    of: int
    import_type: ImportType
    asset_type: AssetType
    assessment_name: str
    credentials: PhoenixCredentials
    awaited: bool
    """Other batches need this one."""
    sent_before: bool
    """By a process that has died: Phoenix may have accepted it, and may still be importing it."""
    size_bytes: int
    storage_url: str
    storage_key: str | None = None
    body: bytes | None = field(default=None, repr=False)
    import_timeout_seconds: int = 3600


class Importer:
    """Imports batches, several at once. Holds their bodies and nothing else; safe to kill, since sending again does no harm.

    Raises `scanner.errors.ScannerError` (a `PhoenixError`), `jobs_store.errors.StoreError`.
    """

    def __init__(self, actor_resource: str) -> None:
        self._actor_resource = actor_resource
        self._http: httpx.AsyncClient | None = None
        self._tenants: dict[PhoenixCredentials, SharedTenant] = {}
        self._places = SharedRoom(IMPORTER_BATCHES)
        self._room = SharedRoom(IMPORTER_BYTES)
        self._sending: defaultdict[str, set[asyncio.Task[Any]]] = defaultdict(set)

    async def import_batch(self, batch: BatchToImport) -> int:
        """Returns when the batch is IMPORTED; gives back how many requests that took."""
        task = asyncio.current_task()
        assert task is not None
        self._sending[batch.job_id].add(task)
        tenant = batch.credentials
        try:
            async with self._places.taken(1, tenant), self._room.taken(batch.size_bytes, tenant):
                return await self._import(batch)
        finally:
            self._sending[batch.job_id].discard(task)
            if not self._sending[batch.job_id]:
                del self._sending[batch.job_id]

    async def give_up(self, job_id: str) -> None:
        """On return nothing of the job is sent any more that was handed in before.

        For whoever takes over a job: a request that its earlier carrier left here must not overtake those that are to come.
        """
        left = self._sending.get(job_id, set()) - {asyncio.current_task()}
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)

    async def _import(self, batch: BatchToImport) -> int:
        body = batch.body
        if body is None:
            assert batch.storage_key is not None
            body = await asyncio.to_thread(load_body, storage_at(batch.storage_url), batch.storage_key)
        schedule = PollSchedule(timeout_seconds=batch.import_timeout_seconds)
        client = self._client(batch, schedule)
        started = time.monotonic()
        try:
            result = await client.import_batch(
                import_type=batch.import_type,
                assessment_name=batch.assessment_name,
                asset_type=batch.asset_type,
                assets_json=body,
                awaited=batch.awaited,
            )
        except RayError:
            self._tenants.pop(batch.credentials, None)  # the tenant's actor is gone for good: find or start it anew
            raise
        if batch.sent_before and batch.awaited and batch.import_type is not ImportType.DELTA:
            # the earlier one must not finish after a batch that needs this one: it would close what that one brought
            await asyncio.sleep(schedule.settling(time.monotonic() - started))
        return result.requests

    async def warm_up(self, credentials: PhoenixCredentials) -> None:
        """Starts the tenant's actor and fetches a token, so that the first batch does not wait for them."""
        with suppress(ScannerError, RayError):
            await self._tenant(credentials).token()

    async def ping(self) -> None:
        return None

    def _client(self, batch: BatchToImport, schedule: PollSchedule) -> PhoenixClient:
        if self._http is None:
            self._http = phoenix_http()
        tenant = self._tenant(batch.credentials)
        return PhoenixClient(batch.credentials, tenant, tenant, self._http, schedule=schedule)

    def _tenant(self, credentials: PhoenixCredentials) -> SharedTenant:
        tenant = self._tenants.get(credentials)
        if tenant is None:
            tenant = self._tenants[credentials] = SharedTenant(credentials, self._actor_resource)
        return tenant
