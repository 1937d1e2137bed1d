"""The metrics: what each counts, and the values that its labels may have.

A label's values are few and known: routes as they are declared, formats of the catalogue, outcomes of closed sets. What could
be anything (paths, tenants, names) is no label.
"""

from dataclasses import dataclass
from enum import StrEnum

from scanner.catalogue import entries
from scanner.normalize.dismissal import Dismissal

PREFIX = "phoenix_scanner_"
OTHER = "other"
"""Stands for whatever a label does not have a value for."""


class Kind(StrEnum):
    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """``series`` are label values that are told from the beginning, at 0, so that an increase from nothing is seen as one."""

    name: str
    help: str
    kind: Kind
    labels: tuple[str, ...] = ()
    series: tuple[tuple[str, ...], ...] = ()
    buckets: tuple[float, ...] = ()


class PhoenixOutcome(StrEnum):
    """What became of one request to Phoenix."""

    ANSWERED = "answered"
    REFUSED = "refused"
    """4xx: the body, the credentials; sending the same again does not help."""
    THROTTLED = "throttled"
    """429."""
    FAILED = "failed"
    """5xx, or no answer."""


class DeliveryOutcome(StrEnum):
    """What became of one attempt to deliver a webhook."""

    DELIVERED = "delivered"
    RETRIED = "retried"
    GIVEN_UP = "given_up"


LIMITS = (
    "uploads_per_minute",
    "key_uploads_per_minute",
    "bytes_per_day",
    "stored_bytes",
    "jobs_waiting",
    "watchers",
    "graphql_cost",
    "attempts_per_minute",
)


def _each(values: type[StrEnum] | tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple((str(value),) for value in values)


HTTP_REQUESTS = Metric("http_requests_total", "HTTP requests answered.", Kind.COUNTER, ("method", "route", "status"))
HTTP_SECONDS = Metric(
    "http_request_duration_seconds",
    "From a request's head to the head of its answer: with the upload, without a streamed answer.",
    Kind.HISTOGRAM,
    buckets=(0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
UPLOADED_BYTES = Metric("uploads_bytes_total", "Bytes of reports that were taken.", Kind.COUNTER)
JOBS = Metric("jobs", "Jobs that the database has.", Kind.GAUGE, ("state",))
JOB_SECONDS = Metric(
    "job_duration_seconds",
    "From a job's claim to its end, of the attempt that ended it.",
    Kind.HISTOGRAM,
    ("format",),
    buckets=(0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600),
)
QUEUE_OLDEST = Metric("queue_oldest_seconds", "How long the job that has waited longest in the queue has waited.", Kind.GAUGE)
FINDINGS = Metric("findings_imported_total", "Findings in batches that Phoenix has imported.", Kind.COUNTER, ("format",))
SKIPPED = Metric("records_skipped_total", "Records that did not become findings.", Kind.COUNTER, ("format",))
DISMISSED = Metric(
    "records_dismissed_total",
    "Records that a tool or team has put aside.",
    Kind.COUNTER,
    ("reason",),
    (*_each(Dismissal), (OTHER,)),
)
SHARDS = Metric("shards_translated_total", "Shards of long reports translated.", Kind.COUNTER)
SHARD_SECONDS = Metric(
    "shard_duration_seconds",
    "From a shard's start on a worker to its blocks.",
    Kind.HISTOGRAM,
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600),
)
PHOENIX_REQUESTS = Metric("phoenix_requests_total", "Requests to Phoenix.", Kind.COUNTER, ("outcome",), _each(PhoenixOutcome))
PHOENIX_SECONDS = Metric(
    "phoenix_request_duration_seconds",
    "From sending a request to Phoenix to its answer.",
    Kind.HISTOGRAM,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300),
)
PHOENIX_BUDGET = Metric("phoenix_budget", "Requests that may be under way at once, of all Phoenix accounts in use.", Kind.GAUGE)
WEBHOOKS = Metric(
    "webhook_deliveries_total", "Attempts to deliver a webhook.", Kind.COUNTER, ("outcome",), _each(DeliveryOutcome)
)
WATCHERS = Metric("websocket_watchers", "WebSockets that are open.", Kind.GAUGE)
RATE_LIMITED = Metric(
    "rate_limited_total", "Requests refused for a limit.", Kind.COUNTER, ("limit",), (*_each(LIMITS), (OTHER,))
)

METRICS = (
    HTTP_REQUESTS,
    HTTP_SECONDS,
    UPLOADED_BYTES,
    JOBS,
    JOB_SECONDS,
    QUEUE_OLDEST,
    FINDINGS,
    SKIPPED,
    DISMISSED,
    SHARDS,
    SHARD_SECONDS,
    PHOENIX_REQUESTS,
    PHOENIX_SECONDS,
    PHOENIX_BUDGET,
    WEBHOOKS,
    WATCHERS,
    RATE_LIMITED,
)


def format_label(slug: str | None) -> str:
    """A format of the catalogue; `OTHER` for one that came with its upload, and where none was found."""
    return slug if slug and slug in entries() else OTHER


def known(metric: Metric, value: str) -> str:
    """One of the metric's closed set, which has a single label."""
    return value if (value,) in metric.series else OTHER
