"""JSON records one after the other: in lines, in an array, or a single one."""

from scanner.shapes.json.signature import JsonSignature
from scanner.shapes.lines.variant import JsonLinesVariant
from scanner.shapes.shape import Shape

__all__ = ["SHAPE", "JsonLinesVariant"]

SHAPE = Shape("JSON Lines", code="jsonl", signature=JsonSignature)
