"""Documents that only make sense as a whole: HTML, binary archives, short texts."""

from scanner.shapes.json.signature import JsonSignature
from scanner.shapes.shape import Shape
from scanner.shapes.whole.signature import TextSignature
from scanner.shapes.whole.variant import WholeVariant
from scanner.shapes.xml.signature import XmlSignature

__all__ = ["SHAPE", "TextSignature", "WholeVariant"]

SHAPE = Shape("document", code="document", signature=TextSignature | XmlSignature | JsonSignature)
