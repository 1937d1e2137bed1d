"""Counting in processes, and the sums over them."""

import pytest

from cluster.machine import BatchImported, PlanStored, Progress, ShardTranslated
from cluster.metering import Meter, Readings
from cluster.metering.jobs import JobMeter
from cluster.metering.metrics import (
    DISMISSED,
    FINDINGS,
    JOB_SECONDS,
    OTHER,
    PHOENIX_BUDGET,
    SHARD_SECONDS,
    SHARDS,
    SKIPPED,
    UPLOADED_BYTES,
    WATCHERS,
    format_label,
)
from cluster.metering.totals import Told, Totals
from cluster.phoenix_observer import PhoenixObserver, outcome_of
from jobs_store.jobs import Batch
from scanner.collecting import Counts


def test_what_is_taken_is_not_told_again_but_levels_are() -> None:
    meter = Meter()
    meter.count(UPLOADED_BYTES, amount=5)
    meter.move(WATCHERS, 2)
    meter.ask(PHOENIX_BUDGET, lambda: 4.5)
    taken = meter.take()
    assert (taken.counts, taken.levels) == (
        {("uploads_bytes_total", ()): 5},
        {"websocket_watchers": 2, "phoenix_budget": 4.5},
    )
    meter.move(WATCHERS, -1)
    again = meter.take()
    assert again.is_empty
    assert again.levels == {"websocket_watchers": 1, "phoenix_budget": 4.5}


def test_a_value_on_a_bound_is_in_its_bucket() -> None:
    meter = Meter()
    for value in (0.05, 0.06, 1e9):
        meter.observe(SHARD_SECONDS, value)
    (observed,) = meter.take().observed.values()
    assert (observed[:2], observed[-2], observed[-1]) == ([1, 1], 1, pytest.approx(1e9))


def counted(amount: float, watchers: float = 0) -> Readings:
    meter = Meter()
    meter.count(UPLOADED_BYTES, amount=amount)
    meter.observe(SHARD_SECONDS, amount)
    meter.move(WATCHERS, watchers)
    return meter.take()


def test_processes_add_up_and_what_comes_twice_counts_once() -> None:
    totals = Totals()
    totals.add(Told("a", 1, counted(1, watchers=1)), now=0)
    for _ in range(2):
        totals.add(Told("b", 1, counted(2, watchers=3)), now=0)
    totals.add(Told("a", 2, counted(4, watchers=2)), now=1)
    read = totals.read(now=1)
    assert read.counts == {("uploads_bytes_total", ()): 7}
    assert read.observed["shard_duration_seconds", ()][-1] == 7
    assert read.levels == {"websocket_watchers": 5}


def test_what_a_dead_process_counted_stays_and_its_watchers_go() -> None:
    totals = Totals()
    totals.add(Told("a", 1, counted(1, watchers=1)), now=0)
    totals.add(Told("b", 1, counted(1, watchers=1)), now=100)
    read = totals.read(now=100)
    assert (read.counts["uploads_bytes_total", ()], read.levels["websocket_watchers"]) == (2, 1)


def test_what_is_read_does_not_change_afterwards() -> None:
    totals = Totals()
    totals.add(Told("a", 1, counted(1)), now=0)
    read = totals.read(now=0)
    totals.add(Told("a", 2, counted(1)), now=0)
    assert read.counts == {("uploads_bytes_total", ()): 1}
    assert read.observed["shard_duration_seconds", ()][-1] == 1


def test_a_job_counts_what_is_durable() -> None:
    meter, ticks = Meter(), iter((10.0, 12.5))
    job = JobMeter(meter, clock=lambda: next(ticks))
    done = Progress(format="trivy", counts=Counts(skipped=2, dismissed={"fixed": 3, "said by nobody": 1}))
    batch = Batch(1, "INFRA", "new", (), assets=1, findings=7, size_bytes=9)
    job.answered(ShardTranslated(0, Counts(), seconds=0.2), done, {})
    job.answered(PlanStored((batch,)), done, {1: batch})
    job.answered(BatchImported(1), done, {1: batch})
    job.ended(done)
    taken = meter.take()
    assert taken.counts == {
        (SHARDS.name, ()): 1,
        (SKIPPED.name, ("trivy",)): 2,
        (DISMISSED.name, ("fixed",)): 3,
        (DISMISSED.name, (OTHER,)): 1,
        (FINDINGS.name, ("trivy",)): 7,
    }
    assert taken.observed[JOB_SECONDS.name, ("trivy",)][-1] == 2.5


def test_formats_that_are_not_in_the_catalogue_have_one_label() -> None:
    assert [format_label(slug) for slug in ("trivy", "made-up-by-a-client", "", None)] == ["trivy", OTHER, OTHER, OTHER]


@pytest.mark.parametrize(
    ("status", "outcome"), [(200, "answered"), (202, "answered"), (413, "refused"), (429, "throttled"), (503, "failed")]
)
def test_answers_of_phoenix(status: int, outcome: str) -> None:
    assert outcome_of(status) == outcome


def test_a_request_without_an_answer_has_failed() -> None:
    meter = Meter()
    with pytest.raises(ConnectionError), PhoenixObserver(meter).sending("POST", "/v1/import/assets"):
        raise ConnectionError
    assert meter.take().counts == {("phoenix_requests_total", ("failed",)): 1}


def test_series_of_one_metric_keep_apart() -> None:
    totals = Totals()
    for number, slug in enumerate(("trivy", "grype"), start=1):
        meter = Meter()
        meter.count(FINDINGS, slug, amount=number)
        totals.add(Told("a", number, meter.take()), now=0)
    assert totals.read(now=0).counts == {(FINDINGS.name, ("trivy",)): 1, (FINDINGS.name, ("grype",)): 2}
