"""The actor that delivers webhooks, signed by the Standard Webhooks convention, for up to a day."""

import asyncio
import logging
import random
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx

from cluster.accounts import database_of
from cluster.metering import process_meter
from cluster.metering.metrics import WEBHOOKS, DeliveryOutcome
from cluster.room import SharedRoom
from cluster.settings import Settings
from cluster.telemetry import look_after
from cluster.tracing import Attributes, Kind, Span, is_on, span
from cluster.webhook_signing import post_signed, signing_secrets
from jobs_store.errors import JobNotFoundError, SecretError, StoreError
from jobs_store.reach import EVERYWHERE
from jobs_store.webhooks import Delivery
from scanner.outbound.destinations import PrivateAddressError, Resolver

_POLL_SECONDS = 5.0
_AT_ONCE = 64
"""Attempts under way; of one receiver three quarters at most, and whoever has none finds room."""
_TAKEN, _TAKEN_PER_RECEIVER = 1024, 128
"""Deliveries that wait here for room: so few that the slowest receiver's are attempted before they come due again."""
_ATTEMPT_SECONDS = 10.0
"""From looking up the name to the head of the answer, however slowly each of them goes on."""
_PUT_OFF = timedelta(seconds=1)
_PATIENCE = timedelta(days=1)
_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(hours=2)

log = logging.getLogger(__name__)


class WebhookCourier:
    """Delivers what is due, oldest first, of each receiver for itself: a slow one delays nobody else's.

    Keeps no truth: deliveries, their attempts and their leases are in the store.
    """

    def __init__(self, settings: Settings) -> None:
        look_after(settings)
        self._settings = settings
        self._database = database_of(settings)
        self._work = asyncio.Event()
        self._room = SharedRoom(_AT_ONCE)
        self._delivering: dict[asyncio.Task[None], str] = {}
        """With whom each is for."""
        self._http = httpx.AsyncClient(timeout=_ATTEMPT_SECONDS, follow_redirects=False, limits=httpx.Limits())
        self._resolve = Resolver(_AT_ONCE)  # one whose name servers are slow must not have all of its threads
        self._loop = asyncio.create_task(self._deliver_forever())

    async def wake(self) -> None:
        self._work.set()

    async def _deliver_forever(self) -> None:
        while True:
            self._work.clear()
            pause = _POLL_SECONDS
            try:
                pause = await self._take_due()
            except StoreError as error:
                log.warning("webhooks put off: %s", error)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._work.wait(), pause)

    async def _take_due(self) -> float:
        """Starts what is due, but for what has to wait outside, since much of its receiver's waits here already.

        Gives back in how many seconds there may be more.
        """
        due = await self._database.webhooks.due(_TAKEN)
        waiting = Counter(self._delivering.values())
        left: list[Delivery] = []
        for delivery in due:
            receiver = self._receiver(delivery)
            if waiting[receiver] >= _TAKEN_PER_RECEIVER or len(self._delivering) >= _TAKEN:
                left.append(delivery)
                continue
            waiting[receiver] += 1
            task = asyncio.create_task(self._deliver(delivery, receiver))
            self._delivering[task] = receiver
            task.add_done_callback(self._delivering.pop)
        await self._database.webhooks.put_off(left, _PUT_OFF)
        if left:
            return _PUT_OFF.total_seconds()
        return 0.0 if len(due) == _TAKEN else _POLL_SECONDS

    def _receiver(self, delivery: Delivery) -> str:
        """Who waits for whom: all that goes to one host. What cannot be sent anywhere waits for nobody."""
        with suppress(SecretError, ValueError):
            return urlsplit(self._database.webhooks.url(delivery)).hostname or ""
        return ""

    async def _deliver(self, delivery: Delivery, receiver: str) -> None:
        try:
            async with self._room.taken(1, receiver):
                await self._attempt(delivery)
        except StoreError as error:
            log.warning("a webhook comes due again: %s", error)

    async def _attempt(self, delivery: Delivery) -> None:
        parent = await self._traceparent(delivery.job_id) if is_on() else None
        about: Attributes = {"phoenix.job_id": delivery.job_id, "phoenix.attempt": delivery.attempts + 1}
        with span("POST webhook", about, parent=parent, kind=Kind.CLIENT) as traced:
            await self._attempt_traced(delivery, traced)

    async def _traceparent(self, job_id: str) -> str | None:
        with suppress(JobNotFoundError):
            return (await self._database.jobs.get(EVERYWHERE, job_id)).traceparent
        return None

    async def _attempt_traced(self, delivery: Delivery, traced: Span) -> None:
        status_code, error = None, None
        try:
            async with asyncio.timeout(_ATTEMPT_SECONDS):
                status_code = await self._post(delivery, traced.traceparent)
                traced.note("http.response.status_code", status_code)
        except TimeoutError:
            error = f"no answer in {_ATTEMPT_SECONDS:.0f} seconds"
        except PrivateAddressError as failure:
            error = f"{failure}; WEBHOOK_ALLOW_PRIVATE would allow it"
        except (httpx.HTTPError, OSError, ValueError, SecretError) as failure:
            error = str(failure) or type(failure).__name__
        delivered = status_code is not None and 200 <= status_code < 300
        if not delivered:
            traced.fail("no answer" if status_code is None else str(status_code))
        pause = None if delivered else next_pause(delivery, datetime.now(UTC), chance=random.random())  # noqa: S311  jitter
        outcome = DeliveryOutcome.DELIVERED if delivered else DeliveryOutcome.RETRIED if pause else DeliveryOutcome.GIVEN_UP
        process_meter().count(WEBHOOKS, outcome.value)
        await self._database.webhooks.record(
            delivery, status_code=status_code, error=error, delivered=delivered, retry_in=pause
        )

    async def _post(self, delivery: Delivery, traceparent: str | None) -> int:
        try:
            headers = await self._database.jobs.webhook_headers(delivery.job_id)
        except JobNotFoundError:
            headers = {}
        own = await self._database.tenants.webhook_secrets_of_job(delivery.job_id)
        return await post_signed(
            self._http,
            self._settings,
            self._resolve,
            url=self._database.webhooks.url(delivery),
            headers={"traceparent": traceparent} | headers if traceparent else headers,
            message_id=delivery.delivery_id,
            body=delivery.body,
            secrets=signing_secrets(self._settings, own),
        )


def next_pause(delivery: Delivery, now: datetime, *, chance: float) -> timedelta | None:
    """From five seconds to two hours, doubling, with jitter (``chance``: 0 to 1); None once the delivery is a day old."""
    if now - delivery.created_at > _PATIENCE:
        return None
    pause = min(_FIRST_PAUSE * (1 << min(delivery.attempts, 20)), _LONGEST_PAUSE)
    return pause * (0.75 + chance / 2)
