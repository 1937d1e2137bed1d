"""Reads which elements there are in the head of an XML document."""

from dataclasses import dataclass

from scanner.readers.document import Document
from scanner.shapes.facts import Facts, Kind
from scanner.shapes.xml.source import before_root, refuse_entities


@dataclass(frozen=True)
class XmlFacts(Facts):
    root_element: str = ""
    """Local name of the root."""
    namespace: str = ""
    elements: frozenset[str] = frozenset()
    """Local names of elements in the head."""

    @property
    def clues(self) -> frozenset[str]:
        return frozenset((self.kind, f"<{self.root_element}>"))


def read_xml_facts(document: Document, head: bytes) -> XmlFacts:
    from lxml import etree

    refuse_entities(document.data, document.name)
    elements: list[str] = []
    namespace = ""
    parser = etree.XMLPullParser(events=("start",), resolve_entities=False, no_network=True, recover=True, encoding="utf-8")
    try:
        parser.feed(head)
        for _, element in parser.read_events():
            if isinstance(element, etree._Element) and isinstance(element.tag, str):
                qualifier, _, local = element.tag.rpartition("}")  # QName refuses what a lenient parser takes for a tag
                namespace = namespace if elements else qualifier.lstrip("{")
                elements.append(local)
    except etree.XMLSyntaxError:
        pass  # as for JSON: what was read so far is what is known
    root = elements[0] if elements else ""
    beginning = head[before_root(head) :][:14].lower()
    kind = Kind.HTML if beginning.startswith((b"<!doctype html", b"<html")) else Kind.XML
    text = head.decode("utf-8", "replace")
    return XmlFacts(document.name, kind, text, root, namespace, frozenset(elements))
