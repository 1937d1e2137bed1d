"""The paths of a mapping for JSON: into a record, and to what stands around it (``report.a``, ``parent.b``)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

import msgspec

from scanner.mappings.expressions import Held, Source
from scanner.mappings.paths import EACH, NAME, Key, Shape, Step, parse_path

_REPORT, _PARENT = "report", "parent"
_NAME = (Key(NAME),)
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Around:
    """A value outside of the record: how many of the objects around it are to be left, and the steps from there."""

    level: int
    """0 is the report, 1 what is in its first list on the way to the records, and so on."""
    steps: tuple[Step, ...]


@dataclass(slots=True)
class JsonPaths:
    """The paths of one kind of record. First all are asked for, then it is known how to get at them.

    A record's context is the tuple of the values of ``around``.
    """

    levels: int
    """How many lists the records are below, the one that they stand in left out, and the report counted: 1 or more."""
    named: frozenset[int] = frozenset()
    """The levels of what stands under a name (``.*``); that of the records is ``levels``."""
    asked: bool = False
    """All are: from now on nothing new may come."""
    record: Shape = field(default_factory=Shape)
    around: list[Around] = field(default_factory=list)
    asset_of_record: bool = False
    """What is in the records themselves says what asset they belong to."""

    def source(self, path: str, held: Held, *, many: bool) -> Source:
        steps = parse_path(path)
        level = self._level(steps)
        if level is None and steps == _NAME:
            level = self.levels
        if level is None:
            return self._of_record(steps, held)
        around = Around(level, steps[1:] if steps[0] == Key(_REPORT) else steps[_parents(steps) :])
        if not around.steps:
            raise ValueError(f"{path!r} names an object, not a value in it")
        if around.steps == _NAME and level not in self.named:
            raise ValueError(f"{path!r} is asked of what stands in no object: its place does not end with .*")
        if around not in self.around:
            self.around.append(around)
        return f"context[{self.around.index(around)}]"

    def is_single(self, path: str) -> bool:
        return all(isinstance(step, Key) for step in parse_path(path))

    def _level(self, steps: Sequence[Step]) -> int | None:
        """None for what is in the record."""
        if len(steps) > 1 and steps[0] == Key(_REPORT):
            return 0
        parents = _parents(steps)
        if not parents:
            return None
        if parents > self.levels:
            raise ValueError(f"the records have {self.levels} objects around them, not {parents}")
        return self.levels - parents

    def _of_record(self, steps: Sequence[Step], held: Held) -> Source:
        if not self.asked:
            self.record.ask(steps)
            return "None"
        return self.record.source(steps, "record", held.hold)


def _parents(steps: Sequence[Step]) -> int:
    return next((number for number, step in enumerate(steps) if step != Key(_PARENT)), len(steps))


class ReportPaths:
    """Paths into the report itself; a record's context is as for `JsonPaths`."""

    def __init__(self) -> None:
        self.around: list[Around] = []

    def source(self, path: str, held: Held, *, many: bool) -> Source:
        self.around.append(Around(0, parse_path(path)))
        return f"context[{len(self.around) - 1}]"

    def is_single(self, path: str) -> bool:
        return all(isinstance(step, Key) for step in parse_path(path))


@dataclass(frozen=True, slots=True)
class Group:
    """Records that stand in one list, with the values around them."""

    records: list[msgspec.Raw]
    context: tuple[Any, ...]
    place: str
    failure: str = ""
    """Why there are none: something else stands where they, or what is around them, should."""


