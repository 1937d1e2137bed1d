"""A report of any content costs its own job: what reads it is bounded, holds nothing, reaches nothing, and leaves nothing."""

import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from large_reports import generic
from task_reports import report

from cluster import work
from cluster.errors import LostRunnerError, TaskLimitError
from cluster.report import Report, TaskLimits
from cluster.sealed.messages import PlanPartition, ReadDone, ReadReports, TranslateDone, TranslateShard
from cluster.sealed.workshop import Workshop
from jobs_store.errors import StorageUnavailableError
from jobs_store.storage import ObjectStorage, layout
from scanner.errors import MalformedReportError
from scanner.regrouping import WHOLE, Share

LIMITS = TaskLimits(memory_bytes=300 << 20, seconds=20)
ODD = Path(__file__).with_name("odd_nursery.py")
GOOD = generic(25, 6)


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    opened = Workshop([sys.executable, str(ODD)])
    yield opened
    opened.close()


@pytest.fixture
def given(storage: ObjectStorage) -> Callable[..., Report]:
    """Makes stored reports; what runners do with one its name says."""

    def make(name: str = "report.json", content: bytes = GOOD, job_id: str = "job-1", **more: Any) -> Report:
        key = f"received/{job_id}"
        storage.put(key, content)
        return replace(report(storage, content, filename=name), job_id=job_id, key=key, **more)

    return make


def read(workshop: Workshop, storage: ObjectStorage, *reports: Report, limits: TaskLimits = LIMITS) -> list[Any]:
    done, _ = workshop.carry_out(ReadReports(tuple((report, False) for report in reports), len(reports) == 1), limits, storage)
    assert isinstance(done, ReadDone)
    return [answer.unread if answer.unread is not None else answer.read for answer in done.answers]


def process_of(workshop: Workshop, storage: ObjectStorage, report: Report) -> int:
    (told,) = read(workshop, storage, replace(report, filename="tell-pid"))
    return int(told.rpartition(" ")[2])


def test_it_reads_as_the_work_itself_does(workshop: Workshop, storage: ObjectStorage, given: Callable[..., Report]) -> None:
    one = given()
    assert read(workshop, storage, one) == [work.read_report(one, storage)]


@pytest.mark.parametrize("share", [WHOLE, Share(0, 2)])
def test_a_long_report_is_read_translated_and_planned(
    workshop: Workshop, storage: ObjectStorage, given: Callable[..., Report], share: Share
) -> None:
    long = given(short_bytes=0, shard_bytes=len(GOOD) // 3)
    (found,) = read(workshop, storage, long)
    expected = work.read_report(long, storage)
    assert found == expected
    blocks: list[bytes] = []
    for shard in found.shards:
        done, payload = workshop.carry_out(TranslateShard(long, shard, 1), LIMITS, storage)
        counts, tally, made = work.translate_shard(long, shard, 1, storage)
        assert isinstance(done, TranslateDone)
        assert (done.counts, done.tally, done.sizes, bytes(payload)) == (counts, tally, [len(made[0])], made[0])
        blocks.append(bytes(payload))
    planned = workshop.carry_out(PlanPartition(long, 0, share), LIMITS, storage, lambda: blocks)[0]
    bodies = {key: storage.get(key) for key in storage.list(layout.bodies(long.job_id))}
    assert bodies
    assert planned.planned == work.plan_partition(long, 0, lambda: blocks, storage, share)  # type: ignore[union-attr]
    assert {key: storage.get(key) for key in bodies} == bodies


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("eat", "more than 300 MB of memory in one step"),
        ("crash", "crashed (SIGSEGV)"),
        ("loop", "more than 1 seconds in one step"),
        ("loop-natively", "more than 1 seconds in one step"),
        ("leave", "more than 1 seconds in one step"),
        ("tell-nonsense", "makes no sense"),
        ("read-another", "makes no sense"),
        ("write-another", "makes no sense"),
        ("write-above", "makes no sense"),
        ("write-key", "makes no sense"),
        ("forge", "makes no sense"),
    ],
)
def test_a_report_that_goes_too_far_is_told_why_and_costs_nobody_else(
    workshop: Workshop, storage: ObjectStorage, given: Callable[..., Report], name: str, reason: str
) -> None:
    storage.put("received/other", b"another's")
    good, odd = given(), given(name, job_id="job-2")
    pid = process_of(workshop, storage, good)
    with pytest.raises(TaskLimitError) as told:
        read(workshop, storage, odd, limits=replace(LIMITS, seconds=1) if "1 seconds" in reason else LIMITS)
    assert reason in str(told.value)
    assert not psutil.pid_exists(pid)
    assert [key for key in storage.list() if key.startswith(("jobs/job-2/", "jobs/other"))] == []
    assert read(workshop, storage, good) == [work.read_report(good, storage)]


def test_what_was_read_before_is_not_blamed_on_the_next(
    workshop: Workshop, storage: ObjectStorage, given: Callable[..., Report]
) -> None:
    """A runner that breaks has been used: the report is read again by one that knows of no other."""
    good = given()
    read(workshop, storage, good)
    with pytest.raises(TaskLimitError, match="crashed"):
        read(workshop, storage, given("crash", job_id="job-2"))
    assert read(workshop, storage, good)[0].counts.findings == 150


