"""By what text is recognised of which each line is a record."""

import msgspec

from scanner.shapes.facts import Facts, Kind
from scanner.shapes.text.patterns import compiled

_LINES = 50


class LineSignature(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Strings that must occur in the head, and a pattern (RE2) that half of its first lines match from their beginning."""

    line: str
    text: tuple[str, ...] = ()

    @property
    def clues(self) -> frozenset[str]:
        return frozenset((Kind.TEXT,))

    @property
    def needed(self) -> frozenset[str]:
        return self.clues

    def score(self, facts: Facts) -> int:
        if facts.kind is not Kind.TEXT or not all(text in facts.head for text in self.text):
            return 0
        match = compiled(self.line).match
        lines = [line for line in facts.head.splitlines()[:_LINES] if line.strip()]
        return 1 + 2 * len(self.text) if sum(match(line) is not None for line in lines) * 2 >= len(lines) > 0 else 0

    def overlap(self, facts: Facts) -> int:
        return 2 * sum(text in facts.head for text in self.text) if facts.kind is Kind.TEXT else 0
