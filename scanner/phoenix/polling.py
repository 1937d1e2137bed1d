"""When to ask whether an import in the background is done."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PollSchedule:
    """Soon at first and then less often, until the patience ends."""

    first_seconds: float = 0.05
    growth: float = 1.6
    longest_seconds: float = 15.0
    timeout_seconds: float = 3600.0
    settling_factor: float = 8.0
    longest_settling_seconds: float = 300.0

    def pauses(self) -> Iterator[float]:
        """The pauses between the questions, without end: the caller's clock says when the patience is over."""
        pause = self.first_seconds
        while True:
            yield pause
            pause = min(pause * self.growth, self.longest_seconds)

    def settling(self, took_seconds: float) -> float:
        """How long to give an import that cannot be asked for, by how long its repetition took: imports differ that much."""
        return min(took_seconds * self.settling_factor, self.longest_settling_seconds)
