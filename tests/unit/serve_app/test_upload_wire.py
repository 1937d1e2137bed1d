"""Uploads over a real connection: endless, announced as too large, broken off."""

import asyncio
import hashlib
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import httpx
import pytest
from starlette.requests import ClientDisconnect

from jobs_store.errors import StorageUnavailableError
from jobs_store.reach import EVERYWHERE
from jobs_store.storage import open_storage
from jobs_store.storage.files import FileWriter
from serve_app.errors import TooLargeError
from serve_app.submitting.upload_sink import BLOCK_BYTES, UploadSink
from serve_app.wiring import Wiring

HEAD = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
HEADERS = {"X-API-Key": "key-of-the-tests", "Content-Type": "multipart/form-data; boundary=cut"}


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as pool:
        yield pool


def stored(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


async def head_only(server: str, *lines: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection(*server.split(":"))
    key = [f"{name}: {value}" for name, value in HEADERS.items()]
    writer.write("\r\n".join(("POST /api/v1/upload HTTP/1.1", "Host: scan.test", *key, *lines, "", "")).encode())
    return reader, writer


async def test_an_endless_upload_is_refused_while_it_is_read(server: str, storage_root: Path) -> None:
    reader, writer = await head_only(server, "Transfer-Encoding: chunked")
    sent = 0

    async def send_on() -> None:
        nonlocal sent
        writer.write(b"%x\r\n%b\r\n" % (len(HEAD), HEAD))
        while True:
            writer.write(b"fa00\r\n%b\r\n" % bytes(64_000))
            await writer.drain()
            sent += 64_000

    sending = asyncio.create_task(send_on())
    async with asyncio.timeout(20):
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        refusal = json.loads(await reader.readexactly(length))
    assert b" 413 " in head
    assert b"connection: close" in head
    assert refusal["error"] == "too_large"
    assert refusal["details"] == {"limit_bytes": 5_000_000}
    with pytest.raises(OSError, match=r"."):  # the server does not read on
        await asyncio.wait_for(sending, 10)
    assert sent < 100_000_000
    assert stored(storage_root) == []
    writer.close()


async def test_a_size_that_is_announced_as_too_large_is_refused_unread(server: str, storage_root: Path) -> None:
    reader, writer = await head_only(server, "Content-Length: 999000000")
    assert b" 413 " in await reader.readline()
    writer.close()
    assert stored(storage_root) == []


async def test_without_a_key_nothing_is_read(server: str) -> None:
    reader, writer = await asyncio.open_connection(*server.split(":"))
    writer.write(b"POST /api/v1/upload HTTP/1.1\r\nHost: scan.test\r\nContent-Length: 1000\r\n\r\n")
    assert b" 401 " in await reader.readline()
    writer.close()


async def test_a_client_that_goes_away_leaves_no_object(server: str, storage_root: Path, wiring: Wiring) -> None:
    _, writer = await head_only(server, "Content-Length: 4000000")
    writer.write(HEAD + bytes(2_000_000))
    await writer.drain()
    while not stored(storage_root):  # the part that is being written
        await asyncio.sleep(0.01)
    writer.close()
    async with asyncio.timeout(10):
        while stored(storage_root):
            await asyncio.sleep(0.01)
    assert (await wiring.database.jobs.list(EVERYWHERE))[0] == 0


async def test_other_routes_take_no_large_body(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/jobs/job-1/retry", content=bytes(100_000))
    assert response.status_code == 413
    assert response.json()["error"] == "too_large"


async def test_a_sink_stores_nothing_beyond_its_limit(storage_root: Path, threads: ThreadPoolExecutor) -> None:
    storage = open_storage(storage_root.as_uri())
    async with UploadSink(lambda: storage.writer("jobs/job-1/upload"), threads, max_bytes=10) as sink:
        await sink.write(b"12345")
        with pytest.raises(TooLargeError):
            await sink.write(b"678901")
    assert stored(storage_root) == []


async def test_a_sink_tells_what_storing_in_the_background_raised(storage_root: Path, threads: ThreadPoolExecutor) -> None:
    """At the next block, or at the commit; and nothing is left."""
    storage = open_storage(storage_root.as_uri())

    class FullDisk:
        """Takes one block."""

        def __init__(self) -> None:
            self._writer = storage.writer("jobs/job-1/upload")
            self._blocks = 0

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *error: object) -> None:
            self._writer.__exit__(None, None, None)

        def write(self, data: bytes) -> None:
            self._blocks += 1
            if self._blocks > 1:
                raise StorageUnavailableError("disk full")
            self._writer.write(data)

        def commit(self) -> None:
            raise AssertionError("half an object")

    async def store(blocks: int) -> None:
        async with UploadSink(FullDisk, threads, max_bytes=10 * BLOCK_BYTES) as sink:
            for _ in range(blocks):
                await sink.write(bytes(BLOCK_BYTES))
            await sink.commit()

    for blocks in (2, 3):
        with pytest.raises(StorageUnavailableError):
            await store(blocks)
        assert stored(storage_root) == []


async def test_a_sink_keeps_the_order_of_blocks(storage_root: Path, threads: ThreadPoolExecutor) -> None:
    storage = open_storage(storage_root.as_uri())
    content = b"".join(bytes([number]) * (BLOCK_BYTES // 3) for number in range(40))
    async with UploadSink(lambda: storage.writer("jobs/job-1/upload"), threads, max_bytes=len(content)) as sink:
        for start in range(0, len(content), 100_000):
            await sink.write(content[start : start + 100_000])
        assert await sink.commit() == hashlib.sha256(content).hexdigest()
    assert storage.get("jobs/job-1/upload") == content


async def test_a_sink_that_is_cancelled_while_it_commits_waits_for_its_thread(
    storage_root: Path, threads: ThreadPoolExecutor
) -> None:
    """Else the thread would go on writing what has been given up."""
    storage = open_storage(storage_root.as_uri())
    committing, go_on = threading.Event(), threading.Event()

    class SlowDisk(FileWriter):
        def commit(self) -> None:
            committing.set()
            go_on.wait(20)
            super().commit()

    async def store() -> None:
        async with UploadSink(lambda: SlowDisk(storage_root / "slow", storage_root), threads, max_bytes=10) as sink:
            await sink.write(b"12345")
            await sink.commit()

    storing = asyncio.create_task(store())
    await asyncio.to_thread(committing.wait, 20)
    storing.cancel()
    done, _ = await asyncio.wait({storing}, timeout=0.05)
    assert not done
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await storing
    assert storage.get("slow") == b"12345"


async def test_a_sink_that_is_cancelled_while_it_gives_up_leaves_nothing(
    storage_root: Path, threads: ThreadPoolExecutor
) -> None:
    """Ray Serve does so: the application is told that the client has gone, and cancelled by its task a moment later."""
    writing, go_on, given_up = threading.Event(), threading.Event(), asyncio.Event()

    class SlowDisk(FileWriter):
        def write(self, data: bytes) -> None:
            super().write(data)
            writing.set()
            go_on.wait(20)

    async def receive() -> None:
        async with UploadSink(lambda: SlowDisk(storage_root / "slow", storage_root), threads, max_bytes=BLOCK_BYTES) as sink:
            await sink.write(bytes(BLOCK_BYTES))
            await asyncio.to_thread(writing.wait, 20)
            given_up.set()
            raise ClientDisconnect

    receiving = asyncio.create_task(receive())
    await given_up.wait()
    for _ in range(2):
        receiving.cancel()
        done, _ = await asyncio.wait({receiving}, timeout=0.05)
        assert not done
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await receiving
    assert stored(storage_root) == []