def test_one_that_is_killed_by_others_may_be_tried_again(
    workshop: Workshop, storage: ObjectStorage, given: Callable[..., Report]
) -> None:
    good = given()
    os.kill(process_of(workshop, storage, good), signal.SIGKILL)
    with pytest.raises(LostRunnerError):
        read(workshop, storage, good)
    assert read(workshop, storage, good)[0].counts.findings == 150


def test_one_of_several_that_goes_too_far_breaks_off_all(
    workshop: Workshop, storage: ObjectStorage, given: Callable[..., Report]
) -> None:
    """Whoever has ordered them orders each alone then."""
    with pytest.raises(TaskLimitError):
        read(workshop, storage, given(), given("eat", job_id="job-2"))


def test_a_runner_is_of_one_tenant_or_of_one_job(
    workshop: Workshop, storage: ObjectStorage, given: Callable[..., Report]
) -> None:
    ours, more, theirs = given(tenant="a"), given(tenant="a", job_id="job-2"), given(tenant="b", job_id="job-3")
    first = process_of(workshop, storage, ours)
    assert process_of(workshop, storage, more) == first
    assert process_of(workshop, storage, theirs) != first
    long, other = (given(tenant="a", job_id=job_id, short_bytes=0) for job_id in ("job-4", "job-5"))
    first = process_of(workshop, storage, long)
    assert process_of(workshop, storage, long) == first
    assert process_of(workshop, storage, other) != first


@pytest.fixture
def seen(
    workshop: Workshop, storage: ObjectStorage, given: Callable[..., Report], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """What a runner could see and do."""
    for name in ("API_KEY", "SECRET_KEY", "DATABASE_URL", "REDIS_URL", "PHOENIX_CLIENT_SECRET", "RAY_AUTH_TOKEN"):
        monkeypatch.setenv(name, "canary")
    secrets = tmp_path / "secrets.json"
    secrets.write_text("canary")
    storage.put("received/other", b"another's")
    other = storage.local_path("received/other")
    wanted = {
        "files": [
            str(secrets),
            *([str(other)] if other else []),
            f"/proc/{os.getpid()}/environ",
            "/proc/self/environ",
            "/etc/passwd",
        ],
        "folder": str(tmp_path),
        "parent": os.getpid(),
        "attempts": ["list", "write", "connect", "unix socket", "fork", "execute", "kill", "more memory", "scratch", "module"],
    }
    wanted["attempts"] += [f"open {path}" for path in wanted["files"]]
    with socket.create_server(("127.0.0.1", 0)) as listening, closing(Workshop([sys.executable, str(ODD)])) as fresh:
        wanted["port"] = listening.getsockname()[1]
        (told,) = read(fresh, storage, given("look", json.dumps(wanted).encode(), short_bytes=0))
    found: dict[str, Any] = json.loads(told[told.index("{") :])
    return found


def test_a_runner_holds_no_secret_and_reaches_nothing(seen: dict[str, Any]) -> None:
    assert not {"API_KEY", "SECRET_KEY", "DATABASE_URL", "REDIS_URL", "RAY_AUTH_TOKEN"} & {*seen.pop("environment")}
    assert (seen.pop("scratch"), seen.pop("module")) == ("done", "ModuleNotFoundError")
    if os.geteuid() == 0:  # root may have any limit; it has none of the other rights
        seen.pop("more memory")
    assert {name: told for name, told in seen.items() if told not in ("PermissionError", "ValueError")} == {}


def test_what_was_begun_and_not_ended_is_not_stored(
    workshop: Workshop, storage: ObjectStorage, given: Callable[..., Report]
) -> None:
    assert "broken off" in str(read(workshop, storage, given("write-wrongly"))[0])
    assert [*storage.list("jobs")] in ([], ["jobs/job-1/upload"])


def test_a_report_that_is_gone_is_told_of(workshop: Workshop, storage: ObjectStorage, given: Callable[..., Report]) -> None:
    gone = given()
    storage.delete(gone.key)
    assert "not" in read(workshop, storage, gone)[0]


def test_a_storage_that_is_away_is_not_the_reports_fault(
    workshop: Workshop, storage: ObjectStorage, given: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    long = given(short_bytes=0)

    def away(*_: object) -> None:
        raise StorageUnavailableError("away")

    monkeypatch.setattr(storage, "put", away)
    (found,) = read(workshop, storage, long)
    _, payload = workshop.carry_out(TranslateShard(long, found.shards[0], 1), LIMITS, storage)
    with pytest.raises(StorageUnavailableError):
        workshop.carry_out(PlanPartition(long, 0, WHOLE), LIMITS, storage, lambda: [bytes(payload)])


def test_errors_of_the_scanner_arrive_as_they_are(
    workshop: Workshop, storage: ObjectStorage, given: Callable[..., Report]
) -> None:
    long = given(short_bytes=0, shard_bytes=len(GOOD) // 3)
    (found,) = read(workshop, storage, long)
    storage.put(long.key, b"[" * len(GOOD))
    with pytest.raises(MalformedReportError):
        workshop.carry_out(TranslateShard(long, found.shards[1], 1), LIMITS, storage)


def test_nothing_is_left_of_a_workshop(storage: ObjectStorage, given: Callable[..., Report]) -> None:
    opened = Workshop([sys.executable, str(ODD)])
    pid = process_of(opened, storage, given())
    folder = opened._scratch.parent
    before = psutil.Process(pid).parent()
    opened.close()
    assert before is not None
    assert not before.is_running()
    assert not psutil.pid_exists(pid)
    assert not folder.exists()
