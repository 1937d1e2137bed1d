"""When a request is sent again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import stamina

from client.errors import ServiceBusyError, ServiceUnreachableError
from client.sdk.calls import Call


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """Waits double from the first to the longest, with jitter; the service's own ``Retry-After`` comes first."""

    attempts: int = 5
    first_wait_seconds: float = 0.2
    longest_wait_seconds: float = 5.0
    jitter_seconds: float = 0.2
    give_up_seconds: float = 60.0
    """No attempt is started later than this."""

    def caller(self) -> stamina.RetryingCaller:
        return stamina.RetryingCaller(
            attempts=self.attempts,
            timeout=self.give_up_seconds,
            wait_initial=self.first_wait_seconds,
            wait_max=self.longest_wait_seconds,
            wait_jitter=self.jitter_seconds,
        )

    def async_caller(self) -> stamina.AsyncRetryingCaller:
        return stamina.AsyncRetryingCaller(
            attempts=self.attempts,
            timeout=self.give_up_seconds,
            wait_initial=self.first_wait_seconds,
            wait_max=self.longest_wait_seconds,
            wait_jitter=self.jitter_seconds,
        )


REFUSED_UNTOUCHED = frozenset({429, 503})
"""Statuses by which the service says that it has not begun."""
ONCE = RetryPolicy(attempts=1)


def retry_after_error(call: Call[Any]) -> Callable[[Exception], bool | float]:
    """Whether a call is sent again after an error, or after how many seconds."""

    def decide(error: Exception) -> bool | float:
        match error:
            case ServiceBusyError() if call.repeatable or error.status in REFUSED_UNTOUCHED:
                return True if error.retry_after is None else error.retry_after
            case ServiceUnreachableError():
                return call.repeatable
            case _:
                return False

    return decide
