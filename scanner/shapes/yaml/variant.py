"""How a format declares that its reports are YAML documents."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from scanner.errors import LimitExceededError
from scanner.readers.document import Document
from scanner.section import Section
from scanner.shapes.facts import Facts
from scanner.shapes.json.reading import decode
from scanner.shapes.shape import Variant
from scanner.shapes.yaml.signature import YamlSignature


@dataclass(frozen=True, slots=True)
class YamlVariant(Variant[None]):
    """A YAML document that has what a `JsonVariant` would have: the same ``envelope``, the same ``sections``.

    Read as a whole, some MB a second, which is what its parser takes: at most ``max_bytes``.
    """

    shape = "yaml"
    signature: YamlSignature
    envelope: Any
    sections: Callable[[Any], Iterator[Section]]
    max_bytes: int = 64_000_000

    def layout(self, facts: Facts) -> None:
        """Nothing: all of it is read."""

    def read(self, document: Document, layout: None) -> Iterator[Section]:
        from scanner.shapes.yaml.reading import documents

        if len(document.data) > self.max_bytes:
            raise LimitExceededError(f"bytes of {document.name}", self.max_bytes, len(document.data))
        text = bytes(document.data[:]).decode("utf-8", "replace")
        for said in list(documents(text, document.name)):
            yield from self.sections(decode(msgspec.json.encode(said), self.envelope, document.name))

    def acceptable(self, facts: Facts) -> bool:
        return self.signature.overlap(facts) > 0
