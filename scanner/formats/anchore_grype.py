"""Grype JSON reports (``grype … -o json``), 0.7 to the current 0.x.

Until 0.1x scores stood in ``cvssV2``/``cvssV3``, links in ``links`` and the fix in ``fixedInVersion``.
"""

from collections.abc import Iterable, Iterator

import msgspec

from scanner import assets
from scanner.families.checkouts import folder_name
from scanner.families.images import image_asset
from scanner.families.scanned import failed
from scanner.format import Format, Section
from scanner.model import Asset, AssetType, Dismissed, Finding, Package
from scanner.normalize import passing
from scanner.normalize.dismissal import Dismissal, dismissal
from scanner.normalize.identifiers import cwes, reference_ids
from scanner.normalize.packages import upgrade, versions
from scanner.normalize.severity import UNRATED, by_score, cvss_score, first_rated, is_rated, severity
from scanner.normalize.text import joined
from scanner.shapes.json import JsonSignature, JsonVariant

_LINKS = 20
"""Kernel CVEs have hundreds."""


class Metrics(msgspec.Struct, rename="camel", gc=False):
    base_score: float | None = None


class Cvss(msgspec.Struct, gc=False):
    source: str | None = None
    type: str | None = None
    version: str | None = None
    vector: str | None = None
    metrics: Metrics | None = None


class Epss(msgspec.Struct, gc=False):
    epss: float | None = None
    percentile: float | None = None


class Weakness(msgspec.Struct, gc=False):
    cwe: str | None = None


class Fix(msgspec.Struct, gc=False):
    versions: list[str] | None = None
    state: str | None = None


class Advisory(msgspec.Struct, gc=False):
    id: str | None = None


class Vulnerability(msgspec.Struct, rename="camel", gc=False):
    id: str | None = None
    data_source: str | None = None
    severity: str | None = None
    urls: list[str] | None = None
    links: list[str] | None = None
    description: msgspec.Raw = passing.ABSENT
    cvss: list[Cvss] | None = None
    cvss_v2: Cvss | None = None
    cvss_v3: Cvss | None = None
    epss: list[Epss] | None = None
    cwes: list[Weakness] | None = None
    known_exploited: list[msgspec.Raw] | None = None
    fix: Fix | None = None
    fixed_in_version: str | None = None
    advisories: list[Advisory] | None = None
    risk: float | None = None


class RelatedVulnerability(msgspec.Struct, rename="camel", gc=False):
    id: str | None = None
    severity: str | None = None
    description: msgspec.Raw = passing.ABSENT
    cvss: list[Cvss] | None = None
    cwes: list[Weakness] | None = None
    data_source: str | None = None


class Place(msgspec.Struct, gc=False):
    path: str | None = None


class Artifact(msgspec.Struct, gc=False):
    name: str | None = None
    version: str | None = None
    type: str | None = None
    locations: list[Place] | None = None
    purl: str | None = None


class Match(msgspec.Struct, rename="camel", gc=False):
    vulnerability: Vulnerability
    artifact: Artifact
    related_vulnerabilities: list[RelatedVulnerability] | None = None


class IgnoreRule(msgspec.Struct, rename="kebab", gc=False):
    """What was written in a configuration or a VEX document."""

    reason: str | None = None
    fix_state: str | None = None
    vex_status: str | None = None
    vex_justification: str | None = None


class IgnoredMatch(Match, rename="camel", gc=False):
    applied_ignore_rules: list[IgnoreRule] | None = None


class Target(msgspec.Struct, rename="camel"):
    user_input: str | None = None
    image_id: str | None = msgspec.field(name="imageID", default=None)
    tags: list[str] | None = None
    repo_digests: list[str] | None = None


class Source(msgspec.Struct):
    type: str | None = None
    target: str | Target | None = None
    """A path for directories and files, an object for images."""


class Report(msgspec.Struct, rename="camel"):
    matches: list[msgspec.Raw] | None = None
    ignored_matches: list[msgspec.Raw] | None = None
    source: Source | None = None


def sections(report: Report) -> Iterator[Section]:
    """All matches belong to the scanned source; where nothing matches Grype writes an empty list."""
    if report.matches is None:
        yield failed("the report has no matches, not even an empty list", "matches")
        return
    asset = source_asset(report.source or Source())
    yield Section(report.matches, finding, Match, asset=asset, place="matches")
    yield Section(report.ignored_matches or (), ignored, IgnoredMatch, asset=asset, place="ignoredMatches")


def source_asset(source: Source) -> Asset:
    match source.target:
        case Target() as image:
            digests = image.repo_digests or []
            return image_asset(
                image.user_input, *(image.tags or ()), *digests, image.image_id, "anchore_grype", digests=digests
            )
        case str() as path if (folder := path.strip('"')) not in ("", ".", "./") and (name := folder_name(folder)):
            return assets.repository(name, origin="grype")
        case str():
            return assets.repository("anchore_grype", origin="grype")
        case None:
            return assets.container("anchore_grype")


