"""How many requests to a tenant may be under way: a window that grows while Phoenix keeps up and shrinks when it does not."""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    ANSWERED = "answered"
    """Any answer of a Phoenix at ease, refusals of a body included."""
    THROTTLED = "throttled"
    """429."""
    FAILED = "failed"
    """5xx or no answer."""
    UNSENT = "unsent"
    """Nothing was learned: the request was given up before it left."""


class Outcome(msgspec.Struct, frozen=True):
    """What a request taught about Phoenix's load."""

    verdict: Verdict
    retry_after_seconds: float | None = None
    size_class: int | None = None
    """Requests of one class are alike enough to compare their latencies; None where it says nothing, as of a refused body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowLimits:
    first: float = 4.0
    smallest: float = 1.0
    largest: float = 64.0
    slow_factor: float = 2.0
    """Latency counts as growing when the recent one is this many times the usual one …"""
    slow_floor_seconds: float = 0.5
    """… and above this: the noise of short answers says nothing."""
    lost_after_seconds: float = 900.0
    """A request that was never released, because its worker died, is given up after this; no request lasts so long."""


class BudgetSnapshot(msgspec.Struct, frozen=True):
    window: float
    in_flight: int
    paused_seconds: float
    waiting: int = 0


class RequestWindow:
    """Additive increase, multiplicative decrease, as TCP does it, on latency too. Pure: every method is told the time.

    Until something first goes wrong the window doubles with each round trip, afterwards it grows by one. It shrinks at most
    once per round trip: what left before the last decrease says nothing about whether that was enough.
    """

    def __init__(self, limits: WindowLimits) -> None:
        self._limits = limits
        self._size = limits.first
        self._starts: deque[float] = deque()
        self._paused_until = float("-inf")
        self._shrunk_at = float("-inf")
        self._latencies: dict[int, _Latency] = {}

    def wait_seconds(self, now: float) -> float:
        """0 where a request may start; else after how long to look again at the latest, a release apart."""
        if now < self._paused_until:
            return self._paused_until - now
        while self._starts and now >= self._starts[0] + self._limits.lost_after_seconds:
            self._starts.popleft()
        if len(self._starts) < int(self._size):
            return 0.0
        return self._starts[0] + self._limits.lost_after_seconds - now

    def start(self, now: float) -> None:
        self._starts.append(now)

    def finish(self, outcome: Outcome, latency_seconds: float, now: float) -> None:
        """Frees the place of a request and learns from it. Places are alike, so the oldest is freed."""
        used = len(self._starts)
        if self._starts:
            self._starts.popleft()
        if outcome.retry_after_seconds is not None:
            self._paused_until = max(self._paused_until, now + outcome.retry_after_seconds)
        left_at = now - latency_seconds
        match outcome.verdict:
            case Verdict.THROTTLED:
                self._shrink(0.5, left_at, now)
            case Verdict.FAILED:
                self._shrink(0.75, left_at, now)
            case Verdict.ANSWERED:
                if self._slower(outcome.size_class, latency_seconds):
                    self._shrink(0.85, left_at, now)
                elif left_at >= self._shrunk_at and used >= int(self._size):
                    self._grow()

    def snapshot(self, now: float, *, waiting: int = 0) -> BudgetSnapshot:
        return BudgetSnapshot(round(self._size, 2), len(self._starts), max(self._paused_until - now, 0.0), waiting)

    def _grow(self) -> None:
        never_shrunk = self._shrunk_at == float("-inf")
        self._size = min(self._size + (1.0 if never_shrunk else 1.0 / self._size), self._limits.largest)

    def _shrink(self, factor: float, left_at: float, now: float) -> None:
        if left_at < self._shrunk_at:
            return
        self._size = max(self._size * factor, self._limits.smallest)
        self._shrunk_at = now

    def _slower(self, size_class: int | None, latency: float) -> bool:
        if size_class is None:
            return False
        known = self._latencies.setdefault(size_class, _Latency(latency, latency))
        known.learn(latency)
        return known.recent > max(self._limits.slow_floor_seconds, self._limits.slow_factor * known.usual)


@dataclass(slots=True)
class _Latency:
    """A quick average, and one that follows it downwards at once and upwards slowly."""

    recent: float
    usual: float

    def learn(self, latency: float) -> None:
        self.recent += 0.3 * (latency - self.recent)
        slowness = 1.0 if self.recent < self.usual else 0.01
        self.usual += slowness * (self.recent - self.usual)
