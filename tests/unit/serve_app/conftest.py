"""The application over ASGI, with a real database and a real folder; only the cluster and the bus are in memory."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import uvicorn
from limits.aio.storage import MemoryStorage

from cluster.errors import ClusterUnavailableError
from cluster.handle import ClusterHealth
from cluster.logs import configure_logs
from cluster.settings import Settings
from jobs_store.database import open_database
from jobs_store.events import Event
from jobs_store.secrets import SecretBox
from jobs_store.storage import open_storage
from scanner.outbound.destinations import NoSuchHostError
from serve_app.app import create_app
from serve_app.edge_settings import EdgeSettings
from serve_app.wiring import Wiring

KEY = "key-of-the-tests"
SECRET = "secret-of-the-tests"


@dataclass
class FakeCluster:
    """Notes what it is told."""

    woken: int = 0
    bulks_woken: int = 0
    courier_woken: int = 0
    cancelled: list[str] = field(default_factory=list)
    away: bool = False

    async def wake(self) -> None:
        self.woken += 1

    async def wake_bulks(self) -> None:
        self.bulks_woken += 1

    async def wake_courier(self) -> None:
        self.courier_woken += 1

    async def cancel(self, job_id: str) -> None:
        self.cancelled.append(job_id)

    async def health(self) -> ClusterHealth:
        if self.away:
            raise ClusterUnavailableError("the dispatcher", "it has not been started")
        return ClusterHealth(nodes=1, cpus=2.0, coordinators=2, running_jobs=0)


class MemoryBus:
    """A bus within this process."""

    def __init__(self) -> None:
        self._watchers: dict[str, list[asyncio.Queue[Event]]] = {}
        self.watched = asyncio.Event()
        """Set once somebody watches."""

    async def publish(self, events: Sequence[Event]) -> None:
        for event in events:
            for queue in self._watchers.get(event.job_id, []):
                queue.put_nowait(event)

    async def watch(self, job_id: str) -> AsyncIterator[Event | None]:
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self._watchers.setdefault(job_id, []).append(queue)
        try:
            yield None
            self.watched.set()
            while True:
                yield await queue.get()
        finally:
            self._watchers[job_id].remove(queue)

    async def ping(self) -> None:
        return None

    async def close(self) -> None:
        return None


def make_settings(database_url: str, storage_url: str, **more: object) -> Settings:
    values = {
        "api_key": KEY,
        "secret_key": SECRET,
        "database_url": database_url,
        "storage_url": storage_url,
        "max_upload_size_mb": 5,
        "phoenix_client_id": "configured-id",
        "phoenix_client_secret": "configured-secret",
        "phoenix_api_url": "https://phoenix.example",
        "phoenix_allowed_urls": "https://other.example/api",
    } | more
    return Settings(_env_file=None, **values)


async def resolve(host: str, port: int) -> Sequence[str]:
    """Name servers of the tests: names of one word are in one's own network, and whose begin with ``no-`` do not exist."""
    if host.startswith("no-"):
        raise NoSuchHostError(f"there is no host {host}")
    if host.startswith("slow-"):
        raise socket.gaierror(socket.EAI_AGAIN, "try again")
    if "." not in host:
        return ["10.0.0.1"]
    return [host] if host.replace(".", "").isdecimal() else ["8.8.8.8"]


def make_wiring(settings: Settings, **more: object) -> Wiring:
    values = {
        "settings": settings,
        "edge": EdgeSettings(_env_file=None),
        "database": open_database(settings.database_url, secrets=SecretBox.from_setting(SECRET)),
        "storage": open_storage(settings.storage_url),
        "bus": MemoryBus(),
        "cluster": FakeCluster(),
        "counters": MemoryStorage(),
        "resolve": resolve,
    } | more
    return Wiring(**values)


@pytest.fixture(scope="session", autouse=True)
def _logs() -> None:
    configure_logs("INFO")


@pytest.fixture
def storage_root(tmp_path: Path) -> Path:
    return tmp_path / "objects"


@pytest.fixture
def settings(sqlite_url: str, storage_root: Path) -> Settings:
    return make_settings(sqlite_url, storage_root.as_uri())


@pytest.fixture
async def wiring(settings: Settings) -> AsyncIterator[Wiring]:
    opened = make_wiring(settings)
    yield opened
    await opened.close()


@pytest.fixture
def connect() -> Callable[..., httpx.AsyncClient]:
    """Makes clients that send a key; errors of the application become answers, as under a server."""

    def make(wiring: Wiring, key: str = KEY) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(create_app(wiring), raise_app_exceptions=False)
        headers = {"X-API-Key": key} if key else {}
        return httpx.AsyncClient(transport=transport, base_url="http://scan.test", headers=headers)

    return make


@pytest.fixture
async def client(wiring: Wiring, connect: Callable[..., httpx.AsyncClient]) -> AsyncIterator[httpx.AsyncClient]:
    async with connect(wiring) as opened:
        yield opened


@pytest.fixture
async def server(wiring: Wiring) -> AsyncIterator[str]:
    """The application under a real server of this event loop, on a loopback port; yields ``127.0.0.1:port``."""
    config = uvicorn.Config(create_app(wiring), port=0, log_config=None, lifespan="off", ws="websockets-sansio")
    serving = uvicorn.Server(config)
    config.load()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        task = asyncio.create_task(serving._serve([listening]))  # `serve` would take over the signals
        host, port = listening.getsockname()
        async with asyncio.timeout(10), httpx.AsyncClient() as client:
            await client.get(f"http://{host}:{port}/api/v1/ping")
        yield f"{host}:{port}"
        serving.should_exit = serving.force_exit = True
        await task
