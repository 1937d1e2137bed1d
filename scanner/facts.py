"""Reads the facts of a document's head that signatures are judged on."""

import csv
import io
import itertools
import re
from collections.abc import Iterator
from typing import Any

import jiter
from lxml import etree

from scanner.readers.document import Document
from scanner.readers.encodings import is_binary
from scanner.readers.json_repair import is_json_lines, starts_as_json
from scanner.readers.xml_bytes import before_root, refuse_entities
from scanner.signatures import Facts, Kind, Root

HEAD_BYTES = 65_536
_DEPTH = 50
_BREAKS = 3
"""Times that a broken head is read again up to where it breaks: a second break is before the first, if anywhere."""
_PLACE = re.compile(r"at line (?P<line>\d+) column (?P<column>\d+)$")
_VALUE_CHARACTERS = 200
_ROWS = 40
_DELIMITERS = (",", ";", "\t", "|")


def read_facts(document: Document) -> Facts:
    """One pass over the first 64 KiB; of a long JSON object the document knows the top-level keys that come later.

    Raises `MalformedReportError` for XML that declares entities: looking into it would already be dangerous.
    """
    head = bytes(document.data[:HEAD_BYTES])
    stripped = head.lstrip()
    text = head.decode("utf-8", "replace")
    if not stripped:
        return Facts(document.name, Kind.EMPTY)
    if starts_as_json(head):
        return _json_facts(document, head, text)
    if stripped[:1] == b"<":
        refuse_entities(document.data, document.name)
        return _xml_facts(document.name, head, text)
    if is_binary(head):
        return Facts(document.name, Kind.BINARY, head=text)
    return Facts(document.name, Kind.TEXT, rows=_rows(text), head=text)


def _json_facts(document: Document, head: bytes, text: str) -> Facts:
    kind = Kind.JSON_LINES if is_json_lines(head) else Kind.JSON
    root: Root = "object" if head.lstrip()[:1] == b"{" else "array"
    first_document = head.lstrip().split(b"\n", 1)[0] if kind is Kind.JSON_LINES else head
    paths, values = _json_values(first_document)
    if kind is Kind.JSON and len(document.data) > HEAD_BYTES:
        paths.update(document.keys)
    return Facts(document.name, kind, root=root, paths=frozenset(paths), values=values, head=text)


def _json_values(head: bytes) -> tuple[set[str], dict[str, str]]:
    """Paths of the values that begin in the head, and the first scalar at each, as far as it is JSON and not nested deeply."""
    paths: set[str] = set()
    values: dict[str, str] = {}
    open_values: list[tuple[str, Iterator[tuple[str, Any]]]] = [("", iter([("", _partly_decoded(head))]))]
    while open_values:
        path, inside = open_values[-1]
        for name, value in inside:
            own = f"{path}.{name}" if path and name else path or name
            paths.add(own)
            if isinstance(value, dict | list):
                if len(open_values) <= _DEPTH:
                    open_values.append(_opened(own, value))
                    break
            elif value is not None and own not in values:
                values[own] = str(value).lower() if isinstance(value, bool) else str(value)[:_VALUE_CHARACTERS]
        else:
            open_values.pop()
    return paths, values


def _opened(path: str, value: dict[str, Any] | list[Any]) -> tuple[str, Iterator[tuple[str, Any]]]:
    """The path of what an object or array holds, and its members; those of an array have no names."""
    if isinstance(value, dict):
        return path, iter(value.items())
    return f"{path}[]", (("", item) for item in value)


def _partly_decoded(head: bytes) -> Any:
    """What there is of the first value; up to where it is broken, where it is. What came before still tells what it is."""
    for _ in range(_BREAKS):
        try:
            return jiter.from_json(head, partial_mode=True)
        except ValueError as error:
            place = _PLACE.search(str(error))
            if place is None:
                break
            lines = head.split(b"\n", int(place["line"]) - 1)
            line_start = len(head) - len(lines[-1])
            head = head[: max(line_start + int(place["column"]) - 1, 0)]
    return None


def _xml_facts(name: str, head: bytes, text: str) -> Facts:
    elements: list[str] = []
    namespace = ""
    parser = etree.XMLPullParser(events=("start",), resolve_entities=False, no_network=True, recover=True, encoding="utf-8")
    try:
        parser.feed(head)
        for _, element in parser.read_events():
            if isinstance(element, etree._Element) and isinstance(element.tag, str):
                qualifier, _, local = element.tag.rpartition("}")  # QName refuses what a lenient parser takes for a tag
                namespace = namespace if elements else qualifier.lstrip("{")
                elements.append(local)
    except etree.XMLSyntaxError:
        pass  # as for JSON: what was read so far is what is known
    root = elements[0] if elements else ""
    beginning = head[before_root(head) :][:14].lower()
    kind = Kind.HTML if beginning.startswith((b"<!doctype html", b"<html")) else Kind.XML
    return Facts(name, kind, root_element=root, namespace=namespace, elements=frozenset(elements), head=text)


def _rows(text: str) -> dict[str, tuple[tuple[str, ...], ...]]:
    """The first rows for each delimiter under which any row has two cells."""
    tables = {}
    for delimiter in _DELIMITERS:
        rows = []
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            for row in itertools.islice(reader, _ROWS):
                rows.append(tuple(cell.strip().casefold() for cell in row))
        except csv.Error:
            pass  # a cell longer than the head; the rows before it count
        if any(len(row) > 1 for row in rows):
            tables[delimiter] = tuple(rows)
    return tables
