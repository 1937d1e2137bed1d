"""Webhooks: when to try again, whom not to reach, and what a receiver can verify."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook
from tenant_making import attempts_of

from cluster import webhooks
from cluster.settings import Settings, load_settings
from cluster.webhook_signing import webhook_secret
from cluster.webhooks import WebhookCourier, next_pause
from jobs_store.database import Database, open_database
from jobs_store.jobs import NewJob
from jobs_store.secrets import SecretBox
from jobs_store.webhooks import Delivery

NOW = datetime(2030, 1, 2, tzinfo=UTC)


def delivery(*, attempts: int = 0, age: timedelta = timedelta(0)) -> Delivery:
    return Delivery("msg_1", "job-1", "sealed", "{}", NOW - age, attempts)


def test_pauses_double_up_to_two_hours() -> None:
    pauses = [next_pause(delivery(attempts=attempts), NOW, chance=0.5) for attempts in (0, 1, 2, 30)]
    assert pauses == [timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=20), timedelta(hours=2)]


def test_chance_spreads_pauses_by_a_quarter() -> None:
    assert next_pause(delivery(), NOW, chance=0.0) == timedelta(seconds=3.75)
    assert next_pause(delivery(), NOW, chance=1.0) == timedelta(seconds=6.25)


def test_a_delivery_is_given_up_after_a_day() -> None:
    assert next_pause(delivery(attempts=20, age=timedelta(hours=23)), NOW, chance=0.5) is not None
    assert next_pause(delivery(attempts=20, age=timedelta(hours=25)), NOW, chance=0.5) is None


def settings(url: str, **given: object) -> Settings:
    return load_settings(api_key="k", secret_key="newest,older", database_url=url, storage_url="file:///tmp/none", **given)


def test_the_secret_is_made_of_the_newest_key_unless_it_is_set() -> None:
    made = webhook_secret(settings("sqlite:///x"))
    assert made.startswith("whsec_")
    assert made == webhook_secret(
        load_settings(api_key="k", secret_key="newest", database_url="sqlite:///x", storage_url="file:///y")
    )
    assert made != webhook_secret(
        load_settings(api_key="k", secret_key="older", database_url="sqlite:///x", storage_url="file:///y")
    )
    assert webhook_secret(settings("sqlite:///x", webhook_secret="whsec_" + "MTIz" * 8)) == "whsec_" + "MTIz" * 8


class Receiver:
    """An HTTP server on loopback that answers with the next of its statuses, and keeps what came."""

    def __init__(self, statuses: list[int]) -> None:
        self._statuses = statuses
        self.location = ""
        self.requests: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/hook"

    async def stop(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head.splitlines()[1:] if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        moved = f"location: {self.location}\r\n" if self.location else ""
        writer.write(f"HTTP/1.1 {self._statuses.pop(0)} x\r\n{moved}content-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        await self.requests.put((headers, body))


class EndlessReceiver(Receiver):
    """Goes on answering until nobody listens any more."""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 x\r\n\r\n")
        with suppress(ConnectionError):
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()


class SilentReceiver(Receiver):
    """Takes connections, and answers nobody."""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self.requests.put(({}, b""))
        await reader.read(-1)
        writer.close()


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    async with open_database(sqlite_url, secrets=SecretBox.from_setting("newest,older")) as database:
        yield database


@asynccontextmanager
async def courier(configured: Settings) -> AsyncIterator[None]:
    """The actor's class as it is in its process, which here does not end with it."""
    running = WebhookCourier(configured)
    try:
        yield
    finally:
        for task in (running._loop, *running._delivering):
            task.cancel()
        await running._http.aclose()
        await running._database.dispose()


async def scheduled(database: Database, url: str, headers: dict[str, str] | None = None) -> None:
    new = NewJob(
        job_id="job-1", filename="r", file_path="jobs/job-1/upload", file_size_bytes=1, webhook_url=url, webhook_headers=headers
    )
    await database.jobs.create(new)
    await database.webhooks.schedule("job-1", url, json.dumps({"job_id": "job-1", "success": True}))


async def recorded(database: Database, attempts: int) -> list[tuple[int | None, str | None]]:
    async with asyncio.timeout(10):
        while len(found := await attempts_of(database, "job-1")) < attempts:
            await asyncio.sleep(0.02)
    return [(attempt.status_code, attempt.error) for attempt in found]


