"""The same for Ray's own metrics, where they come from a task: by node and process, beside what Ray tells of both.

Ray's agent on the node collects them, and its Prometheus endpoint has them as ``ray_phoenix_scanner_…``.
"""

from functools import cache
from typing import cast

from ray.util.metrics import Counter, Histogram

from cluster.metering.metrics import PREFIX, SHARD_SECONDS, SHARDS, Metric


def count_shard(seconds: float) -> None:
    _counter(SHARDS).inc()
    _histogram(SHARD_SECONDS).observe(max(seconds, 1e-6))  # Ray takes no 0


@cache
def _counter(metric: Metric) -> Counter:
    return Counter(PREFIX + metric.name.removesuffix("_total"), metric.help)


@cache
def _histogram(metric: Metric) -> Histogram:
    return Histogram(PREFIX + metric.name, metric.help, boundaries=cast("list[float]", list(metric.buckets)))
