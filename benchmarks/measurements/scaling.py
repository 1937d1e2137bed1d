"""Uploads and pings while API replicas come: the service starts with one, and slow clients make it have four."""

import asyncio
import itertools
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import psutil

from benchmarks.errors import ConnectionCutError
from benchmarks.figure import Figure, Measured, at_least, at_most
from benchmarks.jobs import completed_since
from benchmarks.load import RefusedRequestError, Request, ping, upload
from benchmarks.place import Place
from benchmarks.scale import Scale
from benchmarks.service import Service, running_sandbox, running_service

_REPLICAS = 4
_MOST_PING_SECONDS = 0.25
_PING_EVERY_SECONDS = 0.1
_PIECE_EVERY_SECONDS = 5.0
"""Of a slow client, whose upload is as long under way as all of them take."""
_CONNECTING_SECONDS = 20.0
"""Over which slow clients come."""
_FIRST_SECONDS = 5.0
"""Without anything else, for pings of a service that has nothing to do."""


def measure(scale: Scale, place: Place) -> Measured:
    content = place.report("trivy", 14).read_bytes()
    settings = {"api_min_replicas": 1, "api_max_replicas": _REPLICAS}
    with running_sandbox() as sandbox, running_service(place.empty_folder("service"), sandbox, **settings) as service:
        requests = [upload(service.api_key, f"{n}.json", content) for n in range(scale.scaling_uploads + scale.slow_uploads)]
        quick, slow = requests[: scale.scaling_uploads], requests[scale.scaling_uploads :]
        idle, pings, replicas = asyncio.run(_drive(service, quick, slow, scale.scaling_seconds))
        with service.client() as client:
            completed = completed_since(client, set(), len(requests))
    p99 = statistics.quantiles(pings, n=100)[-1]
    return Measured(
        [
            Figure(
                name=f"ping, p99, {len(quick)} uploads and {len(slow)} slow ones while replicas come",
                value=p99,
                unit="s",
                target=at_most(_MOST_PING_SECONDS),
                note=f"median {1000 * statistics.median(pings):.0f} ms of {len(pings)}, worst {max(pings):.2f} s; "
                f"without load {1000 * statistics.median(idle):.0f} ms",
            ),
            Figure(name="the same: replicas at the end", value=replicas, unit="", target=at_least(_REPLICAS)),
            Figure(
                name="the same: uploads that became completed jobs",
                value=len(completed),
                unit="",
                floor=len(requests),
                floor_name="sent",
                target=at_least(1),
            ),
        ]
    )


async def _drive(
    service: Service, quick: list[Request], slow: list[Request], seconds: float
) -> tuple[list[float], list[float], int]:
    """Seconds of each ping before and under load, and how many replicas there were at the end of it.

    Raises `ConnectionCutError`, `RefusedRequestError`.
    """
    async with _pinging(service.url) as idle:
        await asyncio.sleep(_FIRST_SECONDS)
    async with _pinging(service.url) as pings:
        slowly = [_slowly(service.url, each, n * _CONNECTING_SECONDS / len(slow), seconds) for n, each in enumerate(slow)]
        quickly = [_after(n * seconds / len(quick), service.url, each) for n, each in enumerate(quick)]
        await asyncio.gather(*slowly, *quickly)
        replicas = _replicas(service)
    return idle, pings, replicas


@asynccontextmanager
async def _pinging(url: str) -> AsyncIterator[list[float]]:
    """Seconds of each, one after the other; how long one waits for its turn counts, since it has none to wait for."""
    taken: list[float] = []
    tasks: set[asyncio.Task[None]] = set()

    async def one() -> None:
        started = time.monotonic()
        await _sent(url, ping())
        taken.append(time.monotonic() - started)

    async def all_of_them() -> None:
        started = time.monotonic()
        for number in itertools.count():  # at its moment, however long the one before takes
            await asyncio.sleep(max(0.0, started + number * _PING_EVERY_SECONDS - time.monotonic()))
            tasks.add(asyncio.create_task(one()))

    endless = asyncio.create_task(all_of_them())
    try:
        yield taken
    finally:
        endless.cancel()
    await asyncio.gather(*tasks)


async def _after(delay: float, url: str, request: Request) -> None:
    await asyncio.sleep(delay)
    await _sent(url, request)


async def _slowly(url: str, request: Request, delay: float, seconds: float) -> None:
    """Its body in as many pieces as there are times for, the last one at the end."""
    await asyncio.sleep(delay)
    times = max(2, int((seconds - delay) / _PIECE_EVERY_SECONDS))
    await _sent(url, request, pieces=times)


async def _sent(url: str, request: Request, *, pieces: int = 1) -> None:
    """On a connection of its own. Raises `ConnectionCutError`, `RefusedRequestError`."""
    address = urlsplit(url)
    try:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        try:
            body = request.body or b""
            fields = {"Host": address.netloc, "Content-Length": str(len(body)), "Connection": "close", **request.headers}
            head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
            writer.write(f"{request.method} {request.path} HTTP/1.1\r\n{head}\r\n".encode())
            size = -(-len(body) // pieces) or 1
            for start in range(0, len(body), size):
                if start:
                    await asyncio.sleep(_PIECE_EVERY_SECONDS)
                writer.write(body[start : start + size])
                await writer.drain()
            status = await reader.readline()
            said = await reader.read()
        finally:
            writer.close()
    except OSError as error:
        raise ConnectionCutError(request.path, str(error)) from error
    if not status:
        raise ConnectionCutError(request.path, "no answer")
    if (code := int(status.split()[1])) >= 300:
        raise RefusedRequestError(request.path, code, said.decode(errors="replace"))


def _replicas(service: Service) -> int:
    found = 0
    for pid in service.pids():
        with suppress(psutil.NoSuchProcess):  # ended meanwhile
            found += any(part.startswith("ray::ServeReplica") for part in psutil.Process(pid).cmdline()[:1])
    return found
