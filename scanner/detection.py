"""Which format, in which variant, a document is."""

from dataclasses import dataclass

from scanner.errors import AmbiguousFormatError, MalformedReportError, UnknownFormatError
from scanner.facts import read_facts
from scanner.format import CsvVariant, Format, JsonLinesVariant, JsonVariant, Variant, WholeVariant, XmlVariant
from scanner.readers.document import Document
from scanner.registry import AUTO, all_formats, find_format
from scanner.signatures import Facts, Kind, XmlSignature


@dataclass(frozen=True, slots=True)
class Detected:
    format: Format
    variant: Variant
    facts: Facts


def detect(document: Document, scanner_type: str = AUTO) -> Detected:
    """The most specific match; given ``scanner_type``, only that format's variants compete.

    Raises `UnknownFormatError`, `AmbiguousFormatError`, and `MalformedReportError` for an empty document.
    """
    facts = read_facts(document)
    if scanner_type.strip().casefold() == AUTO:
        if facts.kind is Kind.EMPTY:
            raise MalformedReportError("the file is empty", document.name)
        return _best(facts)
    return _within(find_format(scanner_type), facts)


def scores(facts: Facts) -> list[tuple[int, Format, Variant]]:
    """All variants that match, the most specific first."""
    matches = [
        (score, format_, variant)
        for format_ in all_formats().values()
        for variant in format_.variants
        if (score := variant.signature.score(facts))
    ]
    return sorted(matches, key=lambda match: -match[0])


def _best(facts: Facts) -> Detected:
    matches = scores(facts)
    if not matches:
        raise UnknownFormatError(facts.name, (), _seen(facts))
    top = [match for match in matches if match[0] == matches[0][0]]
    if len({match[1].slug for match in top}) > 1:
        raise AmbiguousFormatError(facts.name, tuple(sorted({match[1].slug for match in top})))
    return Detected(top[0][1], top[0][2], facts)


def _within(format_: Format, facts: Facts) -> Detected:
    """The sender knows what it is: a variant that matches, else one that can be read at all (an empty result list, say)."""
    best = max(format_.variants, key=lambda variant: variant.signature.score(facts))
    if best.signature.score(facts):
        return Detected(format_, best, facts)
    for variant in format_.variants:
        if _readable(variant, facts):
            return Detected(format_, variant, facts)
    if facts.kind is Kind.EMPTY:
        raise MalformedReportError("the file is empty", facts.name)
    others = tuple(dict.fromkeys(match[1].slug for match in scores(facts)))[:3]
    raise UnknownFormatError(facts.name, others, f"not a report of {format_.slug}: {_seen(facts)}")


def _readable(variant: Variant, facts: Facts) -> bool:
    match variant:
        case JsonLinesVariant():
            return facts.kind in (Kind.JSON, Kind.JSON_LINES) or (facts.kind is Kind.EMPTY and variant.empty)
        case JsonVariant():
            expected = variant.signature.root
            return facts.kind is Kind.JSON and (expected is None or expected == facts.root)
        case XmlVariant() | WholeVariant(signature=XmlSignature()):
            return isinstance(variant.signature, XmlSignature) and facts.root_element == variant.signature.root
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
