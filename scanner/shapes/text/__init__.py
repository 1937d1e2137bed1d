"""Plain text, a record on each line."""

from scanner.shapes.shape import Shape
from scanner.shapes.text.signature import LineSignature
from scanner.shapes.text.variant import TextVariant

__all__ = ["SHAPE", "LineSignature", "TextVariant"]

SHAPE = Shape("text", code="text", signature=LineSignature)
