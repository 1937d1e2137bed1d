"""Documents in shards that can be translated anywhere, in any order, and together are the whole.

A shard says which bytes of the document it needs; whoever translates it fetches only those. It travels in some hundred bytes
(but for JSON of many small sections).
"""

from collections.abc import Iterator

import msgspec

from scanner.detection import Detected
from scanner.readers.document import Document
from scanner.section import Section
from scanner.shapes.guard import guarded
from scanner.shapes.shape import Source, Span, Whole

SHARD_BYTES = 16_000_000
"""Bytes of report per shard: about a tenth of a second of translation for JSON, half a second for XML and CSV, and a bound on
what a translating task holds beside it (about three times as much)."""


class Shard(msgspec.Struct, frozen=True):
    detected: Detected
    span: Span

    @property
    def whole(self) -> Whole | None:
        """The document is not cut: one task reads all of it."""
        return self.span if isinstance(self.span, Whole) else None


def cut(document: Document, detected: Detected, *, shard_bytes: int = SHARD_BYTES) -> Iterator[Shard]:
    """The document's shards in its order. A shard is larger than ``shard_bytes`` only where a single record is."""
    if len(document.data) <= shard_bytes:
        yield Shard(detected, Whole())
        return
    spans = detected.variant.cut(document, detected.layout, shard_bytes)
    for span in guarded(spans, document.name):
        yield Shard(detected, span)


def read_shard(shard: Shard, source: Source) -> Iterator[Section]:
    """The sections of the shard's part, as its variant reads them."""
    detected = shard.detected
    return guarded(shard.span.read(detected.variant, detected.layout, source), source.name)


def read_repaired(shard: Shard, source: Source) -> Iterator[Section] | None:
    """The same of a shard of which a record could not be read, after a repair; None where there is none."""
    detected = shard.detected
    repaired = detected.variant.repaired(shard.span, detected.layout, source)
    return None if repaired is None else guarded(repaired, source.name)
