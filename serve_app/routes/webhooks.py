"""Webhooks of jobs: what was sent and answered, sent once more, and tried out."""

import asyncio
import json
import secrets
import time
from datetime import datetime

import httpx
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from cluster.webhook_signing import post_signed, signing_secrets
from jobs_store.webhooks import TrackedDelivery
from scanner.outbound.destinations import DestinationError
from serve_app.access.auditing import Action, AuditDep
from serve_app.access.auth import AdminDep, ReaderDep, WiringDep, key_required
from serve_app.moments import zulu
from serve_app.schemas.form_fields import FormFields, parse_fields
from serve_app.schemas.jobs import JOB_ID, ApiAnswer
from serve_app.submitting.webhook_addresses import check_webhooks
from serve_app.wiring import Wiring

router = APIRouter(prefix="/api/v1", tags=["webhooks"], dependencies=key_required)
_PATIENCE_SECONDS = 10.0


class AttemptAnswer(ApiAnswer):
    number: int
    time: datetime
    status_code: int | None
    error: str | None
    """Why there was no answer."""


class WebhookAnswer(ApiAnswer):
    """A message about a job, and every attempt to deliver it."""

    id: str = Field(examples=["msg_5f0c1b2e9d8a47c6b3e1f2a4d5c6b7a8"])
    """The header `webhook-id`, the same in every attempt."""
    job_id: str = Field(examples=[JOB_ID])
    created_at: datetime
    delivered_at: datetime | None
    next_attempt_at: datetime | None
    """Null once it is delivered or given up."""
    attempts: list[AttemptAnswer]

    @classmethod
    def of(cls, delivery: TrackedDelivery) -> "WebhookAnswer":
        attempts = [
            AttemptAnswer(number=each.number, time=each.time, status_code=each.status_code, error=each.error)
            for each in delivery.attempts
        ]
        return cls(
            id=delivery.delivery_id,
            job_id=delivery.job_id,
            created_at=delivery.created_at,
            delivered_at=delivery.delivered_at,
            next_attempt_at=delivery.next_at,
            attempts=attempts,
        )


class Webhooks(ApiAnswer):
    total: int
    webhooks: list[WebhookAnswer]


class TrialOrder(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    webhook_url: str = Field(max_length=1024, examples=["https://ci.example.com/hooks/phoenix"])
    webhook_headers: dict[str, str] | None = None
    """Sent with it, as an upload would have them."""


class TrialAnswer(ApiAnswer):
    id: str
    delivered: bool
    """Whether the receiver answered with 2xx."""
    status_code: int | None
    error: str | None
    seconds: float


@router.get("/jobs/{job_id}/webhooks", summary="A job's webhooks, with every attempt")
async def job_webhooks(job_id: str, wiring: WiringDep, caller: ReaderDep) -> Webhooks:
    job = await wiring.database.jobs.find(caller.reach, job_id)
    found = await wiring.database.webhooks.tracked(job.job_id)
    return Webhooks(total=len(found), webhooks=[WebhookAnswer.of(delivery) for delivery in found])


@router.post("/webhooks/{webhook_id}/replay", status_code=202, summary="Send a webhook once more")
async def replay_webhook(webhook_id: str, wiring: WiringDep, caller: AdminDep, audit: AuditDep) -> WebhookAnswer:
    """With the same id and body, signed anew; tried for a day again. 409 where the job, and its URL with it, is cleaned up."""
    tenant = (await wiring.database.webhooks.find(caller.reach, webhook_id)).tenant
    async with audit.of(Action.WEBHOOK_REPLAY, webhook_id, tenant=tenant):
        delivery = await wiring.database.webhooks.replay(webhook_id)
    await wiring.cluster.wake_courier()
    return WebhookAnswer.of(delivery)


@router.post("/webhooks/test", summary="Send a webhook as a trial")
async def test_webhook(order: TrialOrder, wiring: WiringDep, caller: AdminDep, audit: AuditDep) -> TrialAnswer:
    """Signed by the tenant's secret, of a job that does not exist (`job_id` is `job-test`); tells what came of it."""
    fields = _checked(order)
    await check_webhooks([fields.webhook_url], wiring)
    message_id = f"msg_{secrets.token_hex(16)}"
    await audit.record(Action.WEBHOOK_TEST, message_id)
    began = time.monotonic()
    status_code, error = await _tried(wiring, caller.owner, fields, message_id)
    delivered = status_code is not None and 200 <= status_code < 300
    seconds = round(time.monotonic() - began, 3)
    return TrialAnswer(id=message_id, delivered=delivered, status_code=status_code, error=error, seconds=seconds)


def _checked(order: TrialOrder) -> FormFields:
    """As an upload's fields are. Raises `InvalidParametersError`."""
    headers = {} if order.webhook_headers is None else {"webhook_headers": json.dumps(order.webhook_headers)}
    return parse_fields({"webhook_url": order.webhook_url} | headers)


async def _tried(wiring: Wiring, tenant: str, fields: FormFields, message_id: str) -> tuple[int | None, str | None]:
    own = await wiring.database.tenants.webhook_secrets(tenant)
    body = {
        "job_id": "job-test",
        "status": "completed",
        "filename": "test",
        "scanner_type": "test",
        "success": True,
        "timestamp": zulu(wiring.now()),
        "test": True,
    }
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS), httpx.AsyncClient(timeout=_PATIENCE_SECONDS) as http:
            status_code = await post_signed(
                http,
                wiring.settings,
                wiring.resolve,
                url=fields.webhook_url or "",
                headers=fields.webhook_headers or {},
                message_id=message_id,
                body=json.dumps(body),
                secrets=signing_secrets(wiring.settings, own),
            )
    except TimeoutError:
        return None, f"no answer in {_PATIENCE_SECONDS:.0f} seconds"
    except (httpx.HTTPError, httpx.InvalidURL, DestinationError, OSError) as failure:
        return None, type(failure).__name__  # what it says may show the URL
    return status_code, None
