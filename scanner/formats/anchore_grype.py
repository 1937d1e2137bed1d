"""Grype JSON reports (``grype … -o json``), 0.7 to the current 0.x.

Until 0.1x scores stood in ``cvssV2``/``cvssV3``, links in ``links`` and the fix in ``fixedInVersion``.
"""

from collections.abc import Iterator

import msgspec

from scanner import assets
from scanner.families.images import image_asset
from scanner.format import Format, JsonVariant, Section
from scanner.model import Asset, AssetType, Finding, Package
from scanner.normalize import passing
from scanner.normalize.identifiers import cwes, reference_ids
from scanner.normalize.packages import upgrade, versions
from scanner.normalize.severity import severity
from scanner.signatures import JsonSignature

_LINKS = 20
"""Kernel CVEs have hundreds."""


class Cvss(msgspec.Struct, gc=False):
    version: str | None = None
    vector: str | None = None


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


class Target(msgspec.Struct, rename="camel"):
    user_input: str | None = None
    image_id: str | None = msgspec.field(name="imageID", default=None)
    tags: list[str] | None = None
    repo_digests: list[str] | None = None


class Source(msgspec.Struct):
    type: str | None = None
    target: str | Target | None = None
    """A path for directories and files, an object for images."""


class Report(msgspec.Struct):
    matches: list[msgspec.Raw] | None = None
    source: Source | None = None


def sections(report: Report) -> Iterator[Section]:
    """All matches belong to the scanned source."""
    yield Section(report.matches or (), finding, Match, asset=source_asset(report.source or Source()), place="matches")


def source_asset(source: Source) -> Asset:
    match source.target:
        case Target() as image:
            digests = image.repo_digests or []
            return image_asset(
                image.user_input, *(image.tags or ()), *digests, image.image_id, "anchore_grype", digests=digests
            )
        case str() as path if path.strip('"') not in ("", ".", "./"):
            return assets.repository(path.strip('"'), origin="grype")
        case str():
            return assets.repository("anchore_grype", origin="grype")
        case None:
            return assets.container("anchore_grype")


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
    return Finding(
        name=vulnerability.id or f"Vulnerability in {name}",
        severity=severity(vulnerability.severity),
        description=passing.text(vulnerability.description, *[other.description for other in related]),
        remedy=upgrade(name, installed, fixed),
        location=f"{package} in {path}" if package and path else package or path,
        reference_ids=reference_ids(ids),
        cwes=cwes([weakness.cwe for weakness in weaknesses]) if weaknesses else [],
        packages=[Package(name, installed, "", fixed)] if name else [],
        details=_details(record),
    )


class Details(msgspec.Struct, rename="camel", omit_defaults=True, gc=False):
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
        JsonVariant(
            JsonSignature(keys={"matches", "descriptor"}, without={"matches[].Cycle"}, root="object"), Report, sections
        ),
    ),
)