class Envelope:
    """What of a report is decoded: the values around the records, and the records as bytes."""

    def __init__(self) -> None:
        self._shape = Shape()

    def ask(self, at: Sequence[Step], paths: JsonPaths) -> None:
        """Raises `ValueError` where the records would have to be decoded to get at what is around them."""
        self._shape.ask(at, raw=True)
        self.ask_around(paths.around, at)

    def ask_around(self, around: Sequence[Around], at: Sequence[Step] = ()) -> None:
        for wanted in around:
            if wanted.steps != _NAME:
                self._shape.ask((*prefix(at, wanted.level), *wanted.steps))

    def require_records(self, at: Sequence[Step]) -> None:
        shape = self._shape
        for step in at:
            if shape.is_loose:
                raise ValueError("what is asked of around the records contains them: ask for single values")
            shape = shape.inside(step)
        if shape.whole or shape.keys or shape.each or shape.any_key:
            raise ValueError("what is asked of the report stands in its records: ask the record for it (failed, drop)")

    def type(self) -> Any:
        return self._shape.type()

    def context(self, report: Any, around: Sequence[Around]) -> tuple[Any, ...]:
        """Values of the report itself."""
        return tuple(self._shape.getter(wanted.steps)(report) for wanted in around)

    def groups(self, report: Any, at: Sequence[Step], around: Sequence[Around]) -> Iterator[Group]:
        """The lists of records below ``report`` in their order, empty ones too; what is no list is an empty one."""
        yield from self._groups(self._shape, report, at, (), around, "")

    def has_list(self, report: Any, at: Sequence[Step]) -> bool:
        """The first list on the way to the records is there, be it empty. PHP writes an empty object as an empty list."""
        shape, value = self._shape, report
        for step in at:
            if not isinstance(step, Key):
                break
            value = getattr(value, shape.field_of(step), None)
            shape = shape.inside(step)
        return isinstance(value, list) if step == EACH else isinstance(value, dict) or value == []

    def _groups(
        self,
        shape: Shape,
        value: Any,
        at: Sequence[Step],
        context: tuple[Any, ...],
        around: Sequence[Around],
        place: str,
        level: int = 0,
        name: str = "",
    ) -> Iterator[Group]:
        known = list(context or (None,) * len(around))
        for index, wanted in enumerate(around):
            if wanted.level == level:
                known[index] = name if wanted.steps == _NAME else shape.getter(wanted.steps)(value)
        context = tuple(known)
        while isinstance(at[0], Key):
            value = getattr(value, shape.field_of(at[0]), None)
            shape, place = shape.inside(at[0]), f"{place}.{at[0].name}" if place else at[0].name
            at = at[1:]
        inside = shape.inside(at[0])
        items = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
        names: Iterable[Any] = value if isinstance(value, dict) else repeat("", len(items))
        if len(at) > 1:
            for number, (key, item) in enumerate(zip(names, items, strict=True)):
                if isinstance(item, str | int | float):
                    yield Group([], context, f"{place}[{number}]", failure=f"it is no object: {str(item)[:_SHOWN]!r}")
                elif item is not None:
                    yield from self._groups(inside, item, at[1:], context, around, f"{place}[{number}]", level + 1, key)
            return
        named = Around(level + 1, _NAME)
        if named not in around:
            yield Group(items, context, place)
            return
        index = around.index(named)
        for key, item in zip(names, items, strict=True):
            yield Group([item], (*context[:index], key, *context[index + 1 :]), f"{place}.{key}")


def prefix(at: Sequence[Step], level: int) -> Sequence[Step]:
    """The steps to the object around the records that is so many lists deep."""
    lists = [number for number, step in enumerate(at) if not isinstance(step, Key)]
    return at[: lists[level - 1] + 1] if level else ()


def named_levels(at: Sequence[Step]) -> frozenset[int]:
    """The levels of what stands under a name."""
    lists = [step for step in at if not isinstance(step, Key)]
    return frozenset(level for level, step in enumerate(lists, 1) if step != EACH)


def levels(at: Sequence[Step]) -> int:
    """How many objects are around the records at the end of these steps. `ValueError` for what is no place of records."""
    if not at or isinstance(at[-1], Key):
        raise ValueError(f"records stand in a list or object: their place ends with {EACH} or .*")
    return sum(not isinstance(step, Key) for step in at)
