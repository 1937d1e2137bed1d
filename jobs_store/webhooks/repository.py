"""Webhook deliveries: what is to be told to whom, and every attempt to do so."""

import secrets
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from jobs_store.dialects import from_now, now
from jobs_store.engine import Transactions
from jobs_store.errors import WebhookGoneError, WebhookNotFoundError
from jobs_store.reach import EVERYWHERE, Reach
from jobs_store.secrets import Sealer
from jobs_store.tables import jobs, webhook_attempts, webhook_deliveries
from jobs_store.webhooks.records import Attempt, Delivery, TrackedDelivery


class WebhookRepository:
    def __init__(self, transactions: Transactions, secrets: Sealer) -> None:
        self._transactions, self._secrets = transactions, secrets

    def url(self, delivery: Delivery) -> str:
        """In clear. Raises `SecretError` when ``SECRET_KEY`` no longer fits."""
        stored = delivery.sealed_url
        return stored if stored.startswith(_CLEAR) else self._secrets.open_text(stored)

    async def schedule(self, job_id: str, url: str, body: str) -> str:
        """A delivery due at once; gives back its id. `JobRepository.finish` does the same together with the job's end."""
        async with self._transactions.write() as connection:
            (delivery_id,) = await connection.run_sync(insert_deliveries, [(job_id, self._secrets.seal_text(url), body)])
        return delivery_id

    async def due(self, limit: int, *, lease_for: timedelta = timedelta(minutes=2)) -> list[Delivery]:
        """Takes deliveries whose time has come; nobody else gets them for ``lease_for``. A crash means they come due again."""
        chosen = (
            select(_TABLE.c.delivery_id)
            .where(_TABLE.c.next_at <= now())
            .order_by(_TABLE.c.next_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("chosen")
            .prefix_with("MATERIALIZED", dialect="postgresql")
        )
        statement = (
            update(_TABLE)
            .where(_TABLE.c.delivery_id == chosen.c.delivery_id)
            .values(next_at=from_now(lease_for))
            .returning(*_COLUMNS)
        )
        async with self._transactions.write() as connection:
            return [_delivery(row) for row in await connection.execute(statement)]

    async def put_off(self, deliveries: Collection[Delivery], pause: timedelta) -> None:
        """Gives back what was taken and not attempted."""
        ids = [delivery.delivery_id for delivery in deliveries]
        if ids:
            async with self._transactions.write() as connection:
                waiting = (_TABLE.c.delivery_id.in_(ids), _TABLE.c.next_at.is_not(None))
                await connection.execute(update(_TABLE).where(*waiting).values(next_at=from_now(pause)))

    async def record(
        self,
        delivery: Delivery,
        *,
        status_code: int | None = None,
        error: str | None = None,
        delivered: bool = False,
        retry_in: timedelta | None = None,
    ) -> bool:
        """Notes an attempt: delivered, or to be tried again in ``retry_in``, or given up where that is None.

        False, and nothing written, when another process has recorded this attempt already.
        """
        is_over = delivered or retry_in is None
        values: dict[str, Any] = {
            "attempts": _TABLE.c.attempts + 1,
            "next_at": None if retry_in is None or is_over else from_now(retry_in),
            "delivered_at": now() if delivered else None,
        }
        if is_over:
            values["url"] = ""  # it may hold a token, and nobody needs it any more
        unchanged = (_TABLE.c.delivery_id == delivery.delivery_id, _TABLE.c.attempts == delivery.attempts)
        attempt = {"delivery_id": delivery.delivery_id, "number": delivery.attempts + 1}
        async with self._transactions.write() as connection:
            if (await connection.execute(update(_TABLE).where(*unchanged).values(values))).rowcount == 0:
                return False
            await connection.execute(
                insert(webhook_attempts).values(**attempt, time=now(), status_code=status_code, error=error)
            )
        return True

    async def tracked(self, job_id: str) -> list[TrackedDelivery]:
        """All messages about a job, the oldest first."""
        return await self._tracked(EVERYWHERE, _TABLE.c.job_id == job_id)

    async def tracked_of(self, job_ids: Collection[str]) -> list[TrackedDelivery]:
        """All messages about these jobs, the oldest first. Two statements."""
        return await self._tracked(EVERYWHERE, _TABLE.c.job_id.in_(job_ids))

    async def find(self, reach: Reach, delivery_id: str) -> TrackedDelivery:
        """Raises `WebhookNotFoundError`, also for one about a job that is out of reach."""
        found = await self._tracked(reach, _TABLE.c.delivery_id == delivery_id)
        if not found:
            raise WebhookNotFoundError(delivery_id)
        return found[0]

    async def replay(self, delivery_id: str) -> TrackedDelivery:
        """Makes it due once more, with a day of its own. Raises `WebhookNotFoundError`, `WebhookGoneError`."""
        url = select(jobs.c.webhook_url).where(jobs.c.job_id == _TABLE.c.job_id).scalar_subquery()
        statement = (
            update(_TABLE)
            .where(_TABLE.c.delivery_id == delivery_id, url.is_not(None))
            .values(url=url, created_at=now(), next_at=now(), delivered_at=None)
        )
        async with self._transactions.write() as connection:
            done = (await connection.execute(statement)).rowcount
        delivery = await self.find(EVERYWHERE, delivery_id)
        if not done:
            raise WebhookGoneError(delivery_id)
        return delivery

    async def _tracked(self, reach: Reach, which: ColumnElement[bool]) -> list[TrackedDelivery]:
        own = (
            _TABLE.c.delivery_id,
            _TABLE.c.job_id,
            jobs.c.tenant,
            _TABLE.c.created_at,
            _TABLE.c.delivered_at,
            _TABLE.c.next_at,
        )
        deliveries = (
            select(*own)
            .join_from(_TABLE, jobs, _TABLE.c.job_id == jobs.c.job_id)
            .where(which, reach.over(jobs))
            .order_by(_TABLE.c.created_at)
        )
        tried = webhook_attempts.c
        async with self._transactions.read() as connection:
            rows = (await connection.execute(deliveries)).all()
            made = (
                select(tried.delivery_id, tried.number, tried.time, tried.status_code, tried.error)
                .where(tried.delivery_id.in_([row.delivery_id for row in rows]))
                .order_by(tried.time, tried.number)
            )
            attempts: dict[str, list[Attempt]] = {}
            for delivery_id, *attempt in await connection.execute(made):
                attempts.setdefault(delivery_id, []).append(Attempt(*attempt))
        return [TrackedDelivery(*row, attempts=tuple(attempts.get(row.delivery_id, ()))) for row in rows]


_CLEAR = ("https://", "http://")
"""How a URL begins that was stored before they were encrypted."""
_TABLE = webhook_deliveries
_COLUMNS = tuple(_TABLE.c[name] for name in ("delivery_id", "job_id", "url", "body", "created_at", "attempts"))


def insert_deliveries(connection: Connection, told: Iterable[tuple[str, str, str]]) -> list[str]:
    """Takes job ids, encrypted URLs and bodies, in a transaction of the caller's, so that no job ends without its webhook."""
    rows = [{"delivery_id": f"msg_{secrets.token_hex(16)}", "job_id": job, "url": url, "body": body} for job, url, body in told]
    if rows:
        connection.execute(insert(_TABLE).values(created_at=now(), next_at=now()), rows)
    return [row["delivery_id"] for row in rows]


def _delivery(row: Row[*tuple[Any, ...]]) -> Delivery:
    values = row._asdict()
    return Delivery(sealed_url=values.pop("url"), **values)
