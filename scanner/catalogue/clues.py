"""Which of the hundreds of signatures have to be looked at for a document: a few of them."""

import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from scanner.catalogue.formats import signatures
from scanner.shapes.facts import Facts
from scanner.shapes.shape import Signature

Numbers = Mapping[str, Sequence[int]]
"""Clue → numbers of signatures, in the order of `signatures`."""


def that_may_match(facts: Facts) -> Iterator[tuple[str, int, Signature]]:
    """All that match, and few others, in the order of `signatures`."""
    return _found(_by_rarest(), facts)


def that_may_overlap(facts: Facts) -> Iterator[tuple[str, int, Signature]]:
    """All that have anything in common with the document, in the order of `signatures`."""
    return _found(_by_any(), facts)


def _found(numbers: Numbers, facts: Facts) -> Iterator[tuple[str, int, Signature]]:
    every = signatures()
    return (every[number] for number in sorted({number for clue in facts.clues for number in numbers.get(clue, ())}))


@functools.cache
def _by_any() -> Numbers:
    return _indexed(signature.clues for _, _, signature in signatures())


@functools.cache
def _by_rarest() -> Numbers:
    """Each under what fewest others need."""
    needed = [sorted(signature.needed) for _, _, signature in signatures()]
    common = Counter(clue for clues in needed for clue in clues)
    return _indexed((min(clues, key=common.__getitem__),) for clues in needed)


def _indexed(clues: Iterable[Iterable[str]]) -> Numbers:
    found: dict[str, list[int]] = {}
    for number, own in enumerate(clues):
        for clue in own:
            found.setdefault(clue, []).append(number)
    return found
