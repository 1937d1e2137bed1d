"""From an event of a running job to everybody who watches it."""

import asyncio
import statistics
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from benchmarks.errors import BenchmarkError
from benchmarks.figure import Curve, Figure, Measured, at_most
from benchmarks.place import Place
from benchmarks.scale import Scale
from benchmarks.service import Service, running_sandbox, running_service
from client.errors import RefusedError
from client.sdk.events import decode_event
from client.sdk.options import SubmitOptions
from scanner.phoenix.window import WindowLimits

_MOST_SECONDS = 0.25
_LATENCY_SECONDS = 1.0
_STARTING_SECONDS = 30
"""Until all jobs import: from the first one on, each stores its bodies while others import already."""
_SETTLING_SECONDS = 10
"""From when all are connected: they read what was before they came, which is another figure than that of an event's way."""


def measure(scale: Scale, place: Place) -> Measured:
    """Jobs of many small batches and a slow Phoenix, so that each tells something several times a second."""
    settings = {"max_concurrent_jobs": scale.watched_jobs + 4, "api_max_replicas": 1}
    folder = place.empty_folder("service")
    with running_sandbox(latency_seconds=_LATENCY_SECONDS) as sandbox, running_service(folder, sandbox, **settings) as service:
        lines: dict[str, list[float]] = {"median": [], "p99": []}
        for watchers in scale.watchers:
            jobs = _start_jobs(service, place, scale)
            delays = asyncio.run(_watch(service, jobs, watchers, scale.watched_seconds))
            _cancel(service, jobs)
            if len(delays) < watchers:
                raise BenchmarkError(f"{watchers} watchers heard only {len(delays)} events")
            lines["median"].append(1000 * statistics.median(delays))
            lines["p99"].append(1000 * statistics.quantiles(delays, n=100)[-1])
    figure = Figure(
        name=f"event → WebSocket, p99, {scale.watchers[-1]} watchers over {scale.watched_jobs} jobs",
        value=lines["p99"][-1] / 1000,
        unit="s",
        target=at_most(_MOST_SECONDS),
        note=f"median {lines['median'][-1]:.0f} ms, {len(delays):,} events heard",
    )
    curve = Curve(
        name="watchers",
        x_label="watchers",
        y_label="event → client, ms",
        x=scale.watchers,
        lines=lines,
        bound=1000 * _MOST_SECONDS,
    )
    return Measured([figure], [curve])


def _start_jobs(service: Service, place: Place, scale: Scale) -> list[str]:
    """Of one asset per request, and more of them than Phoenix takes while they are watched; on return all are running."""
    seconds = _STARTING_SECONDS + _SETTLING_SECONDS + scale.watched_seconds
    requests = int(WindowLimits().largest / _LATENCY_SECONDS * seconds / scale.watched_jobs)
    path = place.report("nuclei", 2 * requests, assets=requests)
    with service.client() as client:
        jobs = [client.submit(path, SubmitOptions(max_batch_size=1)).job_id for _ in range(scale.watched_jobs)]
        waiting = set(jobs)
        while waiting := {job for job in waiting if (client.job(job).current_step or "").find("import") < 0}:
            time.sleep(0.1)
    return jobs


def _cancel(service: Service, jobs: list[str]) -> None:
    """Raises `BenchmarkError` where one has ended by itself: nobody can have heard it to the end."""
    with service.client() as client:
        for job in jobs:
            try:
                client.cancel(job)
            except RefusedError as error:
                raise BenchmarkError(f"a job ended while it was watched: {error}") from error


async def _watch(service: Service, jobs: list[str], watchers: int, seconds: float) -> list[float]:
    """Seconds of each event from being written to being heard, over all watchers; what was before does not count."""
    base = "ws://" + urlsplit(service.url).netloc
    headers = {"X-API-Key": service.api_key}
    sockets = await asyncio.gather(
        *(connect(f"{base}/ws/{jobs[number % len(jobs)]}", additional_headers=headers) for number in range(watchers))
    )
    since, until = datetime.now(UTC) + timedelta(seconds=_SETTLING_SECONDS), time.monotonic() + _SETTLING_SECONDS + seconds
    try:
        heard = await asyncio.gather(*(_listen(socket, since, until) for socket in sockets))
    finally:
        await asyncio.gather(*(socket.close() for socket in sockets))
    return [delay for delays in heard for delay in delays]


async def _listen(socket: ClientConnection, since: datetime, until: float) -> list[float]:
    delays = []
    while (left := until - time.monotonic()) > 0:
        try:
            async with asyncio.timeout(left):
                frame = await socket.recv()
        except TimeoutError:
            break
        except ConnectionClosed as error:
            raise BenchmarkError(f"a watcher was sent away: {error}") from error
        now, event = datetime.now(UTC), decode_event(frame)
        if event.seq is not None and event.timestamp is not None and event.timestamp > since:
            delays.append((now - event.timestamp).total_seconds())
    return delays
