"""The WebSocket, message by message, over a real connection."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tenant_making import make_key
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from jobs_store.events import EventKind, NewEvent
from jobs_store.jobs import JobStatus, Lease, NewJob
from serve_app.identity.tokens import WatchTokens
from serve_app.wiring import Wiring, utc_now

KEY = {"X-API-Key": "key-of-the-tests"}
PATIENCE = 10


def event(kind: EventKind, **payload: object) -> NewEvent:
    return NewEvent(kind, json.dumps(payload))


LOG = event(EventKind.LOG, level="INFO", message="hello")
PROGRESS = event(EventKind.PROGRESS, status="processing", progress=40.0, current_step="translating")
COMPLETE = event(
    EventKind.COMPLETE,
    status="completed",
    progress=100.0,
    assets_imported=2,
    vulnerabilities_imported=3,
    assessment_name="nightly",
)
ERROR = event(EventKind.ERROR, status="failed", progress=40.0, error_message="broken")


async def queue(wiring: Wiring, *events: NewEvent, tenant: str = "default") -> None:
    new = NewJob(job_id="job-1", filename="a", file_path="jobs/job-1/upload", file_size_bytes=1, tenant=tenant)
    await wiring.database.jobs.create(new, events=events)


async def lease(wiring: Wiring) -> Lease:
    (leased,) = await wiring.database.jobs.lease(owner="test", limit=1, lease_for=timedelta(minutes=1))
    return leased


async def end(wiring: Wiring, leased: Lease, last: NewEvent, status: JobStatus) -> None:
    await wiring.bus.publish(await wiring.database.jobs.finish(leased, status=status, events=[last]))


@asynccontextmanager
async def watching(server: str, query: str = "", headers: dict[str, str] | None = None) -> AsyncIterator[ClientConnection]:
    async with connect(f"ws://{server}/ws/job-1{query}", additional_headers=KEY if headers is None else headers) as socket:
        yield socket


async def frame(socket: ClientConnection) -> dict[str, Any]:
    received: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))
    return received


async def closing_code(socket: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        await frame(socket)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


async def test_a_job_from_first_to_last_frame(server: str, wiring: Wiring) -> None:
    await queue(wiring, LOG)
    async with watching(server) as socket:
        greeting = await frame(socket)
        assert greeting.keys() == {"type", "job_id", "timestamp", "data"}
        assert (greeting["type"], greeting["job_id"]) == ("connected", "job-1")
        assert greeting["data"].keys() == {"message", "status", "progress"}
        replayed = await frame(socket)
        assert (replayed["type"], replayed["seq"]) == ("log", 1)
        assert replayed["data"] == {"level": "INFO", "message": "hello"}
        assert replayed["timestamp"].endswith("Z")
        leased = await lease(wiring)
        await wiring.bus.watched.wait()
        await wiring.bus.publish(await wiring.database.jobs.advance(leased, progress=40.0, events=[PROGRESS]))
        live = await frame(socket)
        assert (live["type"], live["seq"]) == ("progress", 2)
        assert live["data"] == {"status": "processing", "progress": 40.0, "current_step": "translating"}
        await end(wiring, leased, COMPLETE, JobStatus.COMPLETED)
        last = await frame(socket)
        assert (last["type"], last["data"]["vulnerabilities_imported"]) == ("complete", 3)
        assert await closing_code(socket) == 1000


async def test_joining_late_replays_all_and_ends(server: str, wiring: Wiring) -> None:
    await queue(wiring, LOG, LOG)
    await end(wiring, await lease(wiring), ERROR, JobStatus.FAILED)
    async with watching(server) as socket:
        frames = [await frame(socket) for _ in range(4)]
        assert [(each["type"], each.get("seq")) for each in frames] == [
            ("connected", None),
            ("log", 1),
            ("log", 2),
            ("error", 3),
        ]
        assert frames[-1]["data"] == {"status": "failed", "progress": 40.0, "error_message": "broken"}
        assert await closing_code(socket) == 1000


async def test_resuming_sends_only_what_is_new(server: str, wiring: Wiring) -> None:
    await queue(wiring, LOG, LOG)
    await end(wiring, await lease(wiring), COMPLETE, JobStatus.COMPLETED)
    async with watching(server, "?after=2") as socket:
        assert [(await frame(socket)).get("seq") for _ in range(2)] == [None, 3]
        assert await closing_code(socket) == 1000


async def test_one_who_has_seen_everything_is_told_the_end_again(server: str, wiring: Wiring) -> None:
    await queue(wiring, LOG)
    await end(wiring, await lease(wiring), COMPLETE, JobStatus.COMPLETED)
    async with watching(server, "?after=2") as socket:
        assert [(await frame(socket))["type"] for _ in range(2)] == ["connected", "complete"]
        assert await closing_code(socket) == 1000


async def test_the_end_of_an_earlier_attempt_does_not_end_the_watching(server: str, wiring: Wiring) -> None:
    await queue(wiring, LOG)
    await end(wiring, await lease(wiring), ERROR, JobStatus.FAILED)
    await wiring.database.jobs.retry("job-1", events=[event(EventKind.STATUS, status="queued", progress=0.0)])
    async with watching(server) as socket:
        assert [(await frame(socket))["type"] for _ in range(3)] == ["connected", "log", "status"]
        await end(wiring, await lease(wiring), COMPLETE, JobStatus.COMPLETED)
        assert (await frame(socket))["type"] == "complete"
        assert await closing_code(socket) == 1000


async def test_commands_are_answered_and_nonsense_is_passed_over(server: str, wiring: Wiring) -> None:
    await queue(wiring)
    async with watching(server) as socket:
        await frame(socket)
        for nonsense in ("", "[]", '{"command": 1}', '{"command": "dance"}', "x" * 5000):
            await socket.send(nonsense)
        await socket.send('{"command": "ping"}')
        pong = await frame(socket)
        assert (pong["type"], pong["data"]) == ("pong", {})
        await socket.send('{"command": "get_status"}')
        status = await frame(socket)
        assert (status["type"], status["data"]["status"], status["data"]["progress"]) == ("status", "queued", 0.0)


async def test_an_unknown_job_closes_with_1008(server: str) -> None:
    async with watching(server) as socket:
        assert await closing_code(socket) == 1008


async def test_who_may_watch(server: str, wiring: Wiring) -> None:
    await queue(wiring, tenant="payments")
    payments = await make_key(wiring.database, "payments")
    tokens = WatchTokens("secret-of-the-tests", timedelta(minutes=15))
    good = tokens.issue("job-1", utc_now())
    for query, headers in (
        (f"?token={good}", {}),
        ("", {"X-API-Key": payments}),
        ("", {"Authorization": f"Bearer {payments}"}),
    ):
        async with watching(server, query, headers) as socket:
            assert (await frame(socket))["type"] == "connected"
    late = tokens.issue("job-1", utc_now() - timedelta(minutes=16))
    other = tokens.issue("job-2", utc_now())
    foreign = WatchTokens("another-secret", timedelta(minutes=15)).issue("job-1", utc_now())
    for query, headers in (
        ("", {}),
        ("", {"X-API-Key": await make_key(wiring.database, "others")}),
        ("", {"X-API-Key": "wrong"}),
        *((f"?token={bad}", {}) for bad in (late, other, foreign, "nonsense")),
    ):
        async with watching(server, query, headers) as socket:
            assert await closing_code(socket) == 1008


class TestImpatient:
    """With a service whose heartbeats come every moment, and that lets anybody watch."""

    @pytest.fixture
    async def wiring(self, wiring: Wiring) -> Wiring:
        open_settings = wiring.settings.model_copy(update={"websocket_anonymous": True})
        return replace(wiring, heartbeat_seconds=0.05, settings=open_settings)

    async def test_silence_is_filled_with_heartbeats(self, server: str, wiring: Wiring) -> None:
        await queue(wiring)
        async with watching(server, headers={}) as socket:
            assert [(await frame(socket))["type"] for _ in range(3)] == ["connected", "heartbeat", "heartbeat"]

    async def test_an_event_after_silence_is_not_lost(self, server: str, wiring: Wiring) -> None:
        await queue(wiring)
        async with watching(server, headers={}) as socket:
            assert [(await frame(socket))["type"] for _ in range(2)] == ["connected", "heartbeat"]
            await end(wiring, await lease(wiring), COMPLETE, JobStatus.COMPLETED)
            while (last := await frame(socket))["type"] == "heartbeat":
                pass
            assert (last["type"], last["seq"]) == ("complete", 1)


def test_tokens_survive_a_rotation_of_the_key() -> None:
    now = utc_now()
    token = WatchTokens("old", timedelta(minutes=1)).issue("job-1", now)
    assert WatchTokens("new, old", timedelta(minutes=1)).opens(token, "job-1", now)
    assert not WatchTokens("new", timedelta(minutes=1)).opens(token, "job-1", now)
    assert not WatchTokens("old", timedelta(minutes=1)).opens(token, "job-1", now + timedelta(minutes=2))


async def test_frames_that_are_no_commands_are_passed_over(server: str, wiring: Wiring) -> None:
    await queue(wiring)
    async with watching(server) as socket:
        assert (await frame(socket))["type"] == "connected"
        for nonsense in (b"\x00\xff", "null", "[" * 1000, '{"command": {}}'):
            await socket.send(nonsense)
        await socket.send('{"command": "ping"}')
        assert (await frame(socket))["type"] == "pong"
