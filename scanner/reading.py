"""From a document to its sections, whatever its physical shape."""

from collections.abc import Iterator

from scanner.detection import Detected
from scanner.errors import LimitExceededError, MalformedReportError, ScannerError
from scanner.format import CsvVariant, JsonLinesVariant, JsonVariant, Section, WholeVariant, XmlVariant
from scanner.model import Finding, Located
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
    """One section whose records are the findings themselves: what goes wrong on the way to one is a malformed document."""
    if len(document.data) > variant.max_bytes:
        raise LimitExceededError(f"bytes of {document.name}", variant.max_bytes, len(document.data))
    yield Section(_findings(variant, document), lambda part, _: part, place=document.name)


def _findings(variant: WholeVariant, document: Document) -> Iterator[Finding | Located]:
    try:
        yield from variant.translate(document.data[:])
    except ScannerError:
        raise
    except Exception as error:  # the edge of a format's code, on a document of any shape
        raise MalformedReportError(f"{type(error).__name__}: {error}", document.name) from error
