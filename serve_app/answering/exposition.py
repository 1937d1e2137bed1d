"""What ``/metrics`` tells: the sums of all processes, and what the database knows."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import TypeVar

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from cluster.metering import Readings
from cluster.metering.metrics import JOBS, METRICS, PREFIX, QUEUE_OLDEST, Kind, Metric
from cluster.telemetry import Telemetry
from jobs_store.database import Database
from jobs_store.errors import StoreError
from jobs_store.jobs import QueueCounts

_FRESH_SECONDS = 5.0
Value = TypeVar("Value")
_log = structlog.get_logger(__name__)


class Exposition:
    """One per process. Scrapes that come together share one statement, and its answer is good for some seconds."""

    def __init__(self, telemetry: Telemetry, database: Database) -> None:
        self._telemetry, self._database = telemetry, database
        self._asking = asyncio.Lock()
        self._counts: QueueCounts | None = None
        self._asked_at = float("-inf")

    async def text(self, accept: str) -> tuple[bytes, str]:
        """And its content type. Raises `ClusterUnavailableError`; without a database its two gauges are missing."""
        readings = await self._telemetry.read()
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Collected(readings, await self._queue()))
        encode, content_type = choose_encoder(accept)
        return encode(registry), content_type

    async def _queue(self) -> QueueCounts | None:
        async with self._asking:
            if time.monotonic() - self._asked_at > _FRESH_SECONDS:
                try:
                    self._counts = await self._database.jobs.counts()
                except StoreError as error:
                    _log.warning("metrics without the queue", error=str(error))
                    self._counts = None
                self._asked_at = time.monotonic()
            return self._counts


class _Collected(Collector):
    def __init__(self, readings: Readings, queue: QueueCounts | None) -> None:
        self._readings, self._queue = readings, queue

    def collect(self) -> Iterable[Family]:
        for metric in METRICS:
            match metric.kind:
                case Kind.COUNTER:
                    yield self._counter(metric)
                case Kind.HISTOGRAM:
                    yield self._histogram(metric)
                case Kind.GAUGE:
                    yield from self._gauge(metric)

    def _counter(self, metric: Metric) -> Family:
        family = CounterMetricFamily(PREFIX + metric.name, metric.help, labels=metric.labels)
        known = dict.fromkeys(_from_the_beginning(metric), 0.0) | _series(self._readings.counts, metric)
        for labels, amount in known.items():
            family.add_metric(labels, amount)
        return family

    def _histogram(self, metric: Metric) -> Family:
        family = HistogramMetricFamily(PREFIX + metric.name, metric.help, labels=metric.labels)
        empty = [0.0] * (len(metric.buckets) + 2)
        known = dict.fromkeys(_from_the_beginning(metric), empty) | _series(self._readings.observed, metric)
        bounds = [*map(str, map(float, metric.buckets)), "+Inf"]
        for labels, observed in known.items():
            *buckets, total = observed
            family.add_metric(labels, [*zip(bounds, accumulate(buckets), strict=True)], total)
        return family

    def _gauge(self, metric: Metric) -> Iterator[Family]:
        if metric in (JOBS, QUEUE_OLDEST) and self._queue is None:
            return
        family = GaugeMetricFamily(PREFIX + metric.name, metric.help, labels=metric.labels)
        if metric is JOBS and self._queue is not None:
            for state, number in self._queue.by_status.items():
                family.add_metric((state.value,), number)
        elif metric is QUEUE_OLDEST and self._queue is not None:
            family.add_metric((), self._queue.oldest_queued_seconds)
        else:
            family.add_metric((), self._readings.levels.get(metric.name, 0.0))
        yield family


def _from_the_beginning(metric: Metric) -> tuple[tuple[str, ...], ...]:
    return metric.series if metric.labels else ((),)


def _series(readings: Mapping[tuple[str, tuple[str, ...]], Value], metric: Metric) -> dict[tuple[str, ...], Value]:
    return {labels: value for (name, labels), value in sorted(readings.items()) if name == metric.name}
