"""How a job is followed to its end through broken connections; the decisions only, `PhoenixScanner.follow` acts on them."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from client.errors import ClientError, WaitTimeoutError
from client.sdk.bulks import BulkEvent
from client.sdk.events import Event, EventType, final_event
from client.sdk.jobs import Job, JobStatus


@dataclass(frozen=True, kw_only=True)
class WatchPolicy:
    greeting_seconds: float = 10.0
    """The service greets at once: silence after the handshake means that a proxy swallows the frames."""
    silence_seconds: float = 75.0
    """Two heartbeats and a half: after that the connection is taken for dead."""
    breaks_before_polling: int = 3
    """Breaks in a row, without a new event between them, after which WebSockets count as blocked."""
    poll_seconds: float = 1.0
    first_wait_seconds: float = 0.25
    longest_wait_seconds: float = 10.0
    failed_polls: int = 20
    """Polls in a row that may fail; with the waits between them a service may be away for some three minutes."""


class Watch:
    """Pure but for ``jitter``, a number from 0 to 1 for each wait.

    Every event passes `take`, which lets each through once. While not `ended`, the caller opens a WebSocket (or polls, when
    `polling`), and after each break or poll waits for `wait_seconds`.
    """

    def __init__(
        self,
        *,
        after: int = 0,
        policy: WatchPolicy | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.after = after
        self.ended = False
        self.polling = False
        self._policy = policy or WatchPolicy()
        self._jitter = jitter
        self._greeted = False
        self._heard = False
        self._failures = 0
        self._status: JobStatus | None = None

    def take(self, event: Event) -> bool:
        """Whether the event is news: heartbeats, repeated greetings and events seen before are not."""
        self._heard = True
        self._status = event.data.status or self._status
        if event.type in (EventType.HEARTBEAT, EventType.PONG):
            return False
        if event.type == EventType.CONNECTED:
            first, self._greeted = not self._greeted, True
            return first
        if event.seq is not None:
            if event.seq <= self.after:
                return False
            self.after = event.seq
        self._failures = 0
        self.ended = event.final
        return True

    @property
    def patience_seconds(self) -> float:
        """How long to wait for the next frame."""
        return self._policy.silence_seconds if self._heard else self._policy.greeting_seconds

    def broken(self) -> None:
        """The WebSocket could not be opened, or closed before the job's last event.

        Why it was refused is not looked at: the first poll asks the same over HTTP and gets an error that says more.
        """
        self._failures += 1
        self._heard = False
        nothing_left = self._status is not None and self._status.ended
        self.polling = nothing_left or self._failures >= self._policy.breaks_before_polling

    def refused(self) -> None:
        """The service closed with a policy violation: no such job, or not for this key."""
        self.polling = True
        self._failures = 0

    def polled(self, job: Job) -> Event | None:
        """To be told after the events that were there when ``job`` was read: the last event, if it was not among them."""
        self._failures = 0
        if self.ended or not job.status.ended:
            return None
        self.ended = True
        return final_event(job)

    def poll_failed(self, error: ClientError) -> None:
        """Raises the error when it cannot pass, or has not passed for too long."""
        self._failures += 1
        if not error.retryable or self._failures > self._policy.failed_polls:
            raise error

    @property
    def wait_seconds(self) -> float:
        if self._failures == 0:
            return self._policy.poll_seconds
        wait = self._policy.first_wait_seconds * 2.0 ** min(self._failures, 16)
        return min(wait, self._policy.longest_wait_seconds) * (0.5 + self._jitter() / 2)


class Deadline:
    """The end of a caller's patience with one job; none when ``timeout`` is None."""

    def __init__(self, job_id: str, timeout: timedelta | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._job_id, self._timeout, self._clock = job_id, timeout, clock
        self._start = clock()

    def clip(self, seconds: float) -> float:
        """At most the time left; raises `WaitTimeoutError` when none is."""
        if self._timeout is None:
            return seconds
        left = self._timeout.total_seconds() - (self._clock() - self._start)
        if left <= 0:
            raise WaitTimeoutError(self._job_id, self._timeout.total_seconds())
        return min(seconds, left)


class BulkWatch:
    """What has been seen of a bulk, and when its stream is opened again."""

    def __init__(self, *, after: int = 0, policy: WatchPolicy | None = None) -> None:
        self.after = after
        """The number of the last event that was seen."""
        self.ended = False
        self._failures = 0
        self._policy = policy or WatchPolicy()

    @property
    def wait_seconds(self) -> float:
        policy = self._policy
        return min(policy.first_wait_seconds * 2.0 ** min(self._failures, 16), policy.longest_wait_seconds)

    def take(self, arrived: BulkEvent) -> bool:
        """Whether it is for who watches: a sign of life without a number is not."""
        self._failures = 0
        self.ended = arrived.final
        if arrived.seq is not None:
            self.after = arrived.seq
        return arrived.seq is not None or arrived.final

    def failed(self, error: ClientError) -> None:
        """Raises it where trying again cannot help, or has not."""
        self._failures += 1
        if not error.retryable or self._failures > self._policy.failed_polls:
            raise error
