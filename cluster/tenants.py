"""One Phoenix tenant's request budget and access token, shared by all who send to it."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Sequence
from itertools import count, takewhile
from typing import Any, NamedTuple

import ray
from ray.exceptions import RayError, RayTaskError

from cluster.account import Account
from cluster.metering import process_meter
from cluster.phoenix_observer import PhoenixObserver
from cluster.resources import IMPORTER_BATCHES
from cluster.tracing import current
from jobs_store.errors import StoreError
from jobs_store.together import Together, Waiting
from scanner.errors import ScannerError
from scanner.phoenix.budget import AdaptiveBudget
from scanner.phoenix.credentials import PhoenixCredentials
from scanner.phoenix.exchange import phoenix_http
from scanner.phoenix.tokens import LocalTokens
from scanner.phoenix.window import BudgetSnapshot, Outcome, Verdict

_LINGER_SECONDS = 0.05
"""How long a place that is over is kept for others that will be, or for the next request, so that it is all one call."""
_BRIEFLY_SECONDS = 0.005
"""The same while somebody here waits for a place: mostly a new one is given before that."""
_LEARNT_FROM_BYTES = 1_000_000
"""A smaller body that is refused has too many assets, or meets a proxy: it says nothing about the others."""
_LEARNT = 3 / 4
"""Of a refused body's size: others are as full as it was, give or take a little, and its halves are well below."""
_NUMBERS = count()
"""Of places, in the whole process: a `SharedTenant` that takes another's place is the same holder to the tenant."""


class Holder(NamedTuple):
    """Who has places in the budget: an actor, and which of its processes, as Ray restarts it."""

    actor: str
    process: str


class Release(NamedTuple):
    number: int
    outcome: Outcome
    latency_seconds: float


def _unsent(number: int) -> Release:
    """Of a place that nobody used."""
    return Release(number, Outcome(Verdict.UNSENT), 0.0)


class PhoenixTenant:
    """First come, first served; one token fetch at a time. Holds no request's data.

    Safe to restart: the window starts small again and the token is fetched anew. Places that a dead importer held come back
    when its restarted self asks for one, else after a while, see `WindowLimits.lost_after_seconds`.
    """

    def __init__(self, credentials: PhoenixCredentials) -> None:
        self._http = phoenix_http(max_connections=2)  # its own: one whose Phoenix is slow keeps no other's token waiting
        self._tokens = LocalTokens(credentials, self._http, observer=PhoenixObserver(process_meter()))
        self._budget = AdaptiveBudget()
        self._largest_body: int | None = None
        self._held: defaultdict[Holder, set[int]] = defaultdict(set)
        self._waiting: dict[tuple[Holder, int], asyncio.Task[Any]] = {}
        self._given_up: set[tuple[Holder, int]] = set()
        """By the first of its places, an `acquire` that is still to come: Ray keeps no order among calls."""

    async def acquire(self, holder: "Holder", numbers: list[int], over: list["Release"]) -> list[int]:
        """The first of these places once there is one, and as many of the others as there are at that moment; none where they
        have been given up. The first is in no other call.

        ``over`` are places that the holder does not need any more, see `release`.
        """
        await self._inherit(holder)
        await self.release(holder, over)
        first, *others = numbers
        if (holder, first) in self._given_up:
            self._given_up.discard((holder, first))
            return []
        task = asyncio.current_task()
        assert task is not None
        self._waiting[holder, first] = task
        try:
            await self._budget.acquire()
        finally:
            self._waiting.pop((holder, first), None)
        given = [first, *takewhile(lambda _number: self._budget.acquire_now(), others)]
        self._held[holder].update(given)
        return given

    async def release(self, holder: "Holder", releases: list["Release"]) -> None:
        """A place that an earlier process of this actor gave is not known, and teaches nothing."""
        for number, outcome, latency_seconds in releases:
            if number in self._held[holder]:
                self._held[holder].discard(number)
                await self._budget.release(outcome, latency_seconds)

    async def give_up(self, holder: "Holder", numbers: list[int], over: list["Release"]) -> None:
        """Nobody waits for any place of one `acquire`, whether it has been given by now, will be or would have been."""
        first = numbers[0]
        if (waiting := self._waiting.pop((holder, first), None)) is not None:
            waiting.cancel()
        elif first not in self._held[holder]:
            self._given_up.add((holder, first))
        await self.release(holder, [*over, *map(_unsent, numbers)])

    async def _inherit(self, holder: "Holder") -> None:
        """Frees what earlier processes of a restarted actor had, and forgets what they waited for."""
        for other in {*self._held, *(waiting for waiting, _ in self._waiting)}:
            if other.actor == holder.actor and other != holder:
                for waiting in [waiting for waiting in self._waiting if waiting[0] == other]:
                    self._waiting.pop(waiting).cancel()
                await self.release(other, [_unsent(number) for number in self._held[other]])
                del self._held[other]
                self._given_up = {given_up for given_up in self._given_up if given_up[0] != other}

    async def token(self) -> tuple[str, float]:
        """And for how many seconds it may be used without asking again."""
        return await self._tokens.token(), self._tokens.fresh_seconds()

    async def renew(self, stale: str) -> tuple[str, float]:
        return await self._tokens.renew(stale), self._tokens.fresh_seconds()

    def largest_body(self) -> int | None:
        """Bytes of a body that may be sent whole; None where nothing was refused."""
        return self._largest_body

    def found_too_large(self, size_bytes: int) -> None:
        """What is as large, or nearly so, need not be tried again."""
        if size_bytes >= _LEARNT_FROM_BYTES:
            limit = int(size_bytes * _LEARNT)
            self._largest_body = limit if self._largest_body is None else min(limit, self._largest_body)

    def budget(self) -> BudgetSnapshot:
        return self._budget.snapshot()

    @property
    def is_idle(self) -> bool:
        """Whether nobody has a place or waits for one."""
        return not self._waiting and not any(self._held.values())

    async def close(self) -> None:
        await self._http.close()


