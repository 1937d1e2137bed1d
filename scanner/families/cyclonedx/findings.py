"""Vulnerabilities as findings, one per affected component."""

from collections.abc import Iterator

from scanner.families.cyclonedx.inventory import Inventory, Part, document_asset, inventory, local_reference
from scanner.families.cyclonedx.model import Affected, Analysis, Bom, Rating, Score, Vulnerability
from scanner.format import Section
from scanner.model import Finding, Package, Tag
from scanner.normalize.dates import date
from scanner.normalize.details import details
from scanner.normalize.identifiers import cwes, reference_ids
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import INFO, by_score, cvss_score, severity
from scanner.normalize.text import first, joined

_WORDS_FOR_NOTHING = frozenset(("", "unknown", "none"))


def sections(bom: Bom) -> Iterator[Section]:
    components = bom.components or []
    subject = bom.metadata.component if bom.metadata else None
    parts = inventory([*([subject] if subject else []), *components])
    asset = document_asset(subject, components)
    yield Section(bom.vulnerabilities or (), findings, Vulnerability, asset=asset, context=parts, place="vulnerabilities")


def findings(vulnerability: Vulnerability, parts: Inventory) -> Iterator[Finding]:
    """One per component that it affects; a document that names none still says that it is there."""
    affected = vulnerability.affects or [Affected(ref=vulnerability.ref)]
    for target in affected:
        yield _finding(vulnerability, target, parts.find(target.ref))


def _finding(vulnerability: Vulnerability, target: Affected, part: Part | None) -> Finding:
    known_as = [vulnerability.id, *(reference.id for reference in vulnerability.references or ())]
    versions = target.versions or []
    fixes = [entry.version for entry in versions if entry.status == "unaffected" and entry.version]
    advice = joined(vulnerability.recommendation, *(vulnerability.recommendations or ()), vulnerability.workaround)
    state = (vulnerability.analysis or Analysis()).state
    return Finding(
        name=first(*known_as, "unnamed vulnerability"),
        description=joined(vulnerability.description, vulnerability.detail),
        remedy=advice or (upgrade(part.name, part.version, fixes) if part else ""),
        severity=_severity(vulnerability),
        location=str(part) if part else local_reference(target.ref or ""),
        reference_ids=reference_ids(known_as),
        cwes=cwes(vulnerability.cwes or ()),
        published_date_time=date(vulnerability.published),
        packages=[Package(part.name, part.version, part.cpe, fixes)] if part else [],
        details=_details(vulnerability, target),
        tags=[Tag(state, "vex")] if state else [],
    )


def _severity(vulnerability: Vulnerability) -> float:
    """By the source that reported the vulnerability; where that says nothing, the gravest of all."""
    ratings = vulnerability.ratings or []
    reporter = vulnerability.source.name if vulnerability.source else None
    own = [rating for rating in ratings if reporter and rating.source and rating.source.name == reporter]
    for candidates in (own, ratings):
        words = [rating.severity for rating in candidates if (rating.severity or "").casefold() not in _WORDS_FOR_NOTHING]
        if words:
            return max(map(severity, words))
        scores = [score for rating in candidates if (score := _score(rating)) is not None]
        if scores:
            return by_score(max(scores))
    return INFO


def _score(rating: Rating) -> float | None:
    score = rating.score
    if isinstance(score, Score):
        return score.base
    if isinstance(score, str):
        return severity(score)
    return score if score is not None else cvss_score(rating.vector)


def _details(vulnerability: Vulnerability, target: Affected) -> dict[str, object]:
    advisories = [entry if isinstance(entry, str) else entry.url for entry in vulnerability.advisories or ()]
    analysis = vulnerability.analysis or Analysis()
    return details(
        source=vulnerability.source.name if vulnerability.source else "",
        references=[url for url in (vulnerability.source.url if vulnerability.source else "", *advisories) if url],
        vectors=list(dict.fromkeys(rating.vector for rating in vulnerability.ratings or () if rating.vector)),
        affectedRanges=[entry.range for entry in target.versions or () if entry.range],
        analysis=joined(analysis.state, analysis.justification, analysis.detail, separator=": "),
    )
