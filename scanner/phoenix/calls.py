"""Calls of the Phoenix API: within the budget, with the shared token, repeated where that helps."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp

from scanner.phoenix.answers import failure
from scanner.phoenix.budget import RequestBudget
from scanner.phoenix.credentials import PhoenixCredentials
from scanner.phoenix.errors import PhoenixUnavailableError
from scanner.phoenix.exchange import Answer, exchange
from scanner.phoenix.observing import Observer
from scanner.phoenix.retrying import Repetitions, RetryPolicy
from scanner.phoenix.sending import Sending
from scanner.phoenix.tokens import TokenSource
from scanner.phoenix.window import Outcome, Verdict

_UNAUTHORIZED = 401
_TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    path: str
    content: bytes | None = None
    route: str = ""
    """The path without what differs from call to call, where something does."""

    @property
    def size_class(self) -> int | None:
        """Bodies within a factor of two of one another take about as long; what has none is not compared."""
        return len(self.content).bit_length() if self.content is not None else None


@dataclass(frozen=True, slots=True)
class Success:
    answer: Answer
    sent_at: float
    """When, by the monotonic clock, the try that succeeded began."""
    maybe_acted_before: bool
    """An earlier try may have had its effect, or be about to have it, although its answer was lost."""


@dataclass(slots=True)
class _Place:
    """A place in the budget; says what its request taught when it is given back."""

    outcome: Outcome


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Time and chance, for tests to replace. ``clock`` is monotonic, ``chance`` from 0 to 1."""

    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _utc_now
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random


class ApiCalls:
    """One caller's access to a tenant; tokens and budget may be shared with callers on other machines."""

    def __init__(
        self,
        credentials: PhoenixCredentials,
        tokens: TokenSource,
        budget: RequestBudget,
        http: aiohttp.ClientSession,
        *,
        policy: RetryPolicy,
        surroundings: Surroundings,
        observer: Observer,
    ) -> None:
        self._credentials = credentials
        self._tokens = tokens
        self._budget = budget
        self._http = http
        self._policy = policy
        self._surroundings = surroundings
        self._observer = observer

    async def repeated(self, call: Call, sending: Sending | None = None) -> Success:
        """Sends until it is answered, within the allowance of the policy; raises as `once` does.

        Tells ``sending`` what is under way, and raises `GivenUpError` where that says that nothing more is wanted.
        """
        sending = sending or Sending()
        repetitions = Repetitions(self._policy)
        maybe_acted = False
        while True:
            sent_at = self._surroundings.clock()
            try:
                return Success(await self.once(call, sending), sent_at, maybe_acted)
            except PhoenixUnavailableError as error:
                maybe_acted = maybe_acted or error.maybe_acted
                if not maybe_acted:
                    sending.refused()
                pause = repetitions.pause(error, chance=self._surroundings.chance())
                if pause is None:
                    raise
                await self._surroundings.sleep(pause)

    async def once(self, call: Call, sending: Sending | None = None) -> Answer:
        """A successful answer; a token that was refused is renewed, once.

        Raises PhoenixUnavailableError, which is worth another try, or a permanent PhoenixError.
        """
        answer, token = await self._sent(call, sending, refused="")
        if answer.status == _UNAUTHORIZED:
            answer, _ = await self._sent(call, sending, refused=token)
        if error := self._failure(call, answer):
            raise error
        return answer

    async def _sent(self, call: Call, sending: Sending | None, *, refused: str) -> tuple[Answer, str]:
        """An answer that is no sign of trouble, and the token with which it was got."""
        async with self._place() as place:
            token = await (self._tokens.renew(refused) if refused else self._tokens.token())
            headers = {"Authorization": f"Bearer {token}"}
            if call.content is not None:
                headers["Content-Type"] = "application/json"
            if sending is not None:
                sending.begin()
            url = self._credentials.url(call.path)
            with self._observer.sending(call.method, call.route or call.path) as observed:
                headers |= observed.headers
                answer = await exchange(self._http, call.method, url, headers=headers, content=call.content)
                observed.answered(answer.status)
            error = self._failure(call, answer)
            if isinstance(error, PhoenixUnavailableError):
                raise error
            place.outcome = Outcome(Verdict.ANSWERED, size_class=call.size_class if answer.ok else None)
            return answer, token

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[_Place]:
        await self._budget.acquire()
        started = self._surroundings.clock()
        place = _Place(Outcome(Verdict.UNSENT))
        try:
            yield place
        except PhoenixUnavailableError as error:
            verdict = Verdict.THROTTLED if error.status == _TOO_MANY_REQUESTS else Verdict.FAILED
            place.outcome = Outcome(verdict, self._policy.retry_after(error))
            raise
        finally:
            await self._budget.release(place.outcome, self._surroundings.clock() - started)

    def _failure(self, call: Call, answer: Answer) -> Exception | None:
        return failure(answer, sent_bytes=len(call.content or b""), now=self._surroundings.now())
