"""YAML documents, read as the JSON that they could have been."""

from scanner.shapes.shape import Shape
from scanner.shapes.yaml.signature import YamlSignature
from scanner.shapes.yaml.variant import YamlVariant

__all__ = ["SHAPE", "YamlSignature", "YamlVariant"]

SHAPE = Shape("YAML", code="yaml", signature=YamlSignature)
