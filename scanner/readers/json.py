"""Sections of JSON documents: one fast pass that leaves the records undecoded."""

import functools
from collections.abc import Iterator
from typing import Any

import msgspec

from scanner.errors import MalformedReportError
from scanner.format import JsonLinesVariant, JsonVariant, Section
from scanner.readers.document import Document
from scanner.signatures import Facts, Kind

_MAX_LINE_BYTES = 256 << 20


@functools.cache
def decoder(type_: Any) -> msgspec.json.Decoder[Any]:
    """Lenient about numbers and booleans written as text, as scanners do; one per type and process."""
    return msgspec.json.Decoder(type_, strict=False)


def decode(data: Any, type_: Any, place: str) -> Any:
    """``data`` as ``type_``; everything that can be wrong with it is a `MalformedReportError`."""
    try:
        return decoder(type_).decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:  # a ValidationError is a DecodeError; both name the place
        raise MalformedReportError(str(error), place) from error
    except RecursionError as error:
        raise MalformedReportError("nested too deeply", place) from error


def json_sections(variant: JsonVariant, document: Document) -> Iterator[Section]:
    """About 2 GB/s to the first section on one core; holds the document mapped and 16 bytes or so per record."""
    yield from variant.sections(decode(document.data, variant.envelope, document.name))


def json_lines_sections(variant: JsonLinesVariant, document: Document, facts: Facts) -> Iterator[Section]:
    if facts.kind is Kind.JSON_LINES:
        lines = Lines(document)
        yield Section(lines, variant.translate, variant.record, place=lambda: f"line {lines.number}")
    elif facts.kind is Kind.JSON and facts.root == "array":
        yield Section(decode(document.data, list[msgspec.Raw], document.name), variant.translate, variant.record)
    elif facts.kind is Kind.JSON:
        yield Section([decode(document.data, msgspec.Raw, document.name)], variant.translate, variant.record)


class Lines:
    """The lines of a document as raw JSON, blank ones left out; holds one line at a time."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.number = 0

    def __iter__(self) -> Iterator[msgspec.Raw]:
        data, start = self._document.data, 0
        while start < len(data):
            end = data.find(b"\n", start)
            end = len(data) if end < 0 else end
            self.number += 1
            if end - start > _MAX_LINE_BYTES:
                raise MalformedReportError(f"a line of {end - start} bytes", f"line {self.number}")
            if line := data[start:end].strip():
                yield msgspec.Raw(line)
            start = end + 1
