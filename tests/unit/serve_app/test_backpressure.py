"""A replica reads a request's body no faster than the application takes it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from ray.serve._private.direct_ingress_http_util import ASGIDIReceiveProxy

from serve_app.backpressure import QUEUED_MESSAGES, bound_request_queues

MESSAGES = 1000


@pytest.fixture
def bounded() -> Iterator[None]:
    original = ASGIDIReceiveProxy.queue
    bound_request_queues()
    yield
    ASGIDIReceiveProxy.queue = original


@pytest.mark.usefixtures("bounded")
async def test_the_server_waits_for_the_application() -> None:
    sent = 0

    async def receive() -> dict[str, Any]:
        nonlocal sent
        sent += 1
        if sent > MESSAGES:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": b"x", "more_body": sent < MESSAGES}

    proxy = ASGIDIReceiveProxy({"type": "http"}, receive, asyncio.get_running_loop())
    fetching = proxy.fetch_until_disconnect_task()
    for _ in range(MESSAGES):  # far more turns of the loop than it needs to fill an unbounded queue
        await asyncio.sleep(0)
    assert sent <= QUEUED_MESSAGES + 1
    for _ in range(MESSAGES):
        assert (await proxy())["type"] == "http.request"
    assert (await proxy())["type"] == "http.disconnect"
    await fetching
    assert sent == MESSAGES + 1
