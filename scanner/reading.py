"""From a document to its sections, whatever its physical shape."""

from collections.abc import Iterator

from scanner.detection import Detected
from scanner.errors import LimitExceededError
from scanner.format import CsvVariant, JsonLinesVariant, JsonVariant, Section, WholeVariant, XmlVariant
from scanner.readers.csv import csv_sections
from scanner.readers.document import Document
from scanner.readers.json import json_lines_sections, json_sections
from scanner.readers.xml import xml_sections


def read_sections(document: Document, detected: Detected) -> Iterator[Section]:
    """The sections of a document in their order. Raises `MalformedReportError` where it cannot be read on."""
    match detected.variant:
        case JsonVariant() as variant:
            return json_sections(variant, document)
        case JsonLinesVariant() as variant:
            return json_lines_sections(variant, document, detected.facts)
        case XmlVariant() as variant:
            return xml_sections(variant, document)
        case CsvVariant() as variant:
            return csv_sections(variant, document, detected.facts)
        case WholeVariant() as variant:
            return whole_sections(variant, document)


def whole_sections(variant: WholeVariant, document: Document) -> Iterator[Section]:
    """One section whose only record is the document."""
    if len(document.data) > variant.max_bytes:
        raise LimitExceededError(f"bytes of {document.name}", variant.max_bytes, len(document.data))
    yield Section([document.data[:]], lambda data, _: variant.translate(data), place=document.name)
