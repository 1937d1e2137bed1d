"""What a report is read into: sections of records, and what a record may become."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from scanner.errors import RecordError
from scanner.model import Asset, Dismissed, Finding, Located, Occurrence

Item = TypeVar("Item")
Part = Finding | Occurrence | Dismissed | Located | RecordError
"""A `RecordError` is a part that cannot be read, told as skipped; the others are good."""

Translated = Part | Iterable[Part] | None
"""What a record becomes. ``None``: the record is no finding (a passed check). A bare finding, occurrence or dismissed finding
belongs to the asset of its section. A record that cannot be translated raises `scanner.errors.RecordError`; any other
exception counts as the same, with its text."""


def each(make: Callable[[Item], Part], items: Iterable[Item]) -> Iterator[Part]:
    """What becomes of each part of a record; one that cannot be read costs no other."""
    for item in items:
        try:
            yield make(item)
        except RecordError as error:
            yield error


@dataclass(frozen=True, slots=True)
class Section:
    """Records of a report that share a context, still undecoded."""

    records: Sequence[msgspec.Raw] | Iterable[Any]
    translate: Callable[[Any, Any], Translated]
    record: Any = None
    """Type that each raw record is decoded into; None where ``records`` are objects already (small, irregular reports)."""
    asset: Asset | None = None
    """Where bare findings belong; counts as scanned even without any."""
    context: Any = None
    """Second argument of ``translate``. Travels with every shard of the section: keep it small."""
    first: int = 0
    """Index of the first record, where the section is a part of a larger one."""
    failure: str = ""
    """What the tool says of not having looked here. Such a part is skipped with these words; where no other part of the report
    is good the report is refused: taken for clean, it would close what earlier scans have found."""
    place: str | Callable[[], str] = ""
    """Where the records stand in the report, for messages: ``Results[3].Vulnerabilities``; a function says where it is now."""
