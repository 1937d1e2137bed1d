"""A fake service per test, and both clients behind one face."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina

sys.path.insert(0, str(Path(__file__).parent))  # makes `fake_service` importable

from fake_service import KEY, FakeService

from client.sdk import AsyncPhoenixScanner, Event, PhoenixScanner, RetryPolicy, WatchPolicy

FAST_RETRIES = RetryPolicy(attempts=4, first_wait_seconds=0.0, jitter_seconds=0.0)
FAST_WATCH = WatchPolicy(greeting_seconds=0.2, silence_seconds=5, first_wait_seconds=0.001, poll_seconds=0.01, failed_polls=3)


@pytest.fixture(autouse=True)
def _quiet_retries() -> Iterator[None]:
    """The library's default hook logs; the command sets its own."""
    stamina.instrumentation.set_on_retry_hooks([])
    yield
    stamina.instrumentation.set_on_retry_hooks(None)


@pytest.fixture
def service() -> Iterator[FakeService]:
    with FakeService() as running:
        yield running


class Blocking:
    """The blocking client, moved off the loop, so that one test speaks to either client."""

    def __init__(self, scanner: PhoenixScanner) -> None:
        self._scanner = scanner

    def __getattr__(self, name: str) -> Any:
        async def call(*arguments: Any, **options: Any) -> Any:
            return await asyncio.to_thread(getattr(self._scanner, name), *arguments, **options)

        return call

    async def events(self, method: str, *arguments: Any, **options: Any) -> list[Event]:
        return await asyncio.to_thread(lambda: list(getattr(self._scanner, method)(*arguments, **options)))


class Awaiting:
    def __init__(self, scanner: AsyncPhoenixScanner) -> None:
        self._scanner = scanner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scanner, name)

    async def events(self, method: str, *arguments: Any, **options: Any) -> list[Event]:
        return [event async for event in getattr(self._scanner, method)(*arguments, **options)]


@pytest.fixture(params=["sync", "async"])
async def scanner(request: pytest.FixtureRequest, service: FakeService) -> AsyncIterator[Any]:
    options: Any = {"api_key": KEY, "retries": FAST_RETRIES, "watching": FAST_WATCH}
    if request.param == "sync":
        with PhoenixScanner(service.url, **options) as blocking:
            yield Blocking(blocking)
    else:
        async with AsyncPhoenixScanner(service.url, **options) as awaiting:
            yield Awaiting(awaiting)
