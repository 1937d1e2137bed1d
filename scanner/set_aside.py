"""Findings of a report that do not leave by themselves, told as far as people look at them: bounded in number and in size."""

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

import msgspec

MOST_KEPT = 10_000
"""Records of one kind that one part of a report (a shard, or what is planned together) keeps; whoever finds them counts all."""
LONGEST_TEXT = 300
"""Characters of what a record tells of the report."""

Record = TypeVar("Record")
Place = Callable[[], str]
"""Says where a record stands in its report, which takes longer than reading it: ask only for what is kept."""


class DismissedRecord(msgspec.Struct, frozen=True):
    """A finding that the tool or a team has put aside: where it stands in the report, and why."""

    place: str
    reason: str
    """A `scanner.normalize.dismissal.Dismissal`."""
    name: str
    asset: str
    note: str = ""
    """What was said of it: who, when, why."""


class MergedRecord(msgspec.Struct, frozen=True):
    """A finding that another one of its asset stands for: to Phoenix, which goes by name, location and ids, it is the same.

    ``location`` is where it is on the asset. Where its record stands in the report is no longer known where findings of all
    shards meet.
    """

    asset: str
    name: str
    location: str
    reason: str
    """A `scanner.merging.Reason`."""
    differs: dict[str, str] = {}
    """What it says differently, by name of the attribute or detail."""


class Kept(Generic[Record]):
    """The first of the records that are added."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    @property
    def room(self) -> int:
        """How many more are kept."""
        return MOST_KEPT - len(self.records)

    def add(self, record: Record) -> None:
        if self.room > 0:
            self.records.append(record)

    def add_all(self, records: Iterable[Record]) -> None:
        for record in records:
            self.add(record)


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