async def test_a_receiver_can_verify_what_comes(database: Database, sqlite_url: str) -> None:
    receiver = Receiver([204])
    url = await receiver.start()
    await scheduled(database, url, {"Authorization": "Bearer t", "Webhook-Id": "forged"})
    configured = settings(sqlite_url, webhook_allow_private=True)
    async with courier(configured):
        headers, body = await asyncio.wait_for(receiver.requests.get(), 10)
        assert await recorded(database, 1) == [(204, None)]
    await receiver.stop()

    assert Webhook(webhook_secret(configured)).verify(body, headers) == {"job_id": "job-1", "success": True}
    assert headers["authorization"] == "Bearer t"
    assert headers["webhook-id"].startswith("msg_")
    assert headers["content-type"] == "application/json"
    assert headers["host"] == url.split("/")[2]


async def test_a_refusal_and_a_private_address_are_recorded_and_tried_later(database: Database, sqlite_url: str) -> None:
    receiver = Receiver([500])
    url = await receiver.start()
    await scheduled(database, url)
    async with courier(settings(sqlite_url, webhook_allow_private=True)):
        assert await recorded(database, 1) == [(500, None)]
    await receiver.stop()
    assert await database.webhooks.due(10) == []  # not yet


async def test_loopback_is_not_reached_unless_allowed(database: Database, sqlite_url: str) -> None:
    receiver = Receiver([200])
    await scheduled(database, await receiver.start())
    async with courier(settings(sqlite_url)):
        ((status, error),) = await recorded(database, 1)
    await receiver.stop()
    assert status is None
    assert error == "127.0.0.1 is at a private address; WEBHOOK_ALLOW_PRIVATE would allow it"
    assert receiver.requests.empty()


async def test_one_slow_receiver_delays_nobody_else(
    database: Database, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has more deliveries than there is room for, and they came first."""
    monkeypatch.setattr(webhooks, "_AT_ONCE", 4)
    monkeypatch.setattr(webhooks, "_TAKEN_PER_RECEIVER", 8)
    monkeypatch.setattr(webhooks, "_PUT_OFF", timedelta(hours=1))
    slow, quick = SilentReceiver([]), Receiver([204])
    slow_url, quick_url = await slow.start(), (await quick.start()).replace("127.0.0.1", "localhost")
    for _ in range(20):
        await database.jobs.create(NewJob(job_id="job-0", filename="r", file_path="k", file_size_bytes=1))
        await database.webhooks.schedule("job-0", slow_url, "{}")
    await scheduled(database, quick_url)
    async with courier(settings(sqlite_url, webhook_allow_private=True)):
        assert await recorded(database, 1) == [(204, None)]
        assert slow.requests.qsize() == 3
    await quick.stop()
    await slow.stop()


async def test_an_attempt_ends_in_time_and_its_error_shows_no_url(
    database: Database, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "_ATTEMPT_SECONDS", 0.2)
    slow = SilentReceiver([])
    await scheduled(database, await slow.start())
    async with courier(settings(sqlite_url, webhook_allow_private=True)):
        ((status, error),) = await recorded(database, 1)
    await slow.stop()
    assert (status, error) == (None, "no answer in 0 seconds")


async def test_no_redirect_is_followed(database: Database, sqlite_url: str) -> None:
    elsewhere, receiver = Receiver([204]), Receiver([307])
    receiver.location = await elsewhere.start()
    await scheduled(database, await receiver.start())
    async with courier(settings(sqlite_url, webhook_allow_private=True)):
        assert await recorded(database, 1) == [(307, None)]
    await receiver.stop()
    await elsewhere.stop()
    assert elsewhere.requests.empty()


async def test_an_answer_without_end_is_not_read(database: Database, sqlite_url: str) -> None:
    receiver = EndlessReceiver([])
    await scheduled(database, await receiver.start())
    async with courier(settings(sqlite_url, webhook_allow_private=True)):
        assert await recorded(database, 1) == [(200, None)]
    await receiver.stop()


async def test_the_checked_address_is_the_one_connected_to(
    database: Database, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second look would lead elsewhere: there is none."""
    receiver, answers = Receiver([204]), iter([["127.0.0.1"]])
    url = (await receiver.start()).replace("127.0.0.1", "hooks.example.com")

    async def resolve(_host: str, _port: int) -> list[str]:
        return next(answers)

    await scheduled(database, url)
    monkeypatch.setattr(webhooks, "Resolver", lambda _at_once: resolve)
    async with courier(settings(sqlite_url, webhook_allow_private=True)):
        headers, _ = await asyncio.wait_for(receiver.requests.get(), 10)
        assert await recorded(database, 1) == [(204, None)]
    await receiver.stop()
    assert headers["host"] == url.split("/")[2]
