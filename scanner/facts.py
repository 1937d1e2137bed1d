"""Reads the facts of a document's head that signatures are judged on."""

import csv
import io
import itertools

import ijson
from lxml import etree

from scanner.readers.document import Document
from scanner.readers.encodings import is_binary
from scanner.readers.json_repair import is_json_lines, starts_as_json
from scanner.readers.xml_bytes import before_root, refuse_entities
from scanner.signatures import Facts, Kind, Root

HEAD_BYTES = 65_536
_EVENTS = 20_000
"""Most JSON events looked at: enough for several records, a few milliseconds."""
_DEPTH = 50
_ENDS = frozenset({"end_map", "end_array"})
_SCALARS = frozenset({"string", "number", "boolean"})
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
    """Paths of the values that begin in the head, and the first scalar at each, as far as it is JSON and not nested absurdly.

    The library's own paths take quadratic time for ``[[[[…``. One loop: a generator in between took as long as the rest.
    """
    paths: set[str] = set()
    values: dict[str, str] = {}
    path, inside = "", [""]  # of the next value, and of what each open container holds
    try:
        for event, value in itertools.islice(ijson.basic_parse(head), _EVENTS):
            if event == "map_key":
                path = f"{inside[-1]}.{value}" if inside[-1] else value
                continue
            if event in _ENDS:
                inside.pop()
                path = inside[-1]
                continue
            paths.add(path)
            if event in _SCALARS:
                if path not in values:
                    values[path] = str(value).lower() if event == "boolean" else str(value)[:_VALUE_CHARACTERS]
            elif event != "null":
                if event == "start_array":
                    path += "[]"
                inside.append(path)
                if len(inside) > _DEPTH:
                    break
    except (ijson.JSONError, ValueError):
        pass  # the head ends in the middle of a value, or the report is broken: what came before still tells what it is
    return paths, values


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
