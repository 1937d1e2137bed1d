"""The records of a report of unknown format: where lists of objects stand in it, and what those have."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import msgspec
from lxml import etree

from scanner.authoring.guessing import likeness
from scanner.errors import MalformedReportError
from scanner.readers.document import Document
from scanner.shapes.csv.signature import tables
from scanner.shapes.facts import Kind
from scanner.shapes.json.reading import decode_each
from scanner.shapes.lines.lines import Lines
from scanner.shapes.rooms import read_facts
from scanner.shapes.xml.source import before_root

_RECORDS = 200
"""Looked at of each list."""
_DEPTH = 3
"""Of objects within a record."""
_LONGEST_BYTES = 64_000_000
_FIELD = re.compile(r"[A-Za-z_$@][\w$@]*")
_SIMPLE = re.compile(r"[^.\"\[\]{}*]+")


@dataclass(slots=True)
class Sample:
    """Records that seem to be findings."""

    shape: str
    """As a mapping calls it."""
    at: str
    """Where they stand, as a mapping says it."""
    records: int = 0
    values: dict[str, list[Any]] = field(default_factory=dict)
    """Path → what stands there, in each record that was looked at."""
    root: str = ""
    """XML: name of the root element."""
    around: list[str] = field(default_factory=list)
    """Paths of keys beside the records."""


def sample_of(document: Document) -> Sample:
    """Raises `MalformedReportError` where nothing looks like records."""
    if len(document.data) > _LONGEST_BYTES:
        raise MalformedReportError(f"a sample of {_LONGEST_BYTES // 1_000_000} MB at most is enough", document.name)
    facts = read_facts(document)
    match facts.kind:
        case Kind.JSON_LINES:
            return _of_records("lines", "", [msgspec.json.decode(line) for line in islice(Lines(document), _RECORDS)])
        case Kind.JSON:
            return _of_json(next(decode_each(document, Any)), document.name)
        case Kind.XML:
            return _of_xml(bytes(document.data), document.name)
        case Kind.TEXT if tables(facts.head):
            return _of_csv(bytes(document.data).decode("utf-8", "replace"), document.name)
        case kind:
            raise MalformedReportError(
                f"no format is proposed for {kind}: JSON, JSON Lines, XML and CSV are read", document.name
            )


def _of_json(report: Any, name: str) -> Sample:
    lists: dict[str, list[dict[str, Any]]] = {}
    for path, records in _lists(report, "", {}, 0):
        lists.setdefault(path, []).extend(records)
    samples = [
        _of_records("lines" if at == "[]" else "json", "" if at == "[]" else at, records) for at, records in lists.items()
    ]
    if not samples:
        raise MalformedReportError("it has no list of objects", name)
    best = max(samples, key=lambda sample: (likeness(sample.values), sample.records))
    if best.shape == "json" and isinstance(report, dict):
        best.around = [_key(key) for key in report]
    return best


def _lists(value: Any, path: str, parent: dict[str, Any], depth: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Lists of objects with their paths, each object with what is beside the list as its ``parent``."""
    if depth > _DEPTH + 2 or not isinstance(value, dict | list):
        return
    items = value if isinstance(value, list) else list(value.values()) if _is_map(value) else None
    if items is None:
        assert isinstance(value, dict)
        for key, inner in value.items():
            yield from _lists(inner, f"{path}.{_key(key)}" if path else _key(key), value, depth + 1)
        return
    here = (f"{path}[]" if isinstance(value, list) else f"{path}.*") if path else "[]" if isinstance(value, list) else "*"
    objects = [item for item in items if isinstance(item, dict)]
    beside = {key: inner for key, inner in parent.items() if not isinstance(inner, dict | list)} if "[]" in path else {}
    if objects and len(objects) == len(items):
        yield here, [item | {"parent": beside} if beside else item for item in objects]
    for item in items[:_RECORDS]:
        if isinstance(item, dict) and not _is_map(item):
            for key, inner in item.items():
                yield from _lists(inner, f"{here}.{_key(key)}", item, depth + 1)
        else:
            yield from _lists(item, here, {}, depth + 1)


def _is_map(value: dict[str, Any]) -> bool:
    """Its keys are data (names of files, numbers), not names of fields."""
    inner = list(value.values())
    same = all(isinstance(item, dict) for item in inner) or all(isinstance(item, list) for item in inner)
    return bool(inner) and same and any(not _FIELD.fullmatch(key) for key in value)


def _of_records(shape: str, at: str, records: list[Any]) -> Sample:
    sample = Sample(shape, at, len(records))
    seen = [dict(_flat(record)) for record in records[:_RECORDS] if isinstance(record, dict)]
    paths = dict.fromkeys(path for values in seen for path in values)
    sample.values = {path: [values.get(path) for values in seen] for path in paths}
    return sample


def _flat(record: dict[str, Any], path: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    for key, value in record.items():
        if '"' in key:
            continue  # no path can name it
        own = f"{path}.{_key(key)}" if path else _key(key)
        if isinstance(value, dict) and depth < _DEPTH:
            yield from _flat(value, own, depth + 1)
        elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
            names = dict.fromkeys(name for item in value if isinstance(item, dict) for name in item)
            for name in names:
                yield f"{own}[].{_key(name)}", [item.get(name) for item in value if isinstance(item, dict)]
        elif not isinstance(value, dict):
            yield own, value


def _key(key: str) -> str:
    return key if _SIMPLE.fullmatch(key) else f'"{key}"'


def _of_csv(text: str, name: str) -> Sample:
    try:
        dialect = csv.Sniffer().sniff(text[:65_536], delimiters=",;\t|")
    except csv.Error as error:
        raise MalformedReportError(str(error), name) from error
    rows = csv.DictReader(io.StringIO(text, newline=""), dialect=dialect)
    seen = list(islice(rows, _RECORDS))
    if not seen:
        raise MalformedReportError("it has no rows below a header", name)
    titles = [title for title in rows.fieldnames or () if title and title.strip()]
    return Sample("csv", "", len(seen), {title.strip(): [row.get(title) for row in seen] for title in titles})


def _of_xml(data: bytes, name: str) -> Sample:
    try:
        root = etree.fromstring(data[before_root(data) :], etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise MalformedReportError(str(error.msg), name) from error
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    counted = Counter(etree.QName(element).localname for element in elements[1:] if len(element) or element.attrib)
    samples = []
    for tag, count in counted.items():
        found = [element for element in elements if etree.QName(element).localname == tag][:_RECORDS]
        seen = [_of_element(element) for element in found]
        paths = dict.fromkeys(path for values in seen for path in values)
        values = {path: [values.get(path) for values in seen] for path in paths}
        samples.append(Sample("xml", tag, count, values, root=etree.QName(root).localname))
    if not samples:
        raise MalformedReportError("it has no element with something in it", name)
    return max(samples, key=lambda sample: (likeness(sample.values), sample.records))


def _of_element(element: etree._Element) -> dict[str, str]:
    values = {f"@{etree.QName(key).localname}": str(value) for key, value in element.attrib.items()}
    for child in element:
        if isinstance(child.tag, str):
            tag = etree.QName(child).localname
            values.update({f"{tag}/@{etree.QName(key).localname}": str(value) for key, value in child.attrib.items()})
            if len(child) == 0 and child.text and child.text.strip():
                values[tag] = child.text.strip()
    return values
