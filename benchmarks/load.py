"""Many small requests at once, sent as cheaply as Python can: what is measured is the service, not its client."""

import http.client
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlsplit

import httpx

from benchmarks.errors import BenchmarkError


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: bytes | None
    headers: dict[str, str]


def ping() -> Request:
    return Request("GET", "/api/v1/ping", None, {})


def upload(api_key: str, filename: str, content: bytes, **fields: str) -> Request:
    """Encoded once, before anything is measured."""
    made = httpx.Request("POST", "http://service/api/v1/upload", files={"file": (filename, content)}, data=fields)
    headers = {"Content-Type": made.headers["content-type"], "X-API-Key": api_key}
    return Request("POST", "/api/v1/upload", made.read(), headers)


class RefusedRequestError(BenchmarkError):
    def __init__(self, path: str, status: int, said: str) -> None:
        super().__init__(path, status, said)
        self.path, self.status, self.said = path, status, said

    def __str__(self) -> str:
        return f"{self.path} was answered with {self.status}: {self.said[:500]}"


def drive(url: str, requests: Sequence[Request], *, clients: int) -> float:
    """Seconds that so many clients together need for all requests, each with one connection that it keeps.

    Raises `RefusedRequestError` where an answer is not a success.
    """
    numbers = count()  # its next() is atomic

    def run(connection: http.client.HTTPConnection) -> None:
        while (number := next(numbers)) < len(requests):
            request = requests[number]
            connection.request(request.method, request.path, request.body, request.headers)
            answer = connection.getresponse()
            said = answer.read()
            if answer.status >= 300:
                raise RefusedRequestError(request.path, answer.status, said.decode(errors="replace"))

    connections = [http.client.HTTPConnection(urlsplit(url).netloc, timeout=60) for _ in range(clients)]
    for connection in connections:
        connection.connect()
    try:
        with ThreadPoolExecutor(clients) as pool:
            started = time.monotonic()
            list(pool.map(run, connections))
            return time.monotonic() - started
    finally:
        for connection in connections:
            connection.close()
