"""A Phoenix that answers what a test tells it to, in a time that passes only when someone sleeps."""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest
from scripted_http import scripted_http

from scanner.phoenix.budget import AdaptiveBudget
from scanner.phoenix.calls import Surroundings
from scanner.phoenix.client import PhoenixClient
from scanner.phoenix.credentials import PhoenixCredentials
from scanner.phoenix.tokens import LocalTokens

START = 1_700_000_000.0
CREDENTIALS = PhoenixCredentials("http://phoenix.example/", "client", "s3cret-value")


@dataclass
class FakeTime:
    """Sleeping is instant and makes it later."""

    seconds: float = START
    sleeps: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(round(seconds, 3))
        self.seconds += seconds


class ScriptedPhoenix:
    """Takes the next of the scripted answers; an exception is raised in its place, a function is called with the request."""

    def __init__(self) -> None:
        self.imports: deque = deque()
        self.statuses: deque = deque()
        self.tags: deque = deque()
        self.tokens: deque = deque()
        self.requests: list[httpx.Request] = []
        self._issued = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.path == "/v1/auth/access_token" and not self.tokens:
            self._issued += 1
            return httpx.Response(200, json={"token": f"token-{self._issued}"})
        answers = {"access_token": self.tokens, "assets": self.imports, "tags": self.tags}.get(
            request.url.path.rsplit("/", 1)[-1], self.statuses
        )
        answer = answers.popleft()
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def sent(self, path_end: str) -> list[httpx.Request]:
        return [request for request in self.requests if request.url.path.endswith(path_end)]


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def phoenix() -> ScriptedPhoenix:
    return ScriptedPhoenix()


@pytest.fixture
async def http(phoenix):
    async with scripted_http(phoenix) as client:
        yield client


@pytest.fixture
def credentials() -> PhoenixCredentials:
    return CREDENTIALS


@pytest.fixture
def tokens(http, time, credentials) -> LocalTokens:
    return LocalTokens(credentials, http, clock=time.clock)


@pytest.fixture
def budget(time) -> AdaptiveBudget:
    return AdaptiveBudget(clock=time.clock, sleep=time.sleep)


@pytest.fixture
def surroundings(time) -> Surroundings:
    return Surroundings(clock=time.clock, now=time.now, sleep=time.sleep, chance=lambda: 1.0)


@pytest.fixture
def client(credentials, tokens, budget, http, surroundings) -> PhoenixClient:
    return PhoenixClient(credentials, tokens, budget, http, surroundings=surroundings)
