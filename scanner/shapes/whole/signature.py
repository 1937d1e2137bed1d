"""By what documents are recognised that no other signature fits: by what they say."""

import msgspec

from scanner.shapes.facts import Facts, Kind


class TextSignature(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Strings in the head of a document of one kind."""

    kind: Kind
    text: tuple[str, ...] = ()
    any_text: tuple[str, ...] = ()

    @property
    def clues(self) -> frozenset[str]:
        return frozenset((self.kind,))

    @property
    def needed(self) -> frozenset[str]:
        return self.clues

    def score(self, facts: Facts) -> int:
        if facts.kind is not self.kind or not all(text in facts.head for text in self.text):
            return 0
        if self.any_text and not any(text in facts.head for text in self.any_text):
            return 0
        return 2 * len(self.text) + 2 * bool(self.any_text)

    def overlap(self, facts: Facts) -> int:
        return 2 * sum(text in facts.head for text in self.text) if facts.kind is self.kind else 0
