"""Names under which the actors of the service are found, and which the Ray dashboard shows."""

from collections.abc import Sequence

NAMESPACE = "phoenix-scanner"
DISPATCHER = "dispatcher"
PROGRESS_BUS = "progress-bus"
COUNTERS = "counters"
TELEMETRY = "telemetry"
COURIER = "webhook-courier"
BULK_CLERK = "bulk-clerk"
PHOENIX_TENANTS = "phoenix-tenants"
BACKSTAGE = "backstage"
"""Has those above and the coordinators in it, where they share a process (`cluster.backstage`)."""


def coordinator(number: int) -> str:
    return f"coordinator-{number}"


def importer(number: int) -> str:
    return f"importer-{number}"


def carries_jobs(actor: str) -> bool:
    """Whether the actor of that name has jobs under way."""
    return actor == BACKSTAGE or actor.startswith("coordinator-")


def group(doing: str, job_ids: Sequence[str]) -> str:
    """What the dashboard shows of a call for several jobs."""
    more = f" and {len(job_ids) - 1} more" if len(job_ids) > 1 else ""
    return f"{doing} {job_ids[0]}{more}"