def ignored(record: IgnoredMatch, _: None) -> Dismissed:
    """By the VEX status of a rule that was applied; the state of a fix (``wont-fix``) is the vendor's, and only noted."""
    rules = record.applied_ignore_rules or []
    reason = next((reason for rule in rules if (reason := dismissal(rule.vex_status))), Dismissal.SUPPRESSED)
    said = [joined(rule.reason, rule.vex_status, rule.vex_justification, _fix_state(rule), separator=": ") for rule in rules]
    return Dismissed(finding(record, None), reason, joined(*said, separator="; "))


def _fix_state(rule: IgnoreRule) -> str:
    return f"fix state {rule.fix_state}" if rule.fix_state else ""


def finding(record: Match, _: None) -> Finding:
    vulnerability, artifact, related = record.vulnerability, record.artifact, record.related_vulnerabilities or ()
    name, installed = artifact.name or "", artifact.version or ""
    fixed = (vulnerability.fix.versions if vulnerability.fix else None) or versions(vulnerability.fixed_in_version)
    package = f"{name}@{installed}" if installed else name
    path = next((place.path for place in artifact.locations if place.path), "") if artifact.locations else ""
    ids = [vulnerability.id]
    weaknesses = list(vulnerability.cwes or ())
    for other in related:
        ids.append(other.id)
        weaknesses += other.cwes or ()
    ids += [advisory.id for advisory in vulnerability.advisories or ()]
    rated = severity(vulnerability.severity)
    return Finding(
        name=vulnerability.id or f"Vulnerability in {name}",
        severity=rated if is_rated(rated) else _by_cvss(record),
        description=passing.text(vulnerability.description, *[other.description for other in related]),
        remedy=upgrade(name, installed, fixed),
        location=f"{package} in {path}" if package and path else package or path,
        reference_ids=reference_ids(ids),
        cwes=cwes([weakness.cwe for weakness in weaknesses]) if weaknesses else [],
        packages=[Package(name, installed, "", fixed)] if name else [],
        details=_details(record),
    )


def _by_cvss(record: Match) -> float:
    """Where its word says nothing: its own scores, else the words of what is related (the NVD's entry), else their scores."""
    own, related = record.vulnerability, record.related_vulnerabilities or ()
    old = [cvss for cvss in (own.cvss_v3, own.cvss_v2) if cvss]
    words = (severity(other.severity) for other in related)
    scores = (_newest(other.cvss or ()) for other in related)
    return first_rated(_newest([*(own.cvss or ()), *old]), *words, *scores)


def _newest(given: Iterable[Cvss]) -> float:
    """Of the newest version, the source's that is primary."""
    best, severity = ("", False), UNRATED
    for cvss in given:
        score = cvss.metrics.base_score if cvss.metrics else None
        rated = by_score(score if score is not None else cvss_score(cvss.vector))
        rank = (cvss.version or "", cvss.type == "Primary")
        if is_rated(rated) and (rank > best or not is_rated(severity)):
            best, severity = rank, rated
    return severity


class Details(msgspec.Struct, omit_defaults=True, gc=False):
    url: str | None = None
    references: list[str] = []
    cvss: str | None = None
    epss: float | None = None
    epss_percentile: float | None = None
    risk: float | None = None
    known_exploited: bool = False
    fix_state: str | None = None
    package_type: str | None = None
    purl: str | None = None


def _details(record: Match) -> Details:
    vulnerability, artifact = record.vulnerability, record.artifact
    epss = vulnerability.epss[0] if vulnerability.epss else None
    return Details(
        vulnerability.data_source or None,
        (vulnerability.urls or vulnerability.links or [])[:_LINKS],
        _vector(record),
        (epss.epss or None) if epss else None,
        (epss.percentile or None) if epss else None,
        vulnerability.risk or None,
        bool(vulnerability.known_exploited),
        (vulnerability.fix.state or None) if vulnerability.fix else None,
        artifact.type or None,
        artifact.purl or None,
    )


def _vector(record: Match) -> str | None:
    """One vector of the newest version that there is, the vulnerability's own before those of related ones."""
    own = record.vulnerability
    given = [*(own.cvss or ())]
    for other in record.related_vulnerabilities or ():
        given += other.cvss or ()
    given += [old for old in (own.cvss_v3, own.cvss_v2) if old]
    vector, newest = None, ""
    for score in given:
        if score.vector and (vector is None or (score.version or "") > newest):
            vector, newest = score.vector, score.version or ""
    return vector


FORMAT = Format(
    slug="anchore_grype",
    scanner="Anchore Grype",
    asset_type=AssetType.CONTAINER,
    names=("Anchore Grype", "Anchore Grype detailed"),
    aliases=("grype",),
    variants=(
        JsonVariant(
            JsonSignature(keys={"matches[].vulnerability", "matches[].artifact"}, root="object"),
            Report,
            sections,
        ),
        JsonVariant(JsonSignature(keys={"matches"}, values={"descriptor.name": "grype"}, root="object"), Report, sections),
    ),
    produce="grype registry.example/shop:1 -o json > grype.json",
    sources=(
        "https://github.com/anchore/grype/tree/main/grype/presenter/models",
        "https://github.com/anchore/grype/blob/main/schema/grype",
    ),
)
