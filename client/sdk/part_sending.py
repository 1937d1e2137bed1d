"""The parts of a file on their way to the service, several at once."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from client.errors import RefusedError
from client.sdk import calls
from client.sdk.calls import Call
from client.sdk.direct import PARTS_AT_ONCE, DirectUpload, PartAddress, read_part
from client.sdk.upload import OnProgress

Ask = Callable[[Call[Any]], Awaitable[Any]]
Put = Callable[[httpx.AsyncClient | None, Call[None], bytes], Awaitable[None]]


class PartSender:
    """Sends what is missing of one upload. ``signed`` sends no key: it speaks to whomever the service's signed URLs name."""

    def __init__(
        self, ask: Ask, put: Put, signed: httpx.AsyncClient, upload: DirectUpload, file: Path, on_progress: OnProgress | None
    ) -> None:
        self._ask, self._put, self._signed, self._upload, self._file = ask, put, signed, upload, file
        self._on_progress = on_progress or (lambda _sent, _total: None)
        self._sent = upload.size_bytes - sum(upload.part_bytes(number) for number in upload.missing)
        self._addresses: dict[int, PartAddress] = {}
        self._asking = asyncio.Lock()

    async def run(self) -> None:
        """The first failure ends the others."""
        self._on_progress(self._sent, self._upload.size_bytes)
        waiting = iter(self._upload.missing)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(PARTS_AT_ONCE):
                    group.create_task(self._send_each(waiting))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures

    async def _send_each(self, waiting: Any) -> None:
        for number in waiting:
            data = await asyncio.to_thread(read_part, self._file, self._upload, number)
            address = await self._address(number)
            try:
                await self._send(address, data)
            except RefusedError as error:
                if address.url.startswith("/") or error.status != 403:
                    raise
                await self._send(await self._address(number, fresh=True), data)  # its time was over
            self._sent += len(data)
            self._on_progress(self._sent, self._upload.size_bytes)

    async def _send(self, address: PartAddress, data: bytes) -> None:
        client = None if address.url.startswith("/") else self._signed
        await self._put(client, calls.part(address), data)

    async def _address(self, number: int, *, fresh: bool = False) -> PartAddress:
        """Asked for a page at a time, shortly before they are needed: signed URLs do not last."""
        async with self._asking:
            if fresh or number not in self._addresses:
                page = await self._ask(calls.parts(self._upload.upload_id, after=number - 1))
                self._addresses = {address.number: address for address in page}
            return self._addresses[number]
