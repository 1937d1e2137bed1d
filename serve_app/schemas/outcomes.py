"""What has become of many that were to be changed at once."""

from collections.abc import Sequence
from dataclasses import dataclass

MOST_AT_ONCE = 500
"""Jobs that one request cancels or retries."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``outcome`` is ``done``, or the `error` that this one alone would be answered with."""

    id: str
    outcome: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Outcomes:
    results: Sequence[Outcome]
    more: bool
    """Whether the filter fits others that have not been come to."""
