"""By what JSON is recognised."""

import functools
import re
from collections.abc import Callable, Mapping, Set

import msgspec

from scanner.shapes.facts import Facts, Kind
from scanner.shapes.json.facts import JsonFacts, Root

ANY_NAME = "*"


class JsonSignature(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Paths that must be there, at least one of each group of alternatives, values that must be so.

    ``*`` in a path is any name: tools write objects by package or file.
    For `JsonLinesVariant` the paths are those of a record, whether it stands in a line, in an array or alone.
    """

    keys: Set[str] = frozenset()
    any_of: tuple[Set[str], ...] = ()
    values: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Path → what its value starts with, case ignored."""
    own: Mapping[str, Set[str]] = msgspec.field(default_factory=dict)
    """Path of an object (``""`` is the document) → all keys that it may have, where those that it must have are not enough."""
    strange: float = 0.0
    """Which share of the keys that are there may be others: fields are misspelt, and new ones come."""
    root: Root | None = None
    lines: bool = False
    """Set for `JsonLinesVariant`."""

    @property
    def clues(self) -> frozenset[str]:
        asked = self._asked
        return asked if not any(ANY_NAME in path for path in asked) else asked | {""}

    @property
    def needed(self) -> frozenset[str]:
        return frozenset(path for path in (*self.keys, *self.values) if ANY_NAME not in path) or frozenset(("",))

    def score(self, facts: Facts) -> int:
        """Documents in lines, which a tool has appended one by one, are known by the first; any format of lines goes before."""
        if not isinstance(facts, JsonFacts) or (self.root is not None and facts.root != self.root):
            return 0
        prefix = self._prefix(facts)
        if not prefix and not facts.paths.issuperset(self.keys) and not any(ANY_NAME in key for key in self.keys):
            return 0  # so end most, and the rest takes ten times as long
        score = len(self.keys) + len(self.any_of) + 2 * len(self.values)
        if self.overlap(facts) < score or not all(self._knows(path, facts) for path in self.own):
            return 0
        return min(score, 1) if facts.kind is Kind.JSON_LINES and not self.lines else score

    def overlap(self, facts: Facts) -> int:
        if not isinstance(facts, JsonFacts):
            return 0
        prefix = self._prefix(facts)

        is_there = _there(facts)

        def there(path: str) -> bool:
            return is_there(prefix + path)

        right = (
            there(path) and facts.values.get(prefix + path, "").casefold().startswith(start.casefold())
            for path, start in self.values.items()
        )
        return sum(map(there, self.keys)) + sum(any(map(there, group)) for group in self.any_of) + 2 * sum(right)

    def reminds(self, facts: JsonFacts) -> bool:
        """A top-level key of its paths is there: all that is left of some of them in a report without findings.

        Where something stands below it, that has to be known as well: another tool's records would be read as none.
        """
        prefix = self._prefix(facts)
        tops = {top for path in self._asked if (top := prefix + _top_level(path)) in facts.paths}
        deeper = {prefix + path for path in self._asked if prefix + path not in tops and prefix + _top_level(path) in tops}
        if not tops or not deeper or any(map(_there(facts), deeper)):
            return bool(tops)
        below = tuple(f"{top}{step}" for top in tops for step in ("[].", "."))
        return not any(path.startswith(below) for path in facts.paths)

    @property
    def is_by_name(self) -> bool:
        """The names of what is at the top of the document are no keys: it may be an object without any."""
        return any(path.startswith(ANY_NAME) for path in self.keys)

    @property
    def names(self) -> frozenset[str]:
        """Keys of an object on which anything here depends."""
        return frozenset(map(_top_level, self._asked)).union(self.own.get("", ()))

    @property
    def _asked(self) -> frozenset[str]:
        return frozenset().union(self.keys, self.values, *self.any_of)

    def _knows(self, path: str, facts: JsonFacts) -> bool:
        above = self._prefix(facts) + (f"{path}." if path else "")
        below = (there.removeprefix(above) for there in facts.paths if there.startswith(above))
        keys = {key for key in below if key and "." not in key and not key.endswith("[]")}
        return len(keys - self.own[path]) <= self.strange * len(keys)

    def _prefix(self, facts: JsonFacts) -> str:
        return "[]." if self.lines and facts.root == "array" else ""


def _there(facts: JsonFacts) -> Callable[[str], bool]:
    return lambda path: path in facts.paths if ANY_NAME not in path else any(map(_by_name(path), facts.paths))


@functools.cache
def _by_name(path: str) -> Callable[[str], object]:
    return re.compile(re.escape(path).replace(re.escape(ANY_NAME), r"[^\[\]]+")).fullmatch


def _top_level(path: str) -> str:
    """``findings`` of ``findings[].title``, ``[].findings`` of ``[].findings[].title``."""
    rest = path.removeprefix("[].")
    return path[: len(path) - len(rest)] + rest.partition(".")[0].removesuffix("[]")