class SharedTenant:
    """A `TokenSource`, `RequestBudget` and `BodyLimit` of scanner.phoenix: asks `PhoenixTenants`, for many in one call.

    ``account`` is one of a job that is under way, so that its credentials are still kept.
    """

    def __init__(self, account: Account, actor: Any) -> None:
        self.account, self._actor = account, actor
        context = ray.get_runtime_context()
        self._self = Holder(context.get_actor_id() or "", context.get_worker_id())
        self._places: deque[int] = deque()
        self._acquiring: Together[int, None] = Together(self._acquire, groups=1, most=IMPORTER_BATCHES)
        self._over: list[Release] = []
        self._telling: asyncio.Handle | None = None
        self._tell_at = 0.0
        self._token, self._token_until = "", 0.0

    async def acquire(self) -> None:
        """A caller that is cancelled leaves no place taken, also where it was given one at this very moment."""
        number = next(_NUMBERS)
        try:
            await self._acquiring(number)
        except asyncio.CancelledError:
            self._actor.release.remote(self.account, self._self, [_unsent(number)])
            raise
        self._places.append(number)

    async def _acquire(self, group: Sequence[Waiting[int, None]]) -> None:
        waiting = {one.item: one for one in group}
        while numbers := [number for number, one in waiting.items() if not one.answer.done()]:
            over = self._take_over()
            try:
                given = await _answer(self._actor.acquire.remote(self.account, self._self, numbers, over))
            except (asyncio.CancelledError, RayError, StoreError):  # it may have been done, or still be
                self._actor.give_up.remote(self.account, self._self, numbers, over)
                raise
            gone = [_unsent(number) for number in given if waiting[number].answer.done()]
            if gone:
                self._actor.release.remote(self.account, self._self, gone)
            for number in given:
                waiting.pop(number).answered(None)

    async def release(self, outcome: Outcome, latency_seconds: float) -> None:
        """Of its places the one that it has had longest: they are alike."""
        self._over.append(Release(self._places.popleft(), outcome, latency_seconds))
        loop = asyncio.get_running_loop()
        when = loop.time() + (_LINGER_SECONDS if self._acquiring.is_idle else _BRIEFLY_SECONDS)
        if self._telling is None or when < self._tell_at:
            self._stop_telling()
            self._telling, self._tell_at = loop.call_at(when, self._tell_over), when

    def _tell_over(self) -> None:
        if over := self._take_over():
            self._actor.release.remote(self.account, self._self, over)

    def _take_over(self) -> list[Release]:
        self._stop_telling()
        over, self._over = self._over, []
        return over

    def _stop_telling(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None

    async def token(self) -> str:
        if time.monotonic() >= self._token_until:
            self._keep(await _answer(self._actor.token.remote(self.account, current())))
        return self._token

    async def renew(self, stale: str) -> str:
        self._keep(await _answer(self._actor.renew.remote(self.account, stale, current())))
        return self._token

    async def fits(self, size_bytes: int) -> bool:
        if size_bytes < _LEARNT_FROM_BYTES * _LEARNT:
            return True
        largest = await _answer(self._actor.largest_body.remote(self.account))
        return largest is None or size_bytes <= largest

    async def found_too_large(self, size_bytes: int) -> None:
        await _answer(self._actor.found_too_large.remote(self.account, size_bytes))

    def _keep(self, told: tuple[str, float]) -> None:
        self._token, fresh_seconds = told
        self._token_until = time.monotonic() + fresh_seconds


async def _answer(call: Awaitable[Any]) -> Any:
    """The actor's answer, or what it raised as it raised it: Ray's own error has the text of a traceback."""
    try:
        return await call
    except RayTaskError as error:
        if isinstance(error.cause, ScannerError | StoreError):
            raise error.cause from None
        raise
