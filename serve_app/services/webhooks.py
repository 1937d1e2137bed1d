"""Webhooks of jobs: what was sent and answered, sent once more, and tried out."""

import asyncio
import json
import secrets
import time
from collections.abc import Sequence

import httpx

from cluster.webhook_signing import post_signed, signing_secrets
from jobs_store.webhooks import TrackedDelivery
from scanner.outbound.destinations import DestinationError
from serve_app.access.actions import Action
from serve_app.access.auditing import Auditing
from serve_app.access.auth import Caller
from serve_app.moments import zulu
from serve_app.schemas.form_fields import FormFields, parse_fields
from serve_app.schemas.webhooks import TrialAnswer, TrialOrder
from serve_app.submitting.webhook_addresses import check_webhooks
from serve_app.wiring import Wiring

_PATIENCE_SECONDS = 10.0


async def of_job(wiring: Wiring, caller: Caller, job_id: str) -> Sequence[TrackedDelivery]:
    """Raises `JobNotFoundError`, `AmbiguousIdError`."""
    job = await wiring.database.jobs.find(caller.reach, job_id)
    return await wiring.database.webhooks.tracked(job.job_id)


def place(delivery: TrackedDelivery) -> str:
    """In the order of `of_job`."""
    return f"{zulu(delivery.created_at)} {delivery.delivery_id}"


async def replay(auditing: Auditing, webhook_id: str) -> TrackedDelivery:
    """Sends it once more, with the same id and body. Raises `WebhookNotFoundError`, `WebhookGoneError`."""
    wiring = auditing.wiring
    tenant = (await wiring.database.webhooks.find(auditing.caller.reach, webhook_id)).tenant
    async with auditing.of(Action.WEBHOOK_REPLAY, webhook_id, tenant=tenant):
        delivery = await wiring.database.webhooks.replay(webhook_id)
    await wiring.cluster.wake_courier()
    return delivery


async def try_out(auditing: Auditing, order: TrialOrder) -> TrialAnswer:
    """Signed by the tenant's secret, of a job that does not exist. Raises `InvalidParametersError`."""
    wiring = auditing.wiring
    fields = _checked(order)
    await check_webhooks([fields.webhook_url], wiring)
    message_id = f"msg_{secrets.token_hex(16)}"
    await auditing.record(Action.WEBHOOK_TEST, message_id)
    began = time.monotonic()
    status_code, error = await _tried(wiring, auditing.caller.owner, fields, message_id)
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
