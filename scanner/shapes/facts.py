"""What is known of a document from its head, read once for all signatures."""

from dataclasses import dataclass
from enum import StrEnum

HEAD_BYTES = 65_536


class Kind(StrEnum):
    """What a document is physically."""

    JSON = "JSON"
    JSON_LINES = "JSON Lines"
    XML = "XML"
    HTML = "HTML"
    TEXT = "text"
    BINARY = "binary"
    EMPTY = "empty"


@dataclass(frozen=True)
class Facts:
    """Of text, of bytes and of nothing the head is all there is to know; rooms of other shapes know more of theirs."""

    name: str
    kind: Kind
    head: str = ""
    """The first 64 KiB as text."""

    @property
    def seen(self) -> str:
        """For messages, which anybody may read who reads logs: nothing that stands in the document, as that may be a secret."""
        return f"{self.kind} file"

    @property
    def clues(self) -> frozenset[str]:
        """By which signatures are found that may match: see `Signature.clues`."""
        return frozenset((self.kind,))

    @property
    def says_nothing(self) -> bool:
        """What reports without findings of many tools look like."""
        return self.kind is Kind.EMPTY
