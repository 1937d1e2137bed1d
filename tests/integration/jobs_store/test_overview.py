"""Jobs in numbers, on SQLite and on PostgreSQL."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from jobs_store.database import Database
from jobs_store.jobs import Job, JobSort, JobStatus, Lease
from jobs_store.reach import EVERYWHERE, Reach

SubmitJob = Callable[..., Awaitable[Job]]
LeaseJob = Callable[..., Awaitable[Lease]]
SEVERITIES = {"critical": 3, "low": 4}


async def complete(database: Database, lease: Lease, *, format: str, findings: int, summary: str | None) -> None:
    await database.jobs.advance(lease, detected_format=format)
    await database.jobs.finish(lease, status=JobStatus.COMPLETED, vulnerabilities_imported=findings, batch_summary=summary)


@pytest.mark.parametrize(("span", "by_hour"), [(timedelta(days=1), True), (timedelta(days=30), False)])
async def test_it_counts_what_is_in_reach(
    database: Database, submit: SubmitJob, leased: LeaseJob, span: timedelta, by_hour: bool
) -> None:
    for tenant in ("red", "red", "blue"):
        summary = json.dumps({"severities": SEVERITIES})
        await complete(database, await leased(tenant=tenant), format="trivy", findings=7, summary=summary)
    await complete(database, await leased(tenant="red"), format="zap", findings=1, summary=None)
    waiting = await submit(tenant="red")

    told = await database.overview.ask(Reach("red"), span)
    assert told.by_status == {JobStatus.COMPLETED: 3, JobStatus.QUEUED: 1}
    assert told.oldest_waiting == waiting.created_at
    assert told.by_hour is by_hour
    assert [(each.scanner, each.jobs, each.findings, each.size_bytes) for each in told.imported] == [
        ("trivy", 2, 14, 4096),
        ("zap", 1, 1, 2048),
    ]
    assert told.imported[0].severities == {"critical": 6, "high": 0, "medium": 0, "low": 8, "info": 0}
    assert set(told.imported[1].severities.values()) == {0}
    ended = (await database.jobs.list(Reach("red"), status=JobStatus.COMPLETED))[1][0].completed_at
    assert ended is not None
    start = ended.replace(minute=0, second=0, microsecond=0, hour=ended.hour if by_hour else 0)
    assert told.imported[-1].start == f"{start:%Y-%m-%dT%H:%M:%SZ}"
    assert told.slowest == []

    everybody = await database.overview.ask(EVERYWHERE, span)
    assert {pace.tenant: pace.jobs for pace in everybody.slowest} == {"red": 3, "blue": 1}
    assert all(0 <= pace.mean_seconds <= pace.longest_seconds < 600 for pace in everybody.slowest)


async def test_jobs_are_found_by_what_is_asked(database: Database, submit: SubmitJob) -> None:
    for name, size in (("Shop_1.json", 1), ("shop-2.json", 3), ("other.json", 2)):
        await submit(filename=name, file_size_bytes=size, assessment_name="50% off" if size == 2 else None)

    async def found(**asked: object) -> list[str]:
        total, jobs = await database.jobs.list(EVERYWHERE, **asked)  # type: ignore[arg-type]
        assert total == len(jobs)
        return [job.filename for job in jobs]

    assert await found(text="SHOP") == ["shop-2.json", "Shop_1.json"]
    assert await found(text="p_1") == ["Shop_1.json"], "a wildcard is a letter like others"
    assert await found(text="0% o") == ["other.json"]
    assert await found(scanner="trivy") == []
    assert await found(order=JobSort.LARGEST) == ["shop-2.json", "other.json", "Shop_1.json"]
    assert await found(order=JobSort.OLDEST) == ["Shop_1.json", "shop-2.json", "other.json"]
