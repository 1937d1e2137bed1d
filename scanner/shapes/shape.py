"""The interface of a physical shape: what its room has to offer to the rest of the house.

A room `scanner.shapes.<name>` exports ``SHAPE`` and a type of variants that formats declare. Importing it costs next to
nothing: what reads and cuts is imported by whoever reads and cuts.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import msgspec

from scanner.readers.document import Document, mapped
from scanner.section import Section
from scanner.shapes.facts import Facts

Layout = TypeVar("Layout")
"""The few bytes that reading needs to know of a document beside its variant; they travel with every shard."""


class Source(Protocol):
    """A document, wherever it is kept."""

    name: str

    def read(self, start: int, stop: int) -> bytes: ...

    def window(self, start: int, stop: int) -> memoryview | None:
        """The same, mapped, for the caller to write on, which changes nothing for others. None where no local file has them."""
        ...

    def path(self) -> Path:
        """All of it as a local file."""
        ...


class Span(Protocol):
    """Which part of a document a shard is: says which bytes, and has none of them."""

    def read(self, variant: "Variant[Layout]", layout: Layout, source: Source) -> Iterator[Section]:
        """As `Variant.read`, from nothing but the bytes of the span and of the document's head. Memory: the span, twice."""
        ...


class Whole(msgspec.Struct, frozen=True):
    """The span of a document that is not cut. It is mapped. ``reason`` says why it cannot be cut, for the job's log."""

    reason: str = ""

    def read(self, variant: "Variant[Layout]", layout: Layout, source: Source) -> Iterator[Section]:
        return variant.read(Document(source.name, *mapped(source.path())), layout)


class Signature(Protocol):
    """By what a variant is recognised: data, judged on the facts of a report's head.

    There are hundreds: `clues` and `needed` say for which documents one has to be looked at, by the `Facts.clues` of these.
    """

    @property
    def clues(self) -> frozenset[str]:
        """Without any of them there is no overlap."""
        ...

    @property
    def needed(self) -> frozenset[str]:
        """Without all of them it does not match. At least one."""
        ...

    def score(self, facts: Facts) -> int:
        """0 where it does not match, else the number of facts it rests on: the most specific match wins."""
        ...

    def overlap(self, facts: Facts) -> int:
        """How many of its facts are there whether or not it matches: for naming what a report resembles."""
        ...


class Variant(ABC, Generic[Layout]):
    """One shape that a format's reports have. Holds what the format declares; the methods are those of the shape.

    What a format's own code raises while sections are made comes through as it is: the engine says which report is malformed.
    """

    __slots__ = ()
    shape: ClassVar[str]
    """The name of the room."""
    signature: Any

    @abstractmethod
    def layout(self, facts: Facts) -> Layout:
        """Of a document that the signature matches, or that is `acceptable`."""

    @abstractmethod
    def read(self, document: Document, layout: Layout) -> Iterator[Section]:
        """The sections of a document in their order. Raises `MalformedReportError` where it cannot be read on."""

    def cut(self, document: Document, layout: Layout, shard_bytes: int) -> Iterator[Span]:
        """The document's spans in its order. A span is larger than ``shard_bytes`` only where a single record is.

        Runs at the speed of a memory scan; holds some 80 bytes per JSON record, else nothing that grows.
        """
        return iter([Whole("the format is read as a whole")])

    def repaired(self, span: Span, layout: Layout, source: Source) -> Iterator[Section] | None:
        """The sections of a span of which a record could not be read, after what takes too long to be looked for in every
        span has been put right. None where nothing is."""
        return None

    def acceptable(self, facts: Facts) -> bool:
        """Whether a document may be a report of this variant that its signature does not match, if the sender says that it is.

        A report in which nothing reminds of the format is not, unless there is nothing in it: read as a report without
        findings it would close those of earlier scans.
        """
        return False

    @property
    def envelope_type(self) -> type[msgspec.Struct] | None:
        """What a document is decoded into as one object, if it is."""
        return None


@dataclass(frozen=True, slots=True)
class Shape:
    """What a room has for those who do not know which shape a document has, or have no variant yet."""

    title: str
    """For people: ``JSON Lines``."""
    code: str
    """For programs: ``jsonl``."""
    signature: Any
    """The type, or union of types, that signatures of its variants have."""
    look: Callable[[Document, bytes], Facts | None] | None = None
    """The facts of a document with such a head; None where it is no document of this shape. Must be sure: rooms are asked in
    no particular order. Raises `MalformedReportError` for a document that may not be looked into."""
