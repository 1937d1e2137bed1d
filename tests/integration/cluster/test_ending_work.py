"""What a stopped job has under way ends with it, in whatever code it is: no processor goes on for nobody."""

import asyncio
import hashlib
import itertools
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import ray

from cluster import machine, tasks
from cluster.errors import TaskLimitError
from cluster.gateway import TaskGateway
from cluster.report import Report, StoredShard, TaskLimits
from cluster.report_reader import ReportReader
from cluster.sealed.messages import ReadAnswer, ReadDone, ReadReports
from scanner.options import ImportOptions

WITHIN_SECONDS = 5


def report(folder: Path, name: str) -> Report:
    return Report(name, str(folder / name), "r.json", 10, ImportOptions(), "unused:", short_bytes=100, shard_bytes=100)


def holding_the_interpreter() -> None:
    sum(itertools.repeat(1))


def outside_the_interpreter() -> None:
    hashlib.pbkdf2_hmac("sha256", b"harmless", b"salt", 2_000_000_000)


def endless(work: Callable[[], None]) -> Any:
    """A task that works without end, and notes its process where its report would be."""

    def task(given: Report, *_more: Any) -> None:
        Path(given.key).write_text(str(os.getpid()))
        work()

    return ray.remote(max_retries=0)(task)


def endless_for_one(work: Callable[[], None]) -> Any:
    """Reads reports, of which one named ``slow`` takes for ever."""

    def task(orders: Sequence[tuple[Report, bool]]) -> list[Any]:
        for given, _ in orders:
            Path(given.key).write_text(str(os.getpid()))
        if any(given.job_id == "slow" for given, _ in orders):
            work()
        return [tasks.Unread(f"read {given.job_id}") for given, _ in orders]

    return ray.remote(task)


class SlowForOne:
    """A workshop in which a report named ``slow`` takes too long among others."""

    def carry_out(self, order: ReadReports, limits: TaskLimits, *_: Any) -> tuple[ReadDone, memoryview]:
        names = [given.job_id for given in order.reports]
        if "slow" in names and len(names) > 1:
            assert limits.seconds == tasks._TOGETHER_SECONDS
            raise TaskLimitError("it takes too long")
        return ReadDone([ReadAnswer(unread=f"read {name}") for name in names]), memoryview(b"")


def limited(orders: Sequence[tuple[Report, bool]]) -> list[Any]:
    """Reads reports as tasks do."""
    tasks.workshop = SlowForOne  # type: ignore[assignment]
    tasks.storage_at = lambda _url: None  # type: ignore[assignment]
    return list(tasks._read_reports(orders))


async def process_of(given: Report) -> psutil.Process:
    async with asyncio.timeout(60):
        while True:
            try:
                return psutil.Process(int(Path(given.key).read_text()))
            except (FileNotFoundError, ValueError):
                await asyncio.sleep(0.05)


async def ended(process: psutil.Process) -> None:
    async with asyncio.timeout(WITHIN_SECONDS):
        with suppress(psutil.NoSuchProcess):
            while process.status() != psutil.STATUS_ZOMBIE:
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("work", [holding_the_interpreter, outside_the_interpreter])
async def test_translating_ends_within_seconds(
    ray_cluster: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: Callable[[], None]
) -> None:
    monkeypatch.setattr(tasks, "translate_shard", endless(work))
    given = report(tmp_path, "job")
    gateway = TaskGateway(given, ReportReader(tasks_at_once=lambda: 2))
    gateway._shards, gateway._partitions = (StoredShard("k", "n", b"", 0, "s"),), 1
    translating = asyncio.create_task(gateway.execute(machine.TranslateShard(0, 1)))
    process = await process_of(given)
    gateway.cancel()
    await ended(process)
    await asyncio.wait([translating], timeout=WITHIN_SECONDS)
    assert translating.done()


async def test_reading_ends_within_seconds(ray_cluster: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "read_reports", endless_for_one(holding_the_interpreter))
    given = report(tmp_path, "slow")
    reading = asyncio.create_task(ReportReader(tasks_at_once=lambda: 2).read(given, uncut=False))
    process = await process_of(given)
    reading.cancel()
    await ended(process)


async def test_others_that_were_read_with_it_are_read(
    ray_cluster: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "read_reports", endless_for_one(holding_the_interpreter))
    reader = ReportReader(tasks_at_once=lambda: 2)
    slow, *others = (report(tmp_path, name) for name in ("slow", "one", "two"))
    reading = {given.job_id: asyncio.create_task(reader.read(given, uncut=False)) for given in (slow, *others)}
    process = await process_of(slow)
    reading.pop("slow").cancel()
    await ended(process)
    answers = await asyncio.wait_for(asyncio.gather(*reading.values(), return_exceptions=True), 60)
    assert list(map(str, answers)) == ["read one", "read two"]


async def test_a_group_that_takes_too_long_is_read_one_by_one(ray_cluster: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "read_reports", ray.remote(max_calls=1)(limited))  # the process is not used again
    reader = ReportReader(tasks_at_once=lambda: 1)
    names = ("first", "slow", "one", "two")  # the first is on its way alone when the others gather
    reading = (reader.read(report(Path(), name), uncut=False) for name in names)
    answers = await asyncio.wait_for(asyncio.gather(*reading, return_exceptions=True), 60)
    assert list(map(str, answers)) == [f"read {name}" for name in names]
