"""By what XML is recognised."""

from collections.abc import Set

import msgspec

from scanner.shapes.facts import Facts
from scanner.shapes.xml.facts import XmlFacts


class XmlSignature(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    root: str
    """Local name of the root element."""
    namespace: str = ""
    """What its namespace contains."""
    elements: Set[str] = frozenset()
    """Local names that must occur in the head."""
    text: tuple[str, ...] = ()
    """Strings that must occur in the head, as they stand there."""

    @property
    def clues(self) -> frozenset[str]:
        return frozenset((f"<{self.root}>",))

    @property
    def needed(self) -> frozenset[str]:
        return self.clues

    def score(self, facts: Facts) -> int:
        if not isinstance(facts, XmlFacts) or facts.root_element != self.root:
            return 0
        if self.namespace not in facts.namespace or not self.elements <= facts.elements:
            return 0
        if not all(text in facts.head for text in self.text):
            return 0
        return 2 + bool(self.namespace) + len(self.elements) + 2 * len(self.text)

    def overlap(self, facts: Facts) -> int:
        """None without the root: names like ``item`` or ``name`` are in every other document."""
        return 2 + len(self.elements & facts.elements) if isinstance(facts, XmlFacts) and facts.root_element == self.root else 0
