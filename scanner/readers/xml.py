"""Repeating elements of XML documents, one at a time, without entities, DTDs or network."""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from scanner.errors import MalformedReportError
from scanner.format import Section, XmlVariant
from scanner.readers.document import Document

_DTD_BYTES = 65_536
_HARDENED: dict[str, Any] = {
    "resolve_entities": False,
    "load_dtd": False,
    "no_network": True,
    "huge_tree": True,  # plugin outputs of more than 10 MB are real; depth stays limited by libxml2 (2,048)
    "remove_comments": True,
    "remove_pis": True,
}


def xml_sections(variant: XmlVariant, document: Document) -> Iterator[Section]:
    """One section whose records are the elements; holds one record and its ancestors (and the tables, where declared)."""
    refuse_entities(document)
    names = (variant.record,) if isinstance(variant.record, str) else variant.record
    elements = Elements(document, names)
    tables = _tables(variant, document)
    yield Section(elements, variant.translate, context=tables, place=lambda: f"line {elements.line}")


def refuse_entities(document: Document) -> None:
    """Entities are how XML attacks its readers, and no scanner needs them."""
    if re.search(rb"<!ENTITY", document.data[:_DTD_BYTES]):
        raise MalformedReportError("it declares entities, which are refused", document.name)


class Elements:
    """Complete elements of the given local names in document order, each emptied when the next one is asked for."""

    def __init__(self, document: Document, names: tuple[str, ...]) -> None:
        self._document, self._names = document, names
        self.line = 0

    def __iter__(self) -> Iterator[etree._Element]:
        if not self._document.data:
            raise MalformedReportError("the file is empty", self._document.name)
        tags = [f"{{*}}{name}" for name in self._names]
        try:
            with self._document.path.open("rb") as file:
                for _, element in etree.iterparse(file, events=("end",), tag=tags, **_HARDENED):
                    if self._nested(element):
                        continue
                    self.line = element.sourceline or 0
                    yield element
                    _free(element)
        except etree.XMLSyntaxError as error:
            raise MalformedReportError(str(error.msg), f"{self._document.name}, line {error.lineno}") from error

    def _nested(self, element: etree._Element) -> bool:
        """A record within a record comes with the outer one."""
        return any(etree.QName(ancestor).localname in self._names for ancestor in element.iterancestors())


def _free(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None and _is_emptied(parent[0], element):
            del parent[0]


def _is_emptied(sibling: etree._Element, element: etree._Element) -> bool:
    return sibling.tag == element.tag and len(sibling) == 0 and sibling.text is None


def _tables(variant: XmlVariant, document: Document) -> dict[str, list[etree._Element]]:
    tables: dict[str, list[etree._Element]] = {name: [] for name in variant.tables}
    if variant.tables:
        try:
            with document.path.open("rb") as file:
                tags = [f"{{*}}{name}" for name in (*variant.tables, *_records(variant))]
                for _, element in etree.iterparse(file, events=("end",), tag=tags, **_HARDENED):
                    name = etree.QName(element).localname
                    if name in tables:
                        tables[name].append(element)
                    elif not any(etree.QName(ancestor).localname in tables for ancestor in element.iterancestors()):
                        _free(element)
        except etree.XMLSyntaxError as error:
            raise MalformedReportError(str(error.msg), f"{document.name}, line {error.lineno}") from error
    return tables


def _records(variant: XmlVariant) -> tuple[str, ...]:
    return (variant.record,) if isinstance(variant.record, str) else variant.record
