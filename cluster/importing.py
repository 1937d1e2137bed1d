"""Sends batches to Phoenix: async actors, so that waiting for Phoenix holds no worker."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from functools import partial

from ray.exceptions import RayError
from structlog.contextvars import bound_contextvars

from cluster.accounts import Accounts, database_of
from cluster.actors import ended_together
from cluster.batches import BatchToImport
from cluster.bodies import load_body
from cluster.errors import JobFailedError
from cluster.heap import give_back_freed_memory
from cluster.metering import process_meter
from cluster.phoenix_observer import PhoenixObserver
from cluster.priority import Niceness, give_way
from cluster.resources import IMPORTER_BATCHES, IMPORTER_BYTES
from cluster.room import SharedRoom
from cluster.senders import Senders
from cluster.sendings import Sendings, may_overtake
from cluster.settings import Settings
from cluster.tasks import storage_at
from cluster.telemetry import look_after
from cluster.tenants_actor import start_tenants_actor
from cluster.tracing import span
from jobs_store.errors import StoreError
from scanner.errors import ScannerError
from scanner.model import AssetType, ImportType
from scanner.phoenix.client import PhoenixClient
from scanner.phoenix.errors import GivenUpError
from scanner.phoenix.exchange import phoenix_http
from scanner.phoenix.import_result import ImportResult
from scanner.phoenix.polling import PollSchedule
from scanner.phoenix.sending import Sending

Outcome = ImportResult | Exception
_GIVEN_UP = GivenUpError("nobody waits for it")
log = logging.getLogger(__name__)


class Importer:
    """Imports batches, several at once. Holds their bodies and nothing else; safe to kill, since sending again does no harm."""

    def __init__(self, settings: Settings) -> None:
        give_way(Niceness.WORKING)
        give_back_freed_memory()
        look_after(settings)
        self._http = phoenix_http(max_connections=IMPORTER_BATCHES)
        self._accounts = Accounts(settings, database_of(settings))
        self._senders = Senders(self._accounts, partial(start_tenants_actor, settings))
        self._places = SharedRoom(IMPORTER_BATCHES)
        self._room = SharedRoom(IMPORTER_BYTES)
        self._sendings: Sendings[asyncio.Task[Outcome]] = Sendings()

    async def import_batches(self, batches: "list[BatchToImport]") -> "AsyncGenerator[list[tuple[int, Outcome]], None]":
        """Imports all of them, each for itself. Tells, as they end, place in the list and outcome of those that ended together:
        what it took until IMPORTED, or a `ScannerError`, `StoreError`, `JobFailedError` or `RayError`.
        """
        places: dict[asyncio.Task[Outcome], int] = {}
        for place, sent in enumerate(batches):
            sending = self._sendings.begin(sent)
            task = asyncio.create_task(self._outcome(sent, sending))
            places[task] = place
            self._sendings.under_way(task, sent, sending)
            task.add_done_callback(self._sendings.ended)
        while places:
            ended = await ended_together(places)
            yield [(places.pop(task), _GIVEN_UP if task.cancelled() else task.result()) for task in ended]

    async def give_up(self, job_id: str, lease_token: str | None = None) -> None:
        """On return nothing of the job is sent any more that was handed in before; with a token, nothing under that lease.

        For whoever takes over a job: a request that its earlier carrier left here must not overtake those that are to come.
        """
        left = self._sendings.of(job_id, lease_token)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)

    async def wind_down(self, job_id: str, lease_token: str) -> None:
        """Gives up what Phoenix has nothing of; what is under way goes on until it is known what has become of it."""
        for task in self._sendings.wind_down(job_id, lease_token):
            task.cancel()

    async def _outcome(self, sent: "BatchToImport", sending: Sending) -> "Outcome":
        about = {"job_id": sent.job_id, "tenant": sent.account.tenant}
        traced = {f"phoenix.{name}": text for name, text in about.items()} | {"phoenix.batch": str(sent.batch.number)}
        with bound_contextvars(**about), span("send batch", traced, parent=sent.traceparent) as told:
            outcome = await self._outcome_traced(sent, sending)
            if isinstance(outcome, Exception):
                told.fail(type(outcome).__name__)
            return outcome

    async def _outcome_traced(self, sent: "BatchToImport", sending: Sending) -> "Outcome":
        tenant = sent.account.digest
        try:
            async with self._places.taken(1, tenant, sent.job_id), self._room.taken(sent.batch.size_bytes, tenant):
                return await self._import(sent, sending)
        except GivenUpError:
            return _GIVEN_UP
        except (ScannerError, StoreError, RayError) as error:
            return error
        except Exception as error:
            log.exception("importing batch %d of %s failed", sent.batch.number, sent.job_id)
            return JobFailedError(f"internal error ({type(error).__name__}); the importer's log has more")

    async def _import(self, sent: BatchToImport, sending: Sending) -> ImportResult:
        body = sent.body
        if body is None:
            assert sent.batch.storage_key is not None
            body = await asyncio.to_thread(load_body, storage_at(sent.storage_url), sent.batch.storage_key)
        schedule = PollSchedule(timeout_seconds=sent.import_timeout_seconds)
        started = time.monotonic()
        async with self._senders.used(sent.account) as sender:
            tenant = sender.tenant
            client = PhoenixClient(
                sender.credentials,
                tenant,
                tenant,
                self._http,
                schedule=schedule,
                limit=tenant,
                observer=PhoenixObserver(process_meter()),
            )
            result = await client.import_batch(
                import_type=ImportType(sent.batch.import_type),
                assessment_name=sent.assessment_name,
                asset_type=AssetType(sent.batch.asset_type),
                assets_json=body,
                awaited=sent.awaited,
                sending=sending,
            )
        if may_overtake(sent):
            await asyncio.sleep(schedule.settling(time.monotonic() - started))
        return result

    async def warm_up(self) -> None:
        """Fetches a token for the service's own credentials, if it has some, so that no first batch waits for it."""
        credentials = self._accounts.configured
        if credentials.client_id:
            with suppress(ScannerError, RayError):
                async with self._senders.used(self._accounts.account(credentials)) as sender:
                    await sender.tenant.token()

    async def ping(self) -> None:
        return None
