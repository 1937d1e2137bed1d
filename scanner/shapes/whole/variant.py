"""How a format declares that its reports are read as a whole."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from scanner.errors import LimitExceededError
from scanner.readers.document import Document
from scanner.section import Part, Section
from scanner.shapes.facts import Facts
from scanner.shapes.guard import guarded
from scanner.shapes.json.signature import JsonSignature
from scanner.shapes.shape import Variant
from scanner.shapes.whole.signature import TextSignature
from scanner.shapes.xml.signature import XmlSignature


@dataclass(frozen=True, slots=True)
class WholeVariant(Variant[None]):
    """A document that only makes sense as a whole (HTML, a binary archive); at most ``max_bytes`` are read into memory."""

    shape = "whole"
    signature: TextSignature | XmlSignature | JsonSignature
    translate: Callable[[bytes], Iterable[Part]]
    max_bytes: int = 128_000_000

    def layout(self, facts: Facts) -> None:
        """Nothing: all of it is read."""

    def read(self, document: Document, layout: None) -> Iterator[Section]:
        """One section whose records are the findings themselves: what goes wrong on the way to one is a malformed document."""
        if len(document.data) > self.max_bytes:
            raise LimitExceededError(f"bytes of {document.name}", self.max_bytes, len(document.data))
        yield Section(guarded(self._findings(document), document.name), lambda part, _: part, place=document.name)

    def _findings(self, document: Document) -> Iterator[Part]:
        yield from self.translate(document.data[:])

    def acceptable(self, facts: Facts) -> bool:
        return isinstance(self.signature, XmlSignature) and self.signature.overlap(facts) > 0
