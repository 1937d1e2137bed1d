"""How a format declares that its reports are XML documents.

Who only looks which format a report has needs no parser: it is imported where documents are read and cut.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scanner.readers.document import Document
from scanner.section import Section, Translated
from scanner.shapes.facts import Facts
from scanner.shapes.shape import Span, Variant, Whole
from scanner.shapes.xml.repeated import Repeated
from scanner.shapes.xml.signature import XmlSignature
from scanner.shapes.xml.source import has_element

if TYPE_CHECKING:
    from lxml import etree

Tables = Mapping[str, Sequence["etree._Element"]]


@dataclass(frozen=True, slots=True)
class XmlVariant(Variant[None]):
    """An XML document with a repeating element. Names are local names; namespaces do not matter.

    ``translate`` gets each complete ``record`` element; its ancestors are reachable with ``getparent()`` or `iterancestors`,
    with their attributes and with what stood in them before the record, unless it was a record too.
    """

    shape = "xml"
    signature: XmlSignature
    record: str | tuple[str, ...]
    translate: Callable[["etree._Element", Any], Translated]
    """Its second argument are the `Tables`, or what ``index`` has made of them; with ``repeated`` a function from each such
    element to what is known of it. Of the element itself only attributes and varying children can be relied on."""
    tables: tuple[str, ...] = ()
    """Elements that all records need wherever they stand (a glossary at the end): collected in a first pass, by local name.
    A report with tables is translated in one task."""
    index: Callable[[Tables], Any] | None = None
    """Makes of the tables, once, what records are looked up in."""
    repeated: Repeated | None = None
    """Within a record, or the record itself. Not together with ``tables``."""
    shard: str | None = None
    """The element at which a large report may be cut: all of them have one parent, and records need nothing that stands
    between them. None: the report is read in one task."""
    looked: str | None = None
    """The element without which a report says nothing of having looked (one that holds but the settings of a scan)."""

    @property
    def records(self) -> tuple[str, ...]:
        return (self.record,) if isinstance(self.record, str) else self.record

    def layout(self, facts: Facts) -> None:
        """Nothing: the elements say it all."""

    def read(self, document: Document, layout: None) -> Iterator[Section]:
        """One section whose records are the elements; holds one record and its ancestors (and the tables, where declared)."""
        from scanner.shapes.xml.elements import Elements, read_tables

        if self.looked is not None and not has_element(document.data, self.looked):
            words = f"the report has no <{self.looked}>: it does not say that anything was looked at"
            yield Section((), self.translate, failure=words, place=document.name)
            return
        elements = Elements(document, self.records, repeated=self.repeated)
        context: Any = read_tables(document, self.tables, self.records)
        if self.index is not None:
            context = self.index(context)
        elif self.repeated is not None:
            context = elements.known
        yield Section(elements, self.translate, context=context, place=lambda: f"line {elements.line}")

    def cut(self, document: Document, layout: None, shard_bytes: int) -> Iterator[Span]:
        from scanner.shapes.xml.cutting import spans

        if self.shard is None or self.tables:
            return iter([Whole("its records need tables that stand elsewhere in the report")])
        return spans(document, self.shard, self.records, shard_bytes)

    def acceptable(self, facts: Facts) -> bool:
        return self.signature.overlap(facts) > 0
