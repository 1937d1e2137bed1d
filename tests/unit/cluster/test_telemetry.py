"""What a process tells the one actor: nothing lost, nothing twice, whatever happens on the way; and what it is told."""

import asyncio
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ray.exceptions import RayActorError

from cluster import telemetry
from cluster.errors import ClusterUnavailableError
from cluster.logs import configure_logs, level
from cluster.metering import Meter
from cluster.metering.metrics import UPLOADED_BYTES, WATCHERS
from cluster.metering.totals import Told
from cluster.telemetry import ClusterTelemetry, TelemetryActor

UPLOADED = (UPLOADED_BYTES.name, ())


class Cluster:
    """Finds an actor, whose calls may fail before or after they have done something."""

    def __init__(self) -> None:
        self.actor = TelemetryActor()
        self.lost_before = self.lost_after = 0
        self.is_there = True

    def find(self, _name: str) -> Any:
        if not self.is_there:
            raise ValueError("it has not been started")
        calls = {name: SimpleNamespace(remote=self._calling(name)) for name in ("tell", "read", "level", "set_level")}
        return SimpleNamespace(**calls)

    def _calling(self, name: str) -> Callable[..., Any]:
        async def call(*arguments: Any) -> Any:
            if self.lost_before:
                self.lost_before -= 1
                raise RayActorError
            answer = await getattr(self.actor, name)(*arguments)
            if self.lost_after:
                self.lost_after -= 1
                raise RayActorError
            return answer

        return call


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    made = Cluster()
    monkeypatch.setattr(telemetry, "find_actor", made.find)
    yield made
    configure_logs("INFO")


async def uploaded(process: ClusterTelemetry) -> float:
    return (await process.read()).counts[UPLOADED]


async def test_whichever_process_is_asked_tells_the_sum(cluster: Cluster) -> None:
    processes = [ClusterTelemetry(Meter()) for _ in range(3)]
    for number, process in enumerate(processes, start=1):
        process.meter.count(UPLOADED_BYTES, amount=number)
        process.meter.move(WATCHERS, 1)
        await process.tell()
    assert [await uploaded(process) for process in processes] == [6, 6, 6]
    assert (await processes[0].read()).levels[WATCHERS.name] == 3


@pytest.mark.parametrize("when", ["lost_before", "lost_after"])
async def test_what_could_not_be_told_is_told_once(cluster: Cluster, when: str) -> None:
    process = ClusterTelemetry(Meter())
    process.meter.count(UPLOADED_BYTES, amount=5)
    setattr(cluster, when, 1)
    with pytest.raises(ClusterUnavailableError):
        await process.read()
    process.meter.count(UPLOADED_BYTES, amount=2)
    await process.tell()
    assert await uploaded(process) == 7


async def test_a_new_actor_begins_at_what_comes_after(cluster: Cluster) -> None:
    process = ClusterTelemetry(Meter())
    process.meter.count(UPLOADED_BYTES, amount=5)
    await process.tell()
    cluster.actor = TelemetryActor()
    process.meter.count(UPLOADED_BYTES, amount=2)
    assert await uploaded(process) == 2


async def test_without_the_actor_nothing_is_told_and_nothing_is_lost(cluster: Cluster) -> None:
    cluster.is_there = False
    process = ClusterTelemetry(Meter())
    process.meter.count(UPLOADED_BYTES)
    for asked in (process.read, process.level, lambda: process.set_level("DEBUG")):
        with pytest.raises(ClusterUnavailableError):
            await asked()
    assert level() == "INFO"
    cluster.is_there = True
    assert await uploaded(process) == 1


async def test_the_level_reaches_whoever_tells_something(cluster: Cluster) -> None:
    await cluster.actor.set_level("DEBUG")
    process = ClusterTelemetry(Meter())
    await process.tell()
    assert (level(), await process.level()) == ("DEBUG", "DEBUG")
    await process.set_level(None)
    assert (level(), await process.level()) == ("INFO", None)


async def test_it_goes_on_telling_by_itself(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telemetry, "_TELL_SECONDS", 0.001)
    told = asyncio.Event()
    add = cluster.actor._totals.add

    def heard(what: Told, now: float) -> None:
        add(what, now)
        told.set()

    monkeypatch.setattr(cluster.actor._totals, "add", heard)
    process = ClusterTelemetry(Meter())
    cluster.lost_before = 2
    process.start()
    process.meter.count(UPLOADED_BYTES)
    async with asyncio.timeout(10):
        await told.wait()
    assert process._loop is not None
    process._loop.cancel()
    assert await uploaded(process) == 1
