"""The sums over all processes. Pure: it is told the time."""

from dataclasses import dataclass

from cluster.metering.meter import Readings

_GAUGE_SECONDS = 30.0
"""A process that has told nothing for so long is gone, and whoever watched there is not there any more."""
_FORGOTTEN_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Told:
    """``number`` counts what a process tells: what comes twice, since nobody knew whether it had arrived, counts once."""

    process: str
    number: int
    readings: Readings


@dataclass(slots=True)
class _Process:
    number: int
    heard_at: float
    levels: dict[str, float]


class Totals:
    def __init__(self) -> None:
        self._sums = Readings()
        self._processes: dict[str, _Process] = {}

    def add(self, told: Told, now: float) -> None:
        known = self._processes.get(told.process)
        if known is not None and told.number <= known.number:
            return
        self._processes[told.process] = _Process(told.number, now, told.readings.levels)
        for series, amount in told.readings.counts.items():
            self._sums.counts[series] = self._sums.counts.get(series, 0) + amount
        for series, observed in told.readings.observed.items():
            before = self._sums.observed.get(series)
            self._sums.observed[series] = [*observed] if before is None else [*map(sum, zip(before, observed, strict=True))]

    def read(self, now: float) -> Readings:
        """All that was counted since this began, and the levels of processes that live."""
        for process in [name for name, each in self._processes.items() if now - each.heard_at > _FORGOTTEN_SECONDS]:
            del self._processes[process]
        levels: dict[str, float] = {}
        for each in self._processes.values():
            if now - each.heard_at <= _GAUGE_SECONDS:
                for name, level in each.levels.items():
                    levels[name] = levels.get(name, 0) + level
        return Readings(dict(self._sums.counts), dict(self._sums.observed), levels)
