"""Reports that are read together: neither time nor a fault of one is the others'."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from task_reports import OPTIONS

from cluster import tasks
from cluster.errors import LostRunnerError, TaskLimitError
from cluster.report import Report, TaskLimits
from cluster.sealed.messages import ReadAnswer, ReadDone, ReadReports

REPORT = Report("job", "key", "name", 10, OPTIONS, "unused:", short_bytes=100, shard_bytes=100)


class FakeWorkshop:
    """Answers with the names of jobs; breaks off where one is called ``odd``, for the reason given."""

    def __init__(self, reason: Exception | None = None) -> None:
        self._reason = reason
        self.orders: list[tuple[list[str], float]] = []

    def carry_out(self, order: ReadReports, limits: TaskLimits, *_: Any) -> tuple[ReadDone, memoryview]:
        names = [report.job_id for report in order.reports]
        self.orders.append((names, limits.seconds))
        if self._reason is not None and "odd" in names:
            raise self._reason
        return ReadDone([ReadAnswer(unread=name) for name in names]), memoryview(b"")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    def reading(workshop: FakeWorkshop, *jobs: str) -> list[Any]:
        """Jobs are named ``tenant/job``, or only ``job``."""
        monkeypatch.setattr(tasks, "workshop", lambda: workshop)
        monkeypatch.setattr(tasks, "storage_at", lambda _url: None)
        monkeypatch.setattr(tasks, "_set_up_process", lambda: None)
        reports = [replace(REPORT, job_id=job.rpartition("/")[2], tenant=job.rpartition("/")[0]) for job in jobs]
        answers = tasks._read_reports([(report, False) for report in reports])
        return [answer.error if isinstance(answer, tasks.Unread) else answer for answer in answers]

    return reading


def test_a_lone_report_may_take_its_time(read: Callable[..., list[Any]]) -> None:
    workshop = FakeWorkshop()
    assert read(workshop, "one") == ["one"]
    assert read(workshop, "one", "two") == ["one", "two"]
    assert workshop.orders == [(["one"], 600), (["one", "two"], tasks._TOGETHER_SECONDS)]


def test_reports_of_several_tenants_are_not_read_by_one_process(read: Callable[..., list[Any]]) -> None:
    workshop = FakeWorkshop()
    assert read(workshop, "a/one", "b/two", "a/three") == ["one", "two", "three"]
    assert [names for names, _ in workshop.orders] == [["one", "three"], ["two"]]


@pytest.mark.parametrize("reason", [TaskLimitError("it is odd"), LostRunnerError("killed")])
def test_a_group_that_breaks_off_is_read_one_by_one(read: Callable[..., list[Any]], reason: Exception) -> None:
    workshop = FakeWorkshop(reason)
    assert read(workshop, "one", "odd") == [None, None]
    assert read(workshop, "a/one", "b/odd") == ["one", None]


def test_a_limit_fails_the_report_and_a_killed_process_is_ray_s_to_start_again(read: Callable[..., list[Any]]) -> None:
    assert read(FakeWorkshop(TaskLimitError("it is odd")), "odd") == ["the report cannot be read: it is odd"]
    with pytest.raises(LostRunnerError):
        read(FakeWorkshop(LostRunnerError("killed")), "odd")
