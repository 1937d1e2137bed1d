"""Webhooks of jobs: what was sent and answered, sent once more, and tried out."""

from fastapi import APIRouter

from serve_app.access.auditing import AuditDep
from serve_app.access.auth import AdminDep, ReaderDep, WiringDep, key_required
from serve_app.schemas.webhooks import TrialAnswer, TrialOrder, WebhookAnswer, Webhooks
from serve_app.services import webhooks

router = APIRouter(prefix="/api/v1", tags=["webhooks"], dependencies=key_required)


@router.get("/jobs/{job_id}/webhooks", summary="A job's webhooks, with every attempt")
async def job_webhooks(job_id: str, wiring: WiringDep, caller: ReaderDep) -> Webhooks:
    found = await webhooks.of_job(wiring, caller, job_id)
    return Webhooks(total=len(found), webhooks=[WebhookAnswer.of(delivery) for delivery in found])


@router.post("/webhooks/{webhook_id}/replay", status_code=202, summary="Send a webhook once more")
async def replay_webhook(webhook_id: str, caller: AdminDep, audit: AuditDep) -> WebhookAnswer:
    """With the same id and body, signed anew; tried for a day again. 409 where the job, and its URL with it, is cleaned up."""
    return WebhookAnswer.of(await webhooks.replay(audit, webhook_id))


@router.post("/webhooks/test", summary="Send a webhook as a trial")
async def test_webhook(order: TrialOrder, caller: AdminDep, audit: AuditDep) -> TrialAnswer:
    """Signed by the tenant's secret, of a job that does not exist (`job_id` is `job-test`); tells what came of it."""
    return await webhooks.try_out(audit, order)
