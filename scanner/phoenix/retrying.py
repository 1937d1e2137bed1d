"""How often a request is repeated, and after which pause."""

from dataclasses import dataclass

from scanner.phoenix.errors import PhoenixUnavailableError

_TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Two allowances, because a 429 is Phoenix at work for others while a 5xx or a broken connection is Phoenix in trouble."""

    failures: int = 6
    throttles: int = 30
    first_pause_seconds: float = 0.5
    longest_pause_seconds: float = 60.0
    longest_retry_after_seconds: float = 300.0
    """An answer that asks for more is asked again earlier, so that one header cannot hold a job for a day."""

    def retry_after(self, error: PhoenixUnavailableError) -> float | None:
        """What the answer asked for, within reason."""
        asked = error.retry_after_seconds
        return None if asked is None else min(asked, self.longest_retry_after_seconds)


class Repetitions:
    """Counts what went wrong with one request; pure: chance comes in as an argument."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._failures = 0
        self._throttles = 0

    def pause(self, error: PhoenixUnavailableError, *, chance: float) -> float | None:
        """Seconds to wait before the request is sent again, or None where its allowance is used up.

        Exponential with jitter (``chance`` is from 0 to 1); never less than a ``Retry-After``, which is spread
        a little as well so that not all who were told the same come back at once.
        """
        policy = self._policy
        if error.status == _TOO_MANY_REQUESTS:
            self._throttles += 1
            count, allowed = self._throttles, policy.throttles
        else:
            self._failures += 1
            count, allowed = self._failures, policy.failures
        if count > allowed:
            return None
        # The exponent is bounded only to keep the number finite.
        pause = min(policy.first_pause_seconds * 2.0 ** min(count - 1, 30), policy.longest_pause_seconds) * (0.5 + chance / 2)
        asked = policy.retry_after(error)
        return pause if asked is None else max(pause, asked + chance * policy.first_pause_seconds)
