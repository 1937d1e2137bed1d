"""What is counted of a job on its way."""

import time
from collections.abc import Callable, Mapping

from cluster.machine import BatchImported, Event, PlanStored, Progress, ShardTranslated
from cluster.metering.meter import Meter
from cluster.metering.metrics import (
    DISMISSED,
    FINDINGS,
    JOB_SECONDS,
    SHARD_SECONDS,
    SHARDS,
    SKIPPED,
    format_label,
    known,
)
from jobs_store.jobs import Batch


class JobMeter:
    """Counts what is durable: a plan once it is stored, a batch once it is imported."""

    def __init__(self, meter: Meter, clock: Callable[[], float] = time.monotonic) -> None:
        self._meter, self._clock = meter, clock
        self._began = clock()

    def answered(self, event: Event, done: Progress, batches: Mapping[int, Batch]) -> None:
        """After the machine has been told of it."""
        match event:
            case ShardTranslated(seconds=seconds):
                self._meter.count(SHARDS)
                self._meter.observe(SHARD_SECONDS, seconds)
            case PlanStored():
                self._meter.count(SKIPPED, format_label(done.format), amount=done.skipped)
                for reason, number in done.counts.dismissed.items():
                    self._meter.count(DISMISSED, known(DISMISSED, reason), amount=number)
            case BatchImported(number):
                self._meter.count(FINDINGS, format_label(done.format), amount=batches[number].findings)

    def ended(self, done: Progress) -> None:
        self._meter.observe(JOB_SECONDS, self._clock() - self._began, format_label(done.format))
