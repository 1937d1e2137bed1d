"""By what a format's variant is recognised: data, judged on the facts of a report's head.

Each signature gives a score: 0 where it does not match, else the number of facts it rests on, so that the most specific
match wins. ``overlap`` is how many of its facts are there whether or not it matches: for naming what a report resembles.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

Root = Literal["object", "array"]


class Kind(StrEnum):
    """What a document is physically."""

    JSON = "JSON"
    JSON_LINES = "JSON Lines"
    XML = "XML"
    HTML = "HTML"
    TEXT = "text"
    BINARY = "binary"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a document from its head (and, for JSON, its top-level keys), read once for all signatures."""

    name: str
    kind: Kind
    root: Root | None = None
    """JSON: what the document (or its first line) is."""
    paths: frozenset[str] = frozenset()
    """JSON: paths that occur in the head, like ``runs[].tool.driver.name``; an array of objects starts with ``[].``."""
    values: Mapping[str, str] = field(default_factory=dict)
    """JSON: the first scalar seen at a path, as text (``true``, ``1``)."""
    root_element: str = ""
    """XML: local name of the root."""
    namespace: str = ""
    elements: frozenset[str] = frozenset()
    """XML: local names of elements in the head."""
    rows: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    """Text: delimiter → the first rows, cells stripped and in lower case."""
    head: str = ""
    """The first 64 KiB as text."""


@dataclass(frozen=True, slots=True)
class JsonSignature:
    """Paths that must be there, at least one of each group of alternatives, values that must be so, paths that must not be.

    For `JsonLinesVariant` the paths are those of a record, whether it stands in a line, in an array or alone.
    """

    keys: frozenset[str] | set[str] = frozenset()
    any_of: tuple[frozenset[str] | set[str], ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    """Path → what its value starts with, case ignored."""
    without: frozenset[str] | set[str] = frozenset()
    root: Root | None = None
    lines: bool = False
    """Set for `JsonLinesVariant`."""

    def score(self, facts: Facts) -> int:
        """Documents in lines, which a tool has appended one by one, are known by the first; any format of lines goes before."""
        if facts.kind not in (Kind.JSON, Kind.JSON_LINES) or (self.root is not None and facts.root != self.root):
            return 0
        prefix = self._prefix(facts)
        if not prefix and not facts.paths.issuperset(self.keys):  # so end most, and the rest takes ten times as long
            return 0
        if any(prefix + path in facts.paths for path in self.without):
            return 0
        score = len(self.keys) + len(self.any_of) + 2 * len(self.values)
        if self.overlap(facts) < score:
            return 0
        return min(score, 1) if facts.kind is Kind.JSON_LINES and not self.lines else score

    def overlap(self, facts: Facts) -> int:
        prefix = self._prefix(facts)

        def there(path: str) -> bool:
            return prefix + path in facts.paths

        right = (
            there(path) and facts.values.get(prefix + path, "").casefold().startswith(start.casefold())
            for path, start in self.values.items()
        )
        return sum(map(there, self.keys)) + sum(any(map(there, group)) for group in self.any_of) + 2 * sum(right)

    def reminds(self, facts: Facts) -> bool:
        """A top-level key of its paths is there: all that is left of some of them in a report without findings."""
        prefix = self._prefix(facts)
        return any(prefix + _top_level(path) in facts.paths for path in self._asked)

    @property
    def names(self) -> frozenset[str]:
        """Keys of an object on which anything here depends."""
        return frozenset(map(_top_level, self._asked | self.without))

    @property
    def _asked(self) -> frozenset[str]:
        return frozenset().union(self.keys, self.values, *self.any_of)

    def _prefix(self, facts: Facts) -> str:
        return "[]." if self.lines and facts.root == "array" else ""


def _top_level(path: str) -> str:
    """``findings`` of ``findings[].title``, ``[].findings`` of ``[].findings[].title``."""
    rest = path.removeprefix("[].")
    return path[: len(path) - len(rest)] + rest.partition(".")[0].removesuffix("[]")


@dataclass(frozen=True, slots=True)
class XmlSignature:
    root: str
    """Local name of the root element."""
    namespace: str = ""
    """What its namespace contains."""
    elements: frozenset[str] | set[str] = frozenset()
    """Local names that must occur in the head."""
    text: tuple[str, ...] = ()
    """Strings that must occur in the head, as they stand there."""
    without: frozenset[str] | set[str] = frozenset()

    def score(self, facts: Facts) -> int:
        if facts.kind not in (Kind.XML, Kind.HTML) or facts.root_element != self.root:
            return 0
        if self.namespace not in facts.namespace or not self.elements <= facts.elements or self.without & facts.elements:
            return 0
        if not all(text in facts.head for text in self.text):
            return 0
        return 2 + bool(self.namespace) + len(self.elements) + 2 * len(self.text)

    def overlap(self, facts: Facts) -> int:
        """None without the root: names like ``item`` or ``name`` are in every other document."""
        return 2 + len(self.elements & facts.elements) if facts.root_element == self.root else 0


@dataclass(frozen=True, slots=True)
class CsvSignature:
    """Titles that one of the first rows must have, in any order."""

    header: frozenset[str] | set[str]
    any_of: tuple[frozenset[str] | set[str], ...] = ()
    without: frozenset[str] | set[str] = frozenset()
    text: tuple[str, ...] = ()
    """Strings that must occur in the head, as they stand there: how cells are quoted, a line above the header."""

    def matches(self, row: tuple[str, ...]) -> bool:
        titles = set(row)
        folded = {title.casefold() for title in self.header}
        if not folded <= titles or any(title.casefold() in titles for title in self.without):
            return False
        return all(any(title.casefold() in titles for title in group) for group in self.any_of)

    def find(self, facts: Facts) -> tuple[str, int] | None:
        """Delimiter and index of the header's row."""
        if facts.kind is not Kind.TEXT or not all(text in facts.head for text in self.text):
            return None
        for delimiter, rows in facts.rows.items():
            for index, row in enumerate(rows):
                if self.matches(row):
                    return delimiter, index
        return None

    def score(self, facts: Facts) -> int:
        return len(self.header) + len(self.any_of) + 2 * len(self.text) if self.find(facts) else 0

    def overlap(self, facts: Facts) -> int:
        titles = {title.casefold() for title in self.header}
        return max((len(titles & set(row)) for rows in facts.rows.values() for row in rows), default=0)


@dataclass(frozen=True, slots=True)
class TextSignature:
    """Strings in the head of a document of one kind."""

    kind: Kind
    text: tuple[str, ...] = ()
    any_text: tuple[str, ...] = ()

    def score(self, facts: Facts) -> int:
        if facts.kind is not self.kind or not all(text in facts.head for text in self.text):
            return 0
        if self.any_text and not any(text in facts.head for text in self.any_text):
            return 0
        return 2 * len(self.text) + 2 * bool(self.any_text)

    def overlap(self, facts: Facts) -> int:
        return 2 * sum(text in facts.head for text in self.text) if facts.kind is self.kind else 0


Signature = JsonSignature | XmlSignature | CsvSignature | TextSignature
