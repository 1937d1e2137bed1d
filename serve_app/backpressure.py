"""Back-pressure between a replica's HTTP server and the application in it.

Ray Serve 2.60 reads a request's body as fast as the network brings it, into a queue without a bound: an upload that is faster
than object storage would stand in the replica's memory as a whole. With a bound the server stops reading from the connection
until the application has caught up, and the sender waits.
"""

import asyncio
from typing import Any

from ray.serve._private import direct_ingress_http_util

QUEUED_MESSAGES = 4
"""Of 64 KiB at most, as the server cuts a body: 1 GB where each of `deployment.MOST_REQUESTS_PER_REPLICA` fills its own."""


def bound_request_queues() -> None:
    """For this process, before its first request. Fails where Serve is built in another way, so that nobody loses the bound."""
    proxy: Any = direct_ingress_http_util.ASGIDIReceiveProxy
    if not isinstance(proxy.queue, property):
        raise TypeError("Ray Serve keeps a request's messages elsewhere now: bound them there")

    def queue(self: Any) -> "asyncio.Queue[Any]":
        if self._queue is None:
            self._queue = asyncio.Queue(QUEUED_MESSAGES)
        made: asyncio.Queue[Any] = self._queue
        return made

    proxy.queue = property(queue)
