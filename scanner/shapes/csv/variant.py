"""How a format declares that its reports are tables."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from scanner.errors import MalformedReportError
from scanner.readers.document import Document
from scanner.section import Section, Translated
from scanner.shapes.csv.cutting import Together, spans
from scanner.shapes.csv.neighbours import Neighbours
from scanner.shapes.csv.reading import Rows
from scanner.shapes.csv.signature import CsvLayout, CsvSignature
from scanner.shapes.facts import Facts
from scanner.shapes.shape import Span, Variant


@dataclass(frozen=True, slots=True)
class CsvVariant(Variant[CsvLayout]):
    """Rows under a header, possibly after lines of preamble."""

    shape = "csv"
    signature: CsvSignature
    record: type[msgspec.Struct]
    """Its fields are ``str`` with default ``""``, as missing columns stay empty, or structs of such fields: cells that rows
    repeat (of a plugin, of a host). Rows in which these are the same share one object, which may remember what it was made
    into; a ``Struct`` with ``dict=True`` can have a ``cached_property``."""
    translate: Callable[[Any, None], Translated]
    columns: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """Field of ``record`` → title or titles of its column, case and outer spaces ignored; a field that is not named here has
    the column of its own name, with ``_`` for spaces."""
    together: tuple[str, ...] = ()
    """Fields of ``record``: neighbouring rows that are equal in all of them are one record, and ``translate`` gets the tuple of
    them (tools write one row per CVE of a finding)."""

    def layout(self, facts: Facts) -> CsvLayout:
        """Raises `MalformedReportError` where there is no such header."""
        found = self.signature.find(facts)
        if found is None:
            raise MalformedReportError(f"no header with {', '.join(sorted(self.signature.header))}", facts.name)
        return found

    def read(self, document: Document, layout: CsvLayout) -> Iterator[Section]:
        """One section whose records are the rows below the header; holds one row at a time (or those that are one record)."""
        rows = Rows(document, layout, self.record, self.columns)
        records = Neighbours(rows, self.together) if self.together else rows
        yield Section(records, self.translate, place=lambda: f"line {records.line}")

    def cut(self, document: Document, layout: CsvLayout, shard_bytes: int) -> Iterator[Span]:
        return spans(document, layout, shard_bytes, Together(self.record, self.columns, self.together))
