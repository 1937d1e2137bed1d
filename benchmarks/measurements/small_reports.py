"""Many small reports at once, against pings of the same service; and one at a time, as a person sends them."""

import statistics
import time
from datetime import UTC, datetime, timedelta

from benchmarks.figure import Curve, Figure, Measured, at_least, at_most
from benchmarks.jobs import all_jobs, completed_since, completion
from benchmarks.load import Request, drive, ping, upload
from benchmarks.place import Place
from benchmarks.scale import Scale
from benchmarks.service import Service, running_sandbox, running_service
from client.sdk.scanner import PhoenixScanner

_KIND, _FINDINGS = "trivy", 14
"""20 KB."""
_SHARE_ACCEPTED, _SHARE_COMPLETED = 0.3, 0.2
_MOST_IDLE_SECONDS = 0.5


def measure(scale: Scale, place: Place) -> Measured:
    content = place.report(_KIND, _FINDINGS).read_bytes()
    with running_sandbox() as sandbox, running_service(place.empty_folder("service"), sandbox) as service:
        requests = [upload(service.api_key, f"report-{number}.json", content) for number in range(scale.small_reports)]
        with service.client() as client:
            idle = _one_at_a_time(client, service, requests[: scale.idle_submissions])
            together = _all_at_once(client, service, requests, scale)
    return Measured([*idle, *together.figures], together.curves)


def _one_at_a_time(client: PhoenixScanner, service: Service, requests: list[Request]) -> list[Figure]:
    """Each waits for the one before to complete."""
    known = {job.job_id for job in all_jobs(client)}
    seconds = []
    for request in requests:
        sent = datetime.now(UTC)
        drive(service.url, [request], clients=1)
        (job,) = completed_since(client, known, 1)
        known.add(job.job_id)
        seconds.append((completion(job) - sent).total_seconds())
    note = f"the {len(seconds)} submissions, each after the one before"
    return [
        Figure(
            name="submit → completed, 20 KB, idle service, median",
            value=statistics.median(seconds),
            unit="s",
            target=at_most(_MOST_IDLE_SECONDS),
            note=note,
        ),
        Figure(
            name="submit → completed, 20 KB, idle service, p95",
            value=statistics.quantiles(seconds, n=20)[-1],
            unit="s",
            target=at_most(_MOST_IDLE_SECONDS),
        ),
    ]


def _all_at_once(client: PhoenixScanner, service: Service, requests: list[Request], scale: Scale) -> Measured:
    lines: dict[str, list[float]] = {"pings": [], "accepted": [], "completed": []}
    for clients in scale.clients:
        lines["pings"].append(scale.pings / drive(service.url, [ping()] * scale.pings, clients=clients))
        accepted, completed = rates(client, service, requests, clients)
        lines["accepted"].append(accepted)
        lines["completed"].append(completed)
    pings = lines["pings"][-1]
    name = f"{len(requests)} reports of 20 KB, {scale.clients[-1]} clients"
    figures = [
        Figure(
            name=f"{name}: {what}",
            value=lines[what][-1],
            unit="/s",
            floor=pings,
            floor_name="pings",
            target=at_least(share),
        )
        for what, share in (("accepted", _SHARE_ACCEPTED), ("completed", _SHARE_COMPLETED))
    ]
    curve = Curve(name="small-reports", x_label="clients at once", y_label="per second", x=scale.clients, lines=lines)
    return Measured(figures, [curve])


def rates(client: PhoenixScanner, service: Service, requests: list[Request], clients: int) -> tuple[float, float]:
    """Accepted and completed per second, both from the first request on."""
    known = {job.job_id for job in all_jobs(client)}
    started, first = time.monotonic(), datetime.now(UTC)
    drive(service.url, requests, clients=clients)
    accepting = timedelta(seconds=time.monotonic() - started)
    jobs = completed_since(client, known, len(requests))
    completing = max(completion(job) for job in jobs) - first
    return len(requests) / accepting.total_seconds(), len(requests) / completing.total_seconds()
