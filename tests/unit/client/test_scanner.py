"""Both clients against the fake service: every route, and what they do when things break."""

import inspect
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fake_service import FakeService

from client.errors import (
    InvalidAnswerError,
    JobFailedError,
    RefusedError,
    ServiceBusyError,
    ServiceUnreachableError,
    WaitTimeoutError,
)
from client.sdk import ONCE, AsyncPhoenixScanner, ImportType, JobStatus, PhoenixScanner, SubmitOptions


class Pipe(io.BytesIO):
    """Can be read once, like standard input."""

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = 0) -> int:
        raise io.UnsupportedOperation


async def test_submits_a_file_with_its_options(scanner: Any, service: FakeService, tmp_path: Path) -> None:
    report = tmp_path / "trivy.json"
    report.write_bytes(b"x" * 300_000)
    seen: list[tuple[int, int | None]] = []
    options = SubmitOptions(scanner_type="trivy", import_type=ImportType.MERGE, fix_data=False, webhook_headers={"A": "b"})
    job = await scanner.submit(report, options, on_progress=lambda sent, total: seen.append((sent, total)))

    assert job.status is JobStatus.QUEUED
    stored = service.jobs[job.job_id]
    assert (stored.filename, stored.size) == ("trivy.json", 300_000)
    assert stored.fields == {
        "scanner_type": "trivy",
        "import_type": "merge",
        "fix_data": "false",
        "webhook_headers": '{"A":"b"}',
    }
    assert seen[-1] == (300_000, 300_000)
    assert len(seen) > 2, "the report was read as a whole"


async def test_submits_a_stream_of_unknown_length(scanner: Any, service: FakeService) -> None:
    job = await scanner.submit(Pipe(b"y" * 100_000), filename="piped.csv")
    assert (service.jobs[job.job_id].filename, service.jobs[job.job_id].size) == ("piped.csv", 100_000)


async def test_a_lost_answer_does_not_make_a_second_job(scanner: Any, service: FakeService) -> None:
    service.faults.lost_answers = 2
    job = await scanner.submit(io.BytesIO(b"abc"), filename="a.json")
    assert list(service.jobs) == [job.job_id]
    assert service.jobs[job.job_id].size == 3


async def test_a_stream_that_cannot_be_read_again_is_sent_once(scanner: Any, service: FakeService) -> None:
    service.faults.lost_answers = 1
    with pytest.raises(ServiceBusyError):
        await scanner.submit(Pipe(b"abc"), filename="a.json")
    assert service.requests == [("POST", "/api/v1/upload")]


async def test_the_same_key_gives_the_same_job(scanner: Any, service: FakeService) -> None:
    first = await scanner.submit(io.BytesIO(b"a"), filename="a", idempotency_key="build-7")
    second = await scanner.submit(io.BytesIO(b"a"), filename="a", idempotency_key="build-7")
    assert first.job_id == second.job_id


async def test_asks_for_jobs(scanner: Any, service: FakeService) -> None:
    for _ in range(3):
        service.add_job()
    service.faults.outcome = "failed"
    service.add_job()
    page = await scanner.jobs(page=1, page_size=2)
    assert (page.total, [job.job_id for job in page.jobs]) == (4, ["job-4", "job-3"])
    assert [job.job_id for job in (await scanner.jobs(status=JobStatus.FAILED)).jobs] == ["job-4"]
    job = await scanner.job("job-1")
    assert (job.vulnerabilities_imported, job.recent_logs) == (1200, ["received", "detected trivy"])
    assert job.created_at.utcoffset() == timedelta(0)


async def test_asks_for_everything_else(scanner: Any, service: FakeService) -> None:
    service.add_job()
    assert (await scanner.skipped("job-1")).total == 5
    assert (await scanner.dismissed("job-1")).dismissed[0].asset == "shop"
    assert (await scanner.merged("job-1")).merged[0].differs == {"severity": "2.0"}
    assert [batch.findings for batch in await scanner.batches("job-1")] == [1200]
    assert [known.slug for known in await scanner.formats()] == ["trivy"]
    assert (await scanner.health()).database.status == "healthy"
    assert (await scanner.ping()).status == "ok"


async def test_an_unhealthy_service_is_an_answer(scanner: Any, service: FakeService) -> None:
    service.health_status = "unhealthy"
    assert (await scanner.health()).status == "unhealthy"


async def test_cancels_and_retries(scanner: Any, service: FakeService) -> None:
    service.faults.endless = True
    service.add_job()
    await scanner.cancel("job-1")
    assert service.jobs["job-1"].status == "cancelled"
    with pytest.raises(RefusedError, match="already ended") as refusal:
        await scanner.cancel("job-1")
    assert (refusal.value.status, refusal.value.code) == (400, "job_ended")
    assert (await scanner.retry("job-1")).status is JobStatus.QUEUED


