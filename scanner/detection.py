"""Which format, in which variant, a document is."""

import functools
from dataclasses import dataclass

import msgspec

from scanner.errors import AmbiguousFormatError, MalformedReportError, ScannerError, UnknownFormatError
from scanner.facts import read_facts
from scanner.format import CsvVariant, Format, JsonLinesVariant, JsonVariant, Variant, WholeVariant, XmlVariant
from scanner.readers.document import Document
from scanner.readers.outline import Expected
from scanner.registry import AUTO, all_formats, find_format
from scanner.signatures import Facts, JsonSignature, Kind, XmlSignature

_CLOSEST = 3
_LONG_BYTES = 16_000_000
"""Reading the facts of a head twice takes 2 ms, a pass over so many bytes 7."""
_EMPTY_JSON = {"", "[]"}
"""What paths there are in ``{}``, ``[]`` and ``[{}]``."""


@dataclass(frozen=True, slots=True)
class Detected:
    format: Format
    variant: Variant
    facts: Facts


def detect(document: Document, scanner_type: str = AUTO) -> Detected:
    """The most specific match; given ``scanner_type``, only that format's variants compete.

    Raises `UnknownFormatError`, `AmbiguousFormatError`, and `MalformedReportError` for a document that is empty or may not be
    looked into.
    """
    is_auto = scanner_type.strip().casefold() == AUTO
    expected = None if is_auto else find_format(scanner_type)
    facts = read_facts(document)
    return _best(facts) if expected is None else _within(expected, facts)


def expect(document: Document, scanner_type: str = AUTO) -> Expected | None:
    """What a long JSON object is by its head alone; what is further back may prove that wrong."""
    if len(document.data) < _LONG_BYTES:
        return None
    try:
        detected = detect(document, scanner_type)
    except ScannerError:
        return None
    match detected.variant:
        case JsonVariant(envelope=type() as envelope) if issubclass(envelope, msgspec.Struct):
            return Expected(envelope, _names())
        case _:
            return None


@functools.cache
def _names() -> frozenset[str]:
    """Top-level keys that any signature asks for."""
    signatures = [variant.signature for format_ in all_formats().values() for variant in format_.variants]
    return frozenset().union(*(signature.names for signature in signatures if isinstance(signature, JsonSignature)))


def scores(facts: Facts) -> list[tuple[int, Format, Variant]]:
    """All variants that match, the most specific first."""
    matches = [
        (score, format_, variant)
        for format_ in all_formats().values()
        for variant in format_.variants
        if (score := variant.signature.score(facts))
    ]
    return sorted(matches, key=lambda match: -match[0])


def closest(facts: Facts) -> tuple[str, ...]:
    """The slugs of up to three formats that the document resembles most."""
    overlaps = {
        slug: max(variant.signature.overlap(facts) for variant in format_.variants) for slug, format_ in all_formats().items()
    }
    nearest = sorted((slug for slug in overlaps if overlaps[slug]), key=lambda slug: -overlaps[slug])
    return tuple(nearest[:_CLOSEST])


def _best(facts: Facts) -> Detected:
    if facts.kind is Kind.EMPTY:
        raise MalformedReportError(f"the file is empty{_clean(Kind.EMPTY)}", facts.name)
    matches = scores(facts)
    if not matches and facts.paths <= _EMPTY_JSON and facts.kind is Kind.JSON:
        raise UnknownFormatError(facts.name, (), f"{_seen(facts)}{_clean(facts.kind)}")
    if not matches:
        raise UnknownFormatError(facts.name, closest(facts), _seen(facts))
    top = [match for match in matches if match[0] == matches[0][0]]
    if len({match[1].slug for match in top}) > 1:
        raise AmbiguousFormatError(facts.name, tuple(sorted({match[1].slug for match in top})))
    return Detected(top[0][1], top[0][2], facts)


def _clean(kind: Kind) -> str:
    """What to do about a report that says nothing: that of one scanner looks like that of another."""
    what = "an empty file" if kind is Kind.EMPTY else "it"
    return f"; if a scanner writes {what} when it finds nothing, name it as scanner_type, and it counts as a clean report"


def _within(format_: Format, facts: Facts) -> Detected:
    """The sender knows what it is: a variant that matches, else the one it resembles most of those that can read it at all.

    A report in which nothing reminds of the format is refused, unless there is nothing in it: read as a report without
    findings it would close those of earlier scans.
    """
    best = max(format_.variants, key=lambda variant: variant.signature.score(facts))
    if best.signature.score(facts):
        return Detected(format_, best, facts)
    readable = [variant for variant in format_.variants if _readable(variant, facts)]
    if readable:
        return Detected(format_, max(readable, key=lambda variant: variant.signature.overlap(facts)), facts)
    if facts.kind is Kind.EMPTY:
        raise MalformedReportError("the file is empty", facts.name)
    others = tuple(slug for slug in closest(facts) if slug != format_.slug)
    raise UnknownFormatError(facts.name, others, f"not a report of {format_.slug}: {_seen(facts)}")


def _readable(variant: Variant, facts: Facts) -> bool:
    match variant:
        case JsonLinesVariant(empty=True) if facts.kind is Kind.EMPTY:
            return True
        case JsonLinesVariant() | JsonVariant():
            is_json = facts.kind in (Kind.JSON, Kind.JSON_LINES) and variant.signature.root in (None, facts.root)
            # an array without records is what some tools write for nothing found; no tool writes an object without a key
            return is_json and (variant.signature.reminds(facts) or (facts.root == "array" and facts.paths <= _EMPTY_JSON))
        case XmlVariant() | WholeVariant(signature=XmlSignature()):
            return variant.signature.overlap(facts) > 0
        case CsvVariant() | WholeVariant():
            return False


def _seen(facts: Facts) -> str:
    match facts.kind:
        case Kind.JSON | Kind.JSON_LINES:
            keys = ", ".join(sorted(path for path in facts.paths if path and "." not in path.removeprefix("[]."))[:8])
            return f"{facts.kind} with {keys or 'no keys'}"
        case Kind.XML | Kind.HTML:
            return f"{facts.kind} with root <{facts.root_element}>"
        case Kind.TEXT:
            return f"text that starts with {facts.head[:60]!r}"
        case _:
            return f"{facts.kind} file"
