"""Clair 4 (``clairctl report -o json``): packages, vulnerabilities and environments by number, and which package has which."""

from collections.abc import Iterator
from typing import Any

import msgspec

from scanner import assets
from scanner.errors import RecordError
from scanner.families.scanned import scanned
from scanner.format import Format, Section
from scanner.model import AssetType, Finding, Package
from scanner.normalize.dates import date
from scanner.normalize.details import details
from scanner.normalize.identifiers import advisory_ids, reference_ids
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import CRITICAL, HIGH, INFO, LOW, MEDIUM, UNRATED, rating
from scanner.normalize.text import first
from scanner.shapes.json import JsonSignature, JsonVariant

_LEVELS = {"critical": CRITICAL, "high": HIGH, "medium": MEDIUM, "low": LOW, "negligible": INFO, "unknown": UNRATED}


class Distribution(msgspec.Struct):
    pretty_name: str | None = None


class Vulnerability(msgspec.Struct):
    id: str | None = None
    name: str | None = None
    description: str | None = None
    issued: str | None = None
    links: str | None = None
    severity: str | None = None
    normalized_severity: str | None = None
    fixed_in_version: str | None = None
    updater: str | None = None
    distribution: Distribution | None = None


class Installed(msgspec.Struct):
    name: str | None = None
    version: str | None = None
    cpe: str | None = None


class Environment(msgspec.Struct):
    package_db: str | None = None
    introduced_in: str | None = None


class Report(msgspec.Struct):
    manifest_hash: str | None = None
    packages: dict[str, Installed] | None = None
    vulnerabilities: dict[str, Vulnerability] | None = None
    package_vulnerabilities: dict[str, list[str]] | None = None
    environments: dict[str, list[Environment]] | None = None


Pair = tuple[Installed, Vulnerability, list[Environment]]


def sections(report: Report) -> Iterator[Section]:
    """It is named by the digest of its manifest: a report knows no tag."""
    asset = assets.container(first(report.manifest_hash, "clair"), digest=report.manifest_hash or "", origin="Clair")
    if report.packages is not None:
        yield scanned(asset)
    yield Section(list(_pairs(report)), finding, asset=asset, place="package_vulnerabilities")


def _pairs(report: Report) -> Iterator[Pair | str]:
    packages, vulnerabilities = report.packages or {}, report.vulnerabilities or {}
    for number, ids in (report.package_vulnerabilities or {}).items():
        for id_ in ids:
            if number in packages and id_ in vulnerabilities:
                yield packages[number], vulnerabilities[id_], (report.environments or {}).get(number) or []
            else:
                yield f"the report has no package {number} or no vulnerability {id_}"


def finding(pair: Any, _: None) -> Finding:
    if isinstance(pair, str):
        raise RecordError(pair)
    package, vulnerability, environments = pair
    name, version = package.name or "", package.version or ""
    fixed = [vulnerability.fixed_in_version] if vulnerability.fixed_in_version else []
    links = (vulnerability.links or "").split()
    ids = reference_ids((*advisory_ids(vulnerability.name), *advisory_ids(*links)))
    return Finding(
        name=first(vulnerability.name, *ids),
        severity=rating(first(vulnerability.normalized_severity, vulnerability.severity), scale=_LEVELS),
        description=first(vulnerability.description, f"{name} {version} has the vulnerability {vulnerability.name}."),
        remedy=upgrade(name, version, fixed),
        location=f"{name}@{version}" if version else name,
        reference_ids=ids,
        published_date_time=date(vulnerability.issued),
        packages=[Package(name, version, package.cpe or "", fixed)] if name else [],
        details=details(
            distribution=vulnerability.distribution.pretty_name if vulnerability.distribution else None,
            severity_of_source=vulnerability.severity,
            source=vulnerability.updater,
            package_db=[each.package_db for each in environments if each.package_db],
            layers=[each.introduced_in for each in environments if each.introduced_in],
            references=links,
        ),
    )


FORMAT = Format(
    slug="clair_v4",
    scanner="Clair",
    asset_type=AssetType.CONTAINER,
    names=("Clair 4 Scan",),
    aliases=("clairctl",),
    produce="clairctl report --out json registry.example/team/app:1.0",
    sources=(
        "https://github.com/quay/claircore/blob/main/vulnerabilityreport.go",
        "https://quay.github.io/clair/reference/api.html",
    ),
    variants=(
        JsonVariant(
            JsonSignature(keys={"manifest_hash", "packages", "package_vulnerabilities", "vulnerabilities"}, root="object"),
            Report,
            sections,
        ),
    ),
)
