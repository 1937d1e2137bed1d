"""JSON documents."""

from scanner.readers.document import Document
from scanner.shapes.facts import Facts
from scanner.shapes.json.facts import read_json_facts
from scanner.shapes.json.repair import starts_as_json
from scanner.shapes.json.signature import JsonSignature
from scanner.shapes.json.variant import JsonVariant
from scanner.shapes.shape import Shape

__all__ = ["SHAPE", "JsonSignature", "JsonVariant"]


def _look(document: Document, head: bytes) -> Facts | None:
    return read_json_facts(document, head) if starts_as_json(head) else None


SHAPE = Shape("JSON", code="json", signature=JsonSignature, look=_look)