async def test_an_unknown_job(scanner: Any) -> None:
    with pytest.raises(RefusedError) as refusal:
        await scanner.job("job-x/../y")
    assert refusal.value.status == 404
    with pytest.raises(RefusedError) as refusal:
        await scanner.events("follow", "job-none")
    assert (refusal.value.code, refusal.value.details) == ("job_not_found", {"job_id": "job-none"})


async def test_a_busy_service_is_asked_again(scanner: Any, service: FakeService) -> None:
    service.add_job()
    service.faults.answers.extend([(503, {"Retry-After": "0"}), (429, {"Retry-After": "0"}), (502, {})])
    assert (await scanner.job("job-1")).job_id == "job-1"
    assert len(service.requests) == 4


async def test_a_service_that_stays_busy(scanner: Any, service: FakeService) -> None:
    service.faults.answers.extend([(503, {"Retry-After": "0"})] * 9)
    with pytest.raises(ServiceBusyError) as refusal:
        await scanner.job("job-1")
    assert (len(service.requests), refusal.value.retry_after) == (4, 0.0)


async def test_a_cancel_that_may_have_worked_is_not_repeated(scanner: Any, service: FakeService) -> None:
    service.add_job()
    service.faults.answers.append((504, {}))
    with pytest.raises(ServiceBusyError):
        await scanner.cancel("job-1")
    assert len(service.requests) == 1


async def test_follows_a_job_to_its_end(scanner: Any, service: FakeService) -> None:
    service.add_job()
    events = await scanner.events("follow", "job-1")
    assert [event.type for event in events[:3]] == ["connected", "status", "progress"]
    assert [event.seq for event in events[1:]] == list(range(1, 13))
    assert events[-1].final
    assert events[-1].data.vulnerabilities_imported == 1200


async def test_a_broken_connection_goes_on_where_it_broke(scanner: Any, service: FakeService) -> None:
    service.add_job()
    service.faults.breaks.extend([4, 1, 3])
    events = await scanner.events("follow", "job-1", after=1)
    assert [event.seq for event in events if event.seq] == list(range(2, 13))
    assert service.connections == [1, 5, 6, 9]
    assert [event.type for event in events].count("connected") == 1


@pytest.mark.parametrize("sockets", ["blocked", "silent", "garbled"])
async def test_polls_where_websockets_do_not_work(scanner: Any, service: FakeService, sockets: str) -> None:
    service.faults.sockets = sockets
    service.add_job()
    events = await scanner.events("follow", "job-1")
    assert [event.seq for event in events] == list(range(1, 13))


async def test_a_watcher_that_has_seen_it_all_still_ends(scanner: Any, service: FakeService) -> None:
    service.add_job()
    events = await scanner.events("follow", "job-1", after=12)
    assert [event.type for event in events] == ["connected", "complete"]
    assert events[-1].data.assets_imported == 3


async def test_reads_stored_events(scanner: Any, service: FakeService) -> None:
    service.add_job()
    assert [event.seq for event in await scanner.events("logs", "job-1", after=10)] == [11, 12]
    assert len(await scanner.events("logs", "job-1", after=10, follow=True)) == 3
    with pytest.raises(RefusedError, match="no such job"):
        await scanner.events("logs", "job-2")


async def test_waits_for_the_end(scanner: Any, service: FakeService) -> None:
    service.add_job()
    assert (await scanner.wait("job-1")).status is JobStatus.COMPLETED
    service.faults.outcome = "failed"
    service.add_job()
    assert (await scanner.wait("job-2", check=False)).status is JobStatus.FAILED
    with pytest.raises(JobFailedError, match="job-2 failed: Phoenix said no"):
        await scanner.wait("job-2")


@pytest.mark.parametrize("sockets", ["open", "blocked"])
async def test_waits_no_longer_than_told(scanner: Any, service: FakeService, sockets: str) -> None:
    service.faults.endless = True
    service.faults.sockets = sockets
    service.add_job()
    with pytest.raises(WaitTimeoutError, match=r"job-1 had not ended after 0\.3 s"):
        await scanner.wait("job-1", timeout=timedelta(seconds=0.3))


def test_nobody_there() -> None:
    with PhoenixScanner("http://127.0.0.1:9", retries=ONCE) as blocking, pytest.raises(ServiceUnreachableError) as error:
        blocking.ping()
    assert str(error.value).startswith("no answer from http://127.0.0.1:9: ")


def test_somebody_else_there() -> None:
    page = httpx.MockTransport(lambda request: httpx.Response(200, text="<html>Welcome to the intranet"))
    with PhoenixScanner("http://intranet", transport=page) as blocking, pytest.raises(InvalidAnswerError, match="Welcome"):
        blocking.ping()


def test_the_twins_have_the_same_methods() -> None:
    def methods(kind: type) -> dict[str, list[str]]:
        public = {
            name: member for name, member in vars(kind).items() if inspect.isfunction(member) and not name.startswith("_")
        }
        return {name: list(inspect.signature(member).parameters) for name, member in public.items()}

    assert methods(PhoenixScanner) == methods(AsyncPhoenixScanner)
