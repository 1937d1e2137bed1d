"""Counting in a process: some microseconds each, in memory, until it is taken and added to what other processes count."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from cluster.metering.metrics import Metric

Series = tuple[str, tuple[str, ...]]
"""A metric's name and its labels' values."""


@dataclass(slots=True)
class Readings:
    """What was counted since it was taken last; ``levels`` are gauges, as they are now."""

    counts: dict[Series, float] = field(default_factory=dict)
    observed: dict[Series, list[float]] = field(default_factory=dict)
    """How many fell into each bucket, the last being for all that is larger; and the sum of what was observed."""
    levels: dict[str, float] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.counts or self.observed)


class Meter:
    """Of one process, for the thread of its event loop."""

    def __init__(self) -> None:
        self._taken = Readings()
        self._levels: dict[str, float] = {}
        self._asked: dict[str, Callable[[], float]] = {}

    def count(self, metric: Metric, *labels: str, amount: float = 1) -> None:
        series = metric.name, labels
        counts = self._taken.counts
        counts[series] = counts.get(series, 0) + amount

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        series = metric.name, labels
        observed = self._taken.observed.get(series)
        if observed is None:
            observed = self._taken.observed[series] = [0.0] * (len(metric.buckets) + 2)
        observed[bisect_left(metric.buckets, value)] += 1
        observed[-1] += value

    def move(self, metric: Metric, change: float) -> None:
        """A gauge that goes up and down."""
        self._levels[metric.name] = self._levels.get(metric.name, 0) + change

    def ask(self, metric: Metric, level: Callable[[], float]) -> None:
        """A gauge that is asked for when it is told."""
        self._asked[metric.name] = level

    @property
    def is_empty(self) -> bool:
        return self._taken.is_empty

    def take(self) -> Readings:
        taken, self._taken = self._taken, Readings()
        taken.levels = self._levels | {name: level() for name, level in self._asked.items()}
        return taken


@cache
def process_meter() -> Meter:
    """What everything in this process counts with."""
    return Meter()
