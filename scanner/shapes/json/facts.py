"""Reads what there is in the head of a JSON document."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import jiter
import msgspec

from scanner.readers.document import Document
from scanner.shapes.facts import HEAD_BYTES, Facts, Kind
from scanner.shapes.json.repair import ends_as_json, is_json_lines

Root = Literal["object", "array"]

_DEPTH = 50
_BREAKS = 3
"""Times that a broken head is read again up to where it breaks: a second break is before the first, if anywhere."""
_PLACE = re.compile(r"at line (?P<line>\d+) column (?P<column>\d+)$")
_VALUE_CHARACTERS = 200
_LOG_LINES = 20
"""That are looked at for one that is a record."""
_BARE = {"", "[]"}
"""What paths there are in ``{}``, ``[]`` and ``[{}]``."""


@dataclass(frozen=True)
class JsonFacts(Facts):
    root: Root = "object"
    """What the document (or its first line) is."""
    paths: frozenset[str] = frozenset()
    """That occur in the head, like ``runs[].tool.driver.name``; an array of objects starts with ``[].``."""
    values: Mapping[str, str] = field(default_factory=dict)
    """The first scalar seen at a path, as text (``true``, ``1``)."""
    is_whole: bool = True
    """As far as its last character says."""

    @property
    def seen(self) -> str:
        return f"{self.kind} with an {self.root} at its top{' and nothing in it' if self.is_bare else ''}"

    @property
    def clues(self) -> frozenset[str]:
        """Paths, those of a record as well where they begin with the array that it is in; ``""`` for any JSON."""
        return self.paths.union((self.kind, ""), (path[3:] for path in self.paths if path.startswith("[].")))

    @property
    def is_bare(self) -> bool:
        """There is nothing in it, or nothing but empty objects."""
        return self.paths <= _BARE

    @property
    def says_nothing(self) -> bool:
        """As `is_bare`, or only empty lists and objects stand under its keys; what is cut off may have said more."""
        return (
            self.kind is Kind.JSON
            and self.is_whole
            and (self.is_bare or not (self.values or any("." in path for path in self.paths)))
        )


def read_json_facts(document: Document, head: bytes) -> JsonFacts:
    kind = Kind.JSON_LINES if is_json_lines(head) else Kind.JSON
    root: Root = "object" if head.lstrip()[:1] == b"{" else "array"
    first_document = _first_record(head) if kind is Kind.JSON_LINES else head
    paths, values = _json_values(first_document)
    if kind is Kind.JSON and len(document.data) > HEAD_BYTES:
        paths.update(document.keys)
    text = head.decode("utf-8", "replace")
    return JsonFacts(document.name, kind, text, root, frozenset(paths), values, ends_as_json(document.data))


def _first_record(head: bytes) -> bytes:
    """The first line that is no line of a log, which tools mix into their records; where all are, the first."""
    lines = [line for line in head.split(b"\n", _LOG_LINES + 1)[: _LOG_LINES + 1] if line.strip()]
    return next((line for line in lines if not _is_logged(line)), lines[0])


class _Logged(msgspec.Struct):
    """A line of a log, as the loggers of Go write it."""

    level: str
    msg: str
    ts: float | str


_logged = msgspec.json.Decoder(_Logged)


def _is_logged(line: bytes) -> bool:
    try:
        _logged.decode(line)
    except msgspec.DecodeError:
        return False
    return True


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
