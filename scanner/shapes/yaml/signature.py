"""By what YAML is recognised: text whose lines begin with keys."""

import functools
from collections.abc import Mapping, Set

import msgspec

from scanner.shapes.facts import Facts, Kind


class YamlSignature(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Keys that stand at the beginning of lines, indented or not, and how values of such keys begin."""

    keys: Set[str]
    """Of the outermost mapping."""
    inner: Set[str] = frozenset()
    """At any depth."""
    values: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Key of the outermost mapping → what its value starts with, case ignored."""

    @property
    def clues(self) -> frozenset[str]:
        return frozenset((Kind.TEXT,))

    @property
    def needed(self) -> frozenset[str]:
        return self.clues

    def score(self, facts: Facts) -> int:
        score = len(self.keys) + len(self.inner) + 2 * len(self.values)
        return score if facts.kind is Kind.TEXT and self.overlap(facts) == score else 0

    def overlap(self, facts: Facts) -> int:
        if facts.kind is not Kind.TEXT:
            return 0
        outer, inner = keys_in(facts.head)
        right = (
            outer.get(key, "").casefold().startswith(start.casefold()) for key, start in self.values.items() if key in outer
        )
        return len(self.keys & outer.keys()) + len(self.inner & inner) + 2 * sum(right)


@functools.lru_cache(1)
def keys_in(head: str) -> tuple[Mapping[str, str], Set[str]]:
    """Keys that begin a line, each with the rest of it, and those that begin one after white space or a dash."""
    outer: dict[str, str] = {}
    inner: set[str] = set()
    for line in head.splitlines():
        key, colon, value = line.partition(":")
        if not colon or key.startswith("#") or (value and value[0] not in " \t"):
            continue
        bare = key.lstrip(" \t-").strip("\"' ")
        inner.add(bare)
        if bare and key[0] not in " \t-":
            outer.setdefault(bare, value.strip().strip("\"'"))
    return outer, inner
