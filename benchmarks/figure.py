"""What a benchmark finds: figures, each with its floor and target, and curves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Sense(StrEnum):
    AT_MOST = "at most"
    AT_LEAST = "at least"


@dataclass(frozen=True)
class Target:
    sense: Sense
    bound: float

    def is_met(self, reached: float) -> bool:
        return reached <= self.bound if self.sense is Sense.AT_MOST else reached >= self.bound


def at_most(bound: float) -> Target:
    return Target(Sense.AT_MOST, bound)


def at_least(bound: float) -> Target:
    return Target(Sense.AT_LEAST, bound)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A measured value. With a floor, the target is about the ratio to it; without, about the value itself."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    """In the same unit, measured in the same run on the same machine."""
    floor_name: str = ""
    target: Target | None = None
    """None where the figure is only recorded."""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return None if self.floor is None else self.value / self.floor

    @property
    def met(self) -> bool | None:
        """None without a target."""
        if self.target is None:
            return None
        return self.target.is_met(self.value if self.ratio is None else self.ratio)


@dataclass(frozen=True, kw_only=True)
class Curve:
    """How a measured value goes with the size of something; ``lines`` share the points of ``x``."""

    name: str
    """Also the name of its picture's file."""
    x_label: str
    y_label: str
    x: Sequence[float]
    lines: Mapping[str, Sequence[float]]
    bound: float | None = None
    """Drawn as a line across: the target."""


@dataclass(frozen=True)
class Measured:
    figures: list[Figure] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
