"""Sends batches to Phoenix: async actors, so that waiting for Phoenix holds no worker."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

import httpx
from ray.exceptions import RayError

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
    storage_url: str
    storage_key: str | None = None
    body: bytes | None = field(default=None, repr=False)
    import_timeout_seconds: int = 3600


class Importer:
    """Imports batches, several at once. Holds their bodies and nothing else; safe to kill, since sending again does no harm.

    Raises `scanner.errors.ScannerError` (a `PhoenixError`), `jobs_store.errors.StoreError`.
    """

    def __init__(self) -> None:
        self._http: httpx.AsyncClient | None = None
        self._tenants: dict[PhoenixCredentials, SharedTenant] = {}

    async def import_batch(self, batch: BatchToImport) -> int:
        """Returns when the batch is IMPORTED; gives back how many requests that took."""
        body = batch.body
        if body is None:
            assert batch.storage_key is not None
            body = await asyncio.to_thread(load_body, storage_at(batch.storage_url), batch.storage_key)
        client = self._client(batch)
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
        return result.requests

    async def warm_up(self, credentials: PhoenixCredentials) -> None:
        """Starts the tenant's actor and fetches a token, so that the first batch does not wait for them."""
        with suppress(ScannerError, RayError):
            await self._tenant(credentials).token()

    async def ping(self) -> None:
        return None

    def _client(self, batch: BatchToImport) -> PhoenixClient:
        if self._http is None:
            self._http = phoenix_http()
        tenant = self._tenant(batch.credentials)
        schedule = PollSchedule(timeout_seconds=batch.import_timeout_seconds)
        return PhoenixClient(batch.credentials, tenant, tenant, self._http, schedule=schedule)

    def _tenant(self, credentials: PhoenixCredentials) -> SharedTenant:
        tenant = self._tenants.get(credentials)
        if tenant is None:
            tenant = self._tenants[credentials] = SharedTenant(credentials)
        return tenant
