"""How a format declares that its reports are JSON documents."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from scanner.readers.document import Document
from scanner.section import Section
from scanner.shapes.facts import Facts, Kind
from scanner.shapes.json.facts import JsonFacts
from scanner.shapes.json.reading import decode_each
from scanner.shapes.json.signature import JsonSignature
from scanner.shapes.shape import Span, Variant


@dataclass(frozen=True, slots=True)
class JsonVariant(Variant[None]):
    """A JSON document: ``envelope`` is decoded leaving records as `msgspec.Raw`, ``sections`` says which belong together."""

    shape = "json"
    signature: JsonSignature
    envelope: Any
    sections: Callable[[Any], Iterator[Section]]
    empty: bool = False
    """The scanner writes an empty file when it finds nothing."""

    def layout(self, facts: Facts) -> None:
        """Nothing: the bytes say it all."""

    def read(self, document: Document, layout: None) -> Iterator[Section]:
        """About 2 GB/s to the first section on one core; holds the document mapped and 16 bytes or so per record.

        A file of several documents (a tool that appended one run after the other) has the sections of all of them.
        """
        if self.empty and not document.data:
            return
        is_decoded = type(document.envelope) is self.envelope
        for envelope in [document.envelope] if is_decoded else decode_each(document, self.envelope):
            yield from self.sections(envelope)

    def cut(self, document: Document, layout: None, shard_bytes: int) -> Iterator[Span]:
        from scanner.shapes.json.spans import spans

        return spans(self.read(document, layout), document, shard_bytes)

    def acceptable(self, facts: Facts) -> bool:
        return (self.empty and facts.kind is Kind.EMPTY) or json_acceptable(self.signature, facts)

    @property
    def envelope_type(self) -> type[msgspec.Struct] | None:
        is_struct = isinstance(self.envelope, type) and issubclass(self.envelope, msgspec.Struct)
        return self.envelope if is_struct else None


def json_acceptable(signature: JsonSignature, facts: Facts) -> bool:
    """An array without records is what some tools write for nothing found; those with an object by name write an empty one."""
    if not isinstance(facts, JsonFacts) or signature.root not in (None, facts.root):
        return False
    return signature.reminds(facts) or (facts.is_bare and (facts.root == "array" or signature.is_by_name))
