"""By what CSV is recognised."""

import csv
import functools
import io
import itertools
from collections.abc import Mapping, Set
from typing import NamedTuple

import msgspec

from scanner.shapes.facts import Facts, Kind

_ROWS = 40
_DELIMITERS = (",", ";", "\t", "|")


class CsvLayout(NamedTuple):
    delimiter: str
    header_row: int
    """Its index; what stands above is preamble."""


class CsvSignature(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Titles that one of the first rows must have, in any order."""

    header: Set[str]
    any_of: tuple[Set[str], ...] = ()
    text: tuple[str, ...] = ()
    """Strings that must occur in the head, as they stand there: how cells are quoted, a line above the header."""

    @property
    def clues(self) -> frozenset[str]:
        return frozenset((Kind.TEXT,))

    @property
    def needed(self) -> frozenset[str]:
        return self.clues

    def find(self, facts: Facts) -> CsvLayout | None:
        if facts.kind is not Kind.TEXT or not all(text in facts.head for text in self.text):
            return None
        header = frozenset(map(str.casefold, self.header))
        for delimiter, rows in tables(facts.head).items():
            for index, row in enumerate(rows):
                if header <= row and not any(row.isdisjoint(map(str.casefold, group)) for group in self.any_of):
                    return CsvLayout(delimiter, index)
        return None

    def score(self, facts: Facts) -> int:
        return len(self.header) + len(self.any_of) + 2 * len(self.text) if self.find(facts) else 0

    def overlap(self, facts: Facts) -> int:
        if facts.kind is not Kind.TEXT or cells(facts.head).isdisjoint(map(str.casefold, self.header)):
            return 0
        titles = {title.casefold() for title in self.header}
        return max((len(titles & row) for rows in tables(facts.head).values() for row in rows), default=0)


@functools.lru_cache(1)
def cells(text: str) -> frozenset[str]:
    """Of all `tables`."""
    return frozenset().union(*(row for rows in tables(text).values() for row in rows))


@functools.lru_cache(1)
def tables(text: str) -> Mapping[str, tuple[frozenset[str], ...]]:
    """Delimiter, under which any row has two cells → the cells of the first rows, stripped and in lower case.

    Read once for all signatures, of one text at a time.
    """
    found = {}
    for delimiter in _DELIMITERS:
        rows, is_table = [], False
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            for row in itertools.islice(reader, _ROWS):
                rows.append(frozenset(cell.strip().casefold() for cell in row))
                is_table = is_table or len(row) > 1
        except csv.Error:
            pass  # a cell longer than the head; the rows before it count
        if is_table:
            found[delimiter] = tuple(rows)
    return found
