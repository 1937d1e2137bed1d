"""Imports that run in the background: accepted, then TRANSLATING, READY_FOR_IMPORT, and at last IMPORTED or ERROR."""

import asyncio
import math
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from enum import StrEnum
from functools import partial

import msgspec

from scanner.model import ImportType
from scanner.phoenix.sandbox.request import Assessment, ImportRequest


class ImportStatus(StrEnum):
    TRANSLATING = "TRANSLATING"
    READY_FOR_IMPORT = "READY_FOR_IMPORT"
    IMPORTED = "IMPORTED"
    ERROR = "ERROR"


class ImportState(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer to a question for an import's status."""

    status: ImportStatus
    error: str = ""


class BackgroundImports:
    """Each import is a task of its own, so they overtake each other as their times want.

    `apply` is called when the import's time has come and before its status says IMPORTED.
    """

    def __init__(
        self, apply: Callable[[ImportRequest], Awaitable[None]], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._apply = apply
        self._sleep = sleep
        self._states: dict[str, ImportState] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._new_under_way: Counter[Assessment] = Counter()

    def accept(self, request: ImportRequest, *, seconds: float, fails: bool) -> str:
        """The request id; nothing has changed yet. With `fails` it ends in ERROR and nothing ever does, and neither with
        endless `seconds`: it stays READY_FOR_IMPORT."""
        request_id = secrets.token_hex(12)
        self._states[request_id] = ImportState(ImportStatus.TRANSLATING)
        task = asyncio.create_task(self._run(request_id, request, seconds, fails), name=f"import {request_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if request.import_type is ImportType.NEW:
            self._new_under_way[request.assessment] += 1
            task.add_done_callback(partial(self._over, request.assessment))
        return request_id

    def status(self, request_id: str) -> ImportState | None:
        """None for an id that was never given."""
        return self._states.get(request_id)

    def new_under_way(self, assessment: Assessment) -> bool:
        """Whether a ``new`` import of the assessment is accepted and not yet over."""
        return self._new_under_way[assessment] > 0

    @property
    def accepted(self) -> int:
        """So many since the start or the last `stop`."""
        return len(self._states)

    @property
    def under_way(self) -> int:
        return len(self._tasks)

    async def stop(self) -> None:
        """Drops what is under way, and forgets every id."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._states.clear()

    async def _run(self, request_id: str, request: ImportRequest, seconds: float, fails: bool) -> None:
        try:
            if seconds != math.inf:
                await self._sleep(seconds / 2)
            self._states[request_id] = ImportState(ImportStatus.READY_FOR_IMPORT)
            await self._sleep(seconds / 2)
            if fails:
                self._states[request_id] = ImportState(ImportStatus.ERROR, "the sandbox was told to fail this import")
                return
            await self._apply(request)
            self._states[request_id] = ImportState(ImportStatus.IMPORTED)
        except Exception as error:  # noqa: BLE001 - the edge of a task: a failure becomes the import's status
            self._states[request_id] = ImportState(ImportStatus.ERROR, f"{type(error).__name__}: {error}")

    def _over(self, assessment: Assessment, task: asyncio.Task[None]) -> None:
        self._new_under_way[assessment] -= 1
