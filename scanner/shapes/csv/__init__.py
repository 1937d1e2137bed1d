"""Tables of text: rows under a header."""

from scanner.shapes.csv.signature import CsvSignature
from scanner.shapes.csv.variant import CsvVariant
from scanner.shapes.shape import Shape

__all__ = ["SHAPE", "CsvSignature", "CsvVariant"]

SHAPE = Shape("CSV", code="csv", signature=CsvSignature)
