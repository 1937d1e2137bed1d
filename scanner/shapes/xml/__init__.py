"""XML documents."""

from scanner.readers.document import Document
from scanner.shapes.facts import Facts
from scanner.shapes.shape import Shape
from scanner.shapes.xml.facts import read_xml_facts
from scanner.shapes.xml.repeated import Repeated
from scanner.shapes.xml.signature import XmlSignature
from scanner.shapes.xml.variant import Tables, XmlVariant

__all__ = ["SHAPE", "Repeated", "Tables", "XmlSignature", "XmlVariant"]


def _look(document: Document, head: bytes) -> Facts | None:
    return read_xml_facts(document, head) if head.lstrip()[:1] == b"<" else None


SHAPE = Shape("XML", code="xml", signature=XmlSignature, look=_look)
