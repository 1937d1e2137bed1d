"""The actor that registers bulks and carries them on."""

import asyncio
import logging
from contextlib import suppress

from ray.exceptions import RayError

from cluster import names
from cluster.accounts import database_of
from cluster.actors import find_actor
from cluster.bulks.carrier import BulkCarrier
from cluster.bulks.registrar import Registrar
from cluster.progress import open_bus
from cluster.settings import Settings
from cluster.tasks import storage_at
from cluster.telemetry import look_after
from jobs_store.errors import BulkClaimLostError, SecretError, StoreError

_IDLE_SECONDS = 3.0
_BUSY_SECONDS = 1.0
"""A round costs a dozen statements, whatever has changed."""
_AT_ONCE = 2
"""Bulks that are registered at once; the others wait."""
_ATTEMPTS = 8
_LONGEST_PAUSE_SECONDS = 60.0

log = logging.getLogger(__name__)


class BulkClerk:
    """Keeps no truth: after its death the next one goes on with every bulk from its last page. Holds one chunk of each.

    Woken after an order; polls otherwise, so nothing depends on the wake-up.
    """

    def __init__(self, settings: Settings) -> None:
        look_after(settings)
        self._settings = settings
        self._database = database_of(settings)
        self._bus = open_bus(settings.redis_url)
        self._carrier = BulkCarrier(self._database, self._bus, cancel=self._cancel, wake=self._wake_dispatcher)
        self._work = asyncio.Event()
        self._registering: dict[str, asyncio.Task[None]] = {}
        self._loop = asyncio.create_task(self._carry_forever())

    async def wake(self) -> None:
        self._work.set()

    async def ping(self) -> int:
        """How many bulks it registers."""
        return len(self._registering)

    async def _carry_forever(self) -> None:
        while True:
            self._work.clear()
            busy = True
            try:
                await self._start_registering()
                busy = await self._carrier.round()
            except StoreError as error:
                log.warning("bulks put off: %s", error)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._work.wait(), _BUSY_SECONDS if busy else _IDLE_SECONDS)

    async def _start_registering(self) -> None:
        for bulk in await self._database.bulks.registration.waiting():
            if len(self._registering) >= _AT_ONCE:
                return
            if bulk.bulk_id not in self._registering:
                self._registering[bulk.bulk_id] = asyncio.create_task(self._register(bulk.bulk_id))

    async def _register(self, bulk_id: str) -> None:
        """A store that is away is waited for; what stays away ends registering with its reason."""
        registrar = Registrar(self._settings, self._database, storage_at(self._settings.storage_url), self._bus, bulk_id)
        try:
            for attempt in range(_ATTEMPTS):
                try:
                    await registrar.run()
                    return
                except StoreError as error:
                    if not error.retryable:
                        raise
                    log.warning("registering %s is put off: %s", bulk_id, error)
                    reason = str(error)
                    await asyncio.sleep(min(2.0**attempt, _LONGEST_PAUSE_SECONDS))
            await registrar.fail(reason)
        except BulkClaimLostError:
            return  # cancelled, or somebody else's
        except SecretError as error:
            await registrar.fail(str(error))
        except Exception as error:  # the edge of the task: the bulk must not be registered for ever
            log.exception("registering %s failed", bulk_id)
            await registrar.fail(f"internal error ({type(error).__name__}); the clerk's log has more")
        finally:
            del self._registering[bulk_id]
            self._work.set()

    async def _cancel(self, job_id: str) -> None:
        with suppress(RayError, ValueError):
            find_actor(names.DISPATCHER).cancel.remote(job_id)

    async def _wake_dispatcher(self) -> None:
        with suppress(RayError, ValueError):
            find_actor(names.DISPATCHER).wake.remote()
