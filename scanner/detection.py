"""Which format, in which variant, a document is."""

import functools
from typing import Any

import msgspec

from scanner.catalogue import AUTO, entries, find, load
from scanner.catalogue.clues import that_may_match, that_may_overlap
from scanner.catalogue.formats import signatures
from scanner.errors import AmbiguousFormatError, MalformedReportError, ScannerError, UnknownFormatError
from scanner.format import Format
from scanner.mappings import format_of
from scanner.readers.document import Document
from scanner.shapes.facts import Facts, Kind
from scanner.shapes.json.outline import Expected
from scanner.shapes.json.signature import JsonSignature
from scanner.shapes.rooms import read_facts
from scanner.shapes.shape import Variant

_CLOSEST = 3
_LONG_BYTES = 16_000_000
"""Reading the facts of a head twice takes 2 ms, a pass over so many bytes 7."""


class Detected(msgspec.Struct, frozen=True):
    """What a document is, in a few bytes: this travels with each of its shards."""

    slug: str
    number: int
    """Of the variant, among those of its format."""
    layout: Any
    """As that variant's shape has it."""
    mapping: str = ""
    """The text of the mapping that came with the report, where one did."""

    @property
    def format(self) -> Format:
        return format_of(self.mapping) if self.mapping else load(self.slug)

    @property
    def variant(self) -> Variant[Any]:
        return self.format.variants[self.number]


class Match(msgspec.Struct, frozen=True):
    score: int
    slug: str
    number: int
    """Of the variant."""


def detect(document: Document, scanner_type: str = AUTO, mapping: str = "") -> Detected:
    """The most specific match; given ``scanner_type``, only that format's variants compete; given a ``mapping``, only its own.

    Raises `UnknownFormatError`, `AmbiguousFormatError`, and `MalformedReportError` for a document that is empty or may not be
    looked into.
    """
    expected = _expected(scanner_type, mapping)
    facts = read_facts(document)
    slug, number = _best(facts) if expected is None else _within(expected, facts)
    chosen = expected if expected is not None and expected.slug == slug else load(slug)
    return Detected(slug, number, chosen.variants[number].layout(facts), mapping)


def _expected(scanner_type: str, mapping: str) -> Format | None:
    if mapping:
        return format_of(mapping)
    return None if scanner_type.strip().casefold() == AUTO else load(find(scanner_type).slug)


def expect(document: Document, scanner_type: str = AUTO, mapping: str = "") -> Expected | None:
    """What a long JSON object is by its head alone; what is further back may prove that wrong."""
    if len(document.data) < _LONG_BYTES:
        return None
    try:
        detected = detect(document, scanner_type, mapping)
    except ScannerError:
        return None
    envelope = detected.variant.envelope_type
    return None if envelope is None else Expected(envelope, _names())


@functools.cache
def _names() -> frozenset[str]:
    """Top-level keys that any signature asks for."""
    return frozenset().union(*(signature.names for _, _, signature in signatures() if isinstance(signature, JsonSignature)))


def matches(facts: Facts) -> list[Match]:
    """All variants that match, the most specific first."""
    candidates = that_may_match(facts)
    found = [Match(score, slug, number) for slug, number, signature in candidates if (score := signature.score(facts))]
    return sorted(found, key=lambda match: -match.score)


def closest(facts: Facts) -> tuple[str, ...]:
    """The slugs of up to three formats that the document resembles most."""
    overlaps: dict[str, int] = {}
    for slug, _, signature in that_may_overlap(facts):
        overlaps[slug] = max(signature.overlap(facts), overlaps.get(slug, 0))
    nearest = sorted((slug for slug in overlaps if overlaps[slug]), key=lambda slug: -overlaps[slug])
    return tuple(nearest[:_CLOSEST])


def _best(facts: Facts) -> tuple[str, int]:
    if facts.kind is Kind.EMPTY:
        raise MalformedReportError(f"the file is empty{_clean(facts)}", facts.name)
    found = matches(facts)
    if not found and facts.says_nothing:
        raise UnknownFormatError(facts.name, (), f"{facts.seen}{_clean(facts)}")
    if not found:
        raise UnknownFormatError(facts.name, closest(facts), facts.seen)
    top = [match for match in found if match.score == found[0].score]
    if len({match.slug for match in top}) > 1:
        raise AmbiguousFormatError(facts.name, tuple(sorted({match.slug for match in top})))
    return top[0].slug, top[0].number


def _clean(facts: Facts) -> str:
    """What to do about a report that says nothing: that of one scanner looks like that of another."""
    what = "an empty file" if facts.kind is Kind.EMPTY else "it"
    return f"; if a scanner writes {what} when it finds nothing, name it as scanner_type, and it counts as a clean report"


def _within(format_: Format, facts: Facts) -> tuple[str, int]:
    """The sender knows what it is: a variant that matches, else a format that any tool may write, else the variant that it
    resembles most of those that accept it."""
    numbered = list(enumerate(format_.variants))
    number, best = max(numbered, key=lambda each: each[1].signature.score(facts))
    if best.signature.score(facts):
        return format_.slug, number
    if (exchanged := matches(facts)[:1]) and entries()[exchanged[0].slug].is_exchanged:
        return exchanged[0].slug, exchanged[0].number
    accepting = [(number, variant) for number, variant in numbered if variant.acceptable(facts)]
    if accepting:
        return format_.slug, max(accepting, key=lambda each: each[1].signature.overlap(facts))[0]
    if facts.kind is Kind.EMPTY:
        raise MalformedReportError("the file is empty", facts.name)
    others = tuple(slug for slug in closest(facts) if slug != format_.slug)
    raise UnknownFormatError(facts.name, others, f"not a report of {format_.slug}: {facts.seen}")
