"""Phoenix on its bad days: every finding is imported exactly once, and the job ends."""

import pytest
from large_reports import generic, giant, plain
from ray_service import Service

from jobs_store.jobs import JobStatus
from scanner.options import ImportOptions
from scanner.phoenix.sandbox.faults import AnswerStyle, Faults, RetryAfter
from scanner.phoenix.sandbox.server import SandboxServer

OPTIONS = ImportOptions(assessment_name="nightly", max_batch_size=10)
REPORT = generic(150, 12)

BAD_DAYS = {
    "busy": Faults(rate_429=0.3, retry_after_seconds=0, retry_after=RetryAfter.SECONDS),
    "few at once": Faults(max_in_flight=2, retry_after_seconds=0, latency_seconds=0.02),
    "failing": Faults(rate_503=0.2, rate_broken=0.1, rate_failed_polls=0.2),
    "small bodies": Faults(max_body_bytes=9_000),
    "tokens": Faults(token_calls=5, token_expiry_told=False),
    "lost answers": Faults(rate_lost_answers=0.2, import_seconds=0.05),
    "synchronous": Faults(answers=AnswerStyle.SYNC, rate_lost_answers=0.1),
}


@pytest.mark.parametrize("day", BAD_DAYS)
async def test_phoenix_has_a_bad_day(service: Service, sandbox: SandboxServer, day: str) -> None:
    sandbox.faults = BAD_DAYS[day]
    job = await service.ended(await service.submit(REPORT, sandbox, options=OPTIONS))

    assert (job.status, job.error_message) == (JobStatus.COMPLETED, None)
    assert plain(sandbox.snapshot()) == plain(giant([(REPORT, OPTIONS)]))
    assert job.vulnerabilities_imported == 150 * 12
