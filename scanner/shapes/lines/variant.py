"""How a format declares that its reports are JSON records one after the other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from scanner.readers.document import Document
from scanner.section import Section, Translated
from scanner.shapes.facts import Facts, Kind
from scanner.shapes.json.facts import JsonFacts
from scanner.shapes.json.reading import decode_each
from scanner.shapes.json.repair import as_json
from scanner.shapes.json.signature import JsonSignature
from scanner.shapes.json.variant import json_acceptable
from scanner.shapes.lines.lines import Lines, is_run, line_spans, run
from scanner.shapes.shape import Source, Span, Variant
from scanner.shapes.texts import TextSpan

_EMPTY_BYTES = 64


class Arrangement(StrEnum):
    LINES = "lines"
    ARRAY = "array"
    ALONE = "alone"
    RUN = "run"
    """One behind the other in one line, with nothing between them."""
    NONE = "none"
    """An empty file."""


@dataclass(frozen=True, slots=True)
class JsonLinesVariant(Variant[Arrangement]):
    """One JSON record after the other: one per line, or in one array, or a single one. Signature paths are the record's."""

    shape = "lines"
    signature: JsonSignature
    record: Any
    translate: Callable[[Any, None], Translated]
    empty: bool = False
    """The scanner writes an empty file when it finds nothing."""
    empty_object: bool = False
    """Or an object without keys."""

    def layout(self, facts: Facts) -> Arrangement:
        if not isinstance(facts, JsonFacts):
            return Arrangement.NONE
        if facts.kind is Kind.JSON_LINES:
            return Arrangement.LINES
        if facts.root == "array":
            return Arrangement.ARRAY
        return Arrangement.RUN if is_run(facts.head) else Arrangement.ALONE

    def read(self, document: Document, layout: Arrangement) -> Iterator[Section]:
        match layout:
            case Arrangement.LINES:
                lines = Lines(document)
                yield Section(lines, self.translate, self.record, place=lambda: f"line {lines.number}")
            case Arrangement.ARRAY:
                for records in decode_each(document, list[msgspec.Raw]):
                    yield Section(records, self.translate, self.record)
            case Arrangement.RUN:
                yield Section(run(document), self.translate, self.record)
            case Arrangement.ALONE if self.empty_object and document.data[:_EMPTY_BYTES].strip() == b"{}":
                return
            case Arrangement.ALONE:
                yield Section(list(decode_each(document, msgspec.Raw)), self.translate, self.record)

    def cut(self, document: Document, layout: Arrangement, shard_bytes: int) -> Iterator[Span]:
        from scanner.shapes.json.spans import spans

        if layout is Arrangement.LINES:
            return line_spans(document.data, shard_bytes)
        return spans(self.read(document, layout), document, shard_bytes)

    def repaired(self, span: Span, layout: Arrangement, source: Source) -> Iterator[Section] | None:
        """Numbers that JSON does not have become ``null``. Looking for them takes as long as reading."""
        if not isinstance(span, TextSpan) or (chunks := as_json(span.text(source))) is None:
            return None
        return span.read_text(b"".join(chunks), self, layout, source.name)

    def acceptable(self, facts: Facts) -> bool:
        if (self.empty and facts.kind is Kind.EMPTY) or json_acceptable(self.signature, facts):
            return True
        return self.empty_object and isinstance(facts, JsonFacts) and facts.is_bare and facts.root == "object"
