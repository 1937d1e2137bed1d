"""How a format declares that its reports are lines of text."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from scanner.errors import MalformedReportError, RecordError
from scanner.readers.document import Document
from scanner.readers.encodings import piece_in_utf8
from scanner.section import Section, Translated
from scanner.shapes.facts import Facts, Kind
from scanner.shapes.lines.lines import line_spans
from scanner.shapes.shape import Span, Variant
from scanner.shapes.text.patterns import compiled
from scanner.shapes.text.signature import LineSignature

_MAX_LINE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class TextVariant(Variant[None]):
    """Text with a record on each line. ``translate`` gets the texts of the pattern's named groups, by their names."""

    shape = "text"
    signature: LineSignature
    pattern: str
    """RE2; what it matches in a line is the record."""
    translate: Callable[[Any, None], Translated]
    ignored: str = ""
    """RE2, for the lines that are no records. Any other line that ``pattern`` does not match is told as skipped."""
    empty: bool = False
    """The scanner writes an empty file when it finds nothing."""

    def layout(self, facts: Facts) -> None:
        """Nothing: each line says it all."""

    def read(self, document: Document, layout: None) -> Iterator[Section]:
        """One section whose records are the lines; holds one of them at a time."""
        lines = _Lines(document, self.pattern, self.ignored)
        yield Section(lines, self._translated, place=lambda: f"line {lines.number}")

    def cut(self, document: Document, layout: None, shard_bytes: int) -> Iterator[Span]:
        return line_spans(document.data, shard_bytes)

    def acceptable(self, facts: Facts) -> bool:
        return self.empty and facts.kind is Kind.EMPTY

    def _translated(self, record: dict[str, str] | str, context: None) -> Translated:
        if isinstance(record, str):
            raise RecordError("no line of this format")
        return self.translate(record, context)


class _Lines:
    """What the lines say, by group; of a line that the pattern does not match the line itself."""

    def __init__(self, document: Document, pattern: str, ignored: str) -> None:
        self._document = document
        self._search = compiled(pattern).search
        self._ignore = compiled(ignored).search if ignored else None
        self.number = 0

    def __iter__(self) -> Iterator[dict[str, str] | str]:
        data, start = self._document.data, 0
        while start < len(data):
            end = data.find(b"\n", start)
            end = len(data) if end < 0 else end
            self.number += 1
            if end - start > _MAX_LINE_BYTES:
                raise MalformedReportError(f"a line of {end - start} bytes", f"line {self.number}")
            line = piece_in_utf8(data[start:end]).decode("utf-8", "replace").strip()
            start = end + 1
            if not line:
                continue
            match = self._search(line)
            if match is not None:
                yield {name: text or "" for name, text in match.groupdict().items()}
            elif self._ignore is None or self._ignore(line) is None:
                yield line
