"""A page of the list of jobs, kept as long as nothing has changed, against one that is made each time."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx
from limits.aio.storage import MemoryStorage

from benchmarks.figure import Figure, Measured, at_most
from benchmarks.place import Place
from benchmarks.scale import Scale
from cluster.handle import ClusterHandle
from cluster.settings import Settings
from jobs_store.database import migrate, open_database
from jobs_store.events import Event
from jobs_store.jobs import NewJob
from jobs_store.secrets import SecretBox
from jobs_store.storage import open_storage
from serve_app.app import create_app
from serve_app.edge_settings import EdgeSettings
from serve_app.wiring import Wiring

_AT_ONCE = 500
_ROUNDS = 30
_KEY = "key-of-the-benchmark"


class _QuietBus:
    """Nobody watches."""

    async def publish(self, _events: Sequence[Event]) -> None: ...

    async def watch(self, _job_id: str) -> AsyncIterator[Event | None]:
        yield None

    async def ping(self) -> None: ...

    async def close(self) -> None: ...


def measure(scale: Scale, place: Place) -> Measured:
    kept, made = asyncio.run(_seconds(place.folder, scale.listed_jobs))
    figure = Figure(
        name=f"a page of {scale.listed_jobs:,} jobs, unchanged",
        value=kept,
        unit="s",
        floor=made,
        floor_name="made each time",
        target=at_most(0.5),
        note="median of requests to the application on SQLite",
    )
    return Measured([figure])


async def _seconds(folder: Path, jobs: int) -> tuple[float, float]:
    """The median of a request that finds the list kept, and of one after which something had changed."""
    wiring = _wiring(folder)
    for first in range(0, jobs, _AT_ONCE):
        await asyncio.gather(*(wiring.database.jobs.create(_job(number)) for number in range(first, first + _AT_ONCE)))
    transport = httpx.ASGITransport(create_app(wiring))
    async with httpx.AsyncClient(transport=transport, base_url="http://lists", headers={"X-API-Key": _KEY}) as client:

        async def ask() -> float:
            began = time.perf_counter()
            (await client.get("/api/v1/jobs")).raise_for_status()
            return time.perf_counter() - began

        await ask()
        kept = sorted([await ask() for _ in range(_ROUNDS)])
        made = []
        for number in range(_ROUNDS):
            await wiring.database.jobs.create(_job(jobs + _AT_ONCE + number))
            made.append(await ask())
    await wiring.close()
    return kept[_ROUNDS // 2], sorted(made)[_ROUNDS // 2]


def _job(number: int) -> NewJob:
    return NewJob(job_id=f"job-{number:032x}", filename=f"report-{number}.json", file_path="x", file_size_bytes=1)


def _wiring(folder: Path) -> Wiring:
    settings = Settings.model_validate(
        {
            "api_key": _KEY,
            "secret_key": "secret-of-the-benchmark",
            "database_url": f"sqlite:///{folder / 'lists.db'}",
            "storage_url": (folder / "objects").as_uri(),
        }
    )
    migrate(settings.database_url)
    return Wiring(
        settings=settings,
        edge=EdgeSettings.model_validate({}),
        database=open_database(settings.database_url, secrets=SecretBox.from_setting("secret-of-the-benchmark")),
        storage=open_storage(settings.storage_url),
        bus=_QuietBus(),
        cluster=ClusterHandle(),
        counters=MemoryStorage(),
    )
