"""From a document to the packed shards that wait in a coordinator."""

from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from cluster.report import packed
from scanner.detection import Detected, detect
from scanner.errors import MalformedReportError
from scanner.opening import checked
from scanner.readers.document import Document
from scanner.readers.scratch import Scratch
from scanner.shards import cut


class Asked(NamedTuple):
    """What the sender says that the report is."""

    scanner_type: str
    mapping: str


@dataclass(frozen=True, slots=True)
class Sharded:
    document: Document
    """Whose bytes the ranges of the shards mean."""
    detected: Detected
    shards: list[bytes]
    is_whole: bool
    reason: str
    """Why it is whole."""


def shard_document(document: Document, asked: Asked, shard_bytes: int, scratch: Scratch) -> Sharded:
    """An unchecked document is cut as it is, if it can be; else it is checked first, and may be rewritten into ``scratch``.

    Raises `ScannerError`, as `detect` and `cut` do.
    """
    if document.is_checked:
        return _sharded(document, asked, shard_bytes)
    if len(document.data) > shard_bytes:
        with suppress(MalformedReportError):
            as_it_is = _sharded(document, asked, shard_bytes)
            if not as_it_is.is_whole:
                return as_it_is
    return _sharded(checked(document, scratch), asked, shard_bytes)


def _sharded(document: Document, asked: Asked, shard_bytes: int) -> Sharded:
    detected, shards, whole = detect(document, asked.scanner_type, asked.mapping), list[bytes](), None
    for shard in cut(document, detected, shard_bytes=shard_bytes):
        shards.append(packed(shard))
        whole = shard.whole
    return Sharded(document, detected, shards, whole is not None, whole.reason if whole is not None else "")
