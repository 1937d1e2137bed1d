"""Reports that a task reads together, and events that are told together."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from task_reports import report

from cluster import tasks
from cluster.journal import Announcer
from cluster.report import Report
from cluster.sealed.workshop import Workshop
from cluster.work import Read
from jobs_store.errors import StorageUnavailableError
from jobs_store.events import Event
from jobs_store.storage import ObjectStorage

GOOD = b'[{"Description": "key", "File": "a.py", "RuleID": "r", "StartLine": 1, "Match": "m", "Secret": "s", "Commit": ""}]'


@pytest.fixture
def reports(directory: ObjectStorage, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Report]]:
    """A good one, one that is none, an archive, and a good one again."""
    workshop = Workshop()
    monkeypatch.setattr(tasks, "workshop", lambda: workshop)
    monkeypatch.setattr(tasks, "storage_at", lambda _url: directory)
    made = report(directory, GOOD)
    for name, content in (("bad", b"no report"), ("archive", b"PK\x03\x04 ...")):
        directory.put(f"jobs/{name}/upload", content)
    yield [made, *(replace(made, job_id=name, key=f"jobs/{name}/upload") for name in ("bad", "archive")), made]
    workshop.close()


def test_a_bad_report_leaves_the_others_alone_and_an_archive_goes_alone(reports: list[Report]) -> None:
    first, bad, archive, last = tasks._read_reports([(one, False) for one in reports])
    assert isinstance(first, Read)
    assert first == last
    assert isinstance(bad, tasks.Unread)
    assert archive is None
    assert isinstance(tasks._read_reports([(reports[2], False)])[0], tasks.Unread)  # broken, once it may be read


def test_storage_that_is_away_fails_the_task_so_that_it_is_run_again(
    reports: list[Report], directory: ObjectStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_key: str) -> None:
        raise StorageUnavailableError("away")

    monkeypatch.setattr(directory, "local_path", away)
    with pytest.raises(StorageUnavailableError):
        tasks._read_reports([(one, False) for one in reports])


async def test_events_of_many_jobs_are_published_in_one_call() -> None:
    calls: list[list[Event]] = []

    class Bus:
        async def publish(self, events: list[Event]) -> None:
            calls.append(list(events))

    announcer = Announcer(Bus())
    events = [Event(f"job-{number}", 1, None, "log", "INFO", "{}") for number in range(3)]
    for event in events:
        await announcer.publish([event])
    await announcer.publish([])
    for _ in range(5):  # turns of the event loop
        await asyncio.sleep(0)
    assert calls == [events]
