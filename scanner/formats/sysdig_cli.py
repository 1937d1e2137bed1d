"""sysdig-cli-scanner: the JSON that it writes (packages and vulnerabilities by id), and the CSV of a scan in the console.

Versions before 1.13 write packages with their vulnerabilities in them.
"""

from collections.abc import Iterator

import msgspec

from scanner import assets
from scanner.families.images import image_asset
from scanner.families.scanned import failed, scanned
from scanner.format import Format, Section
from scanner.model import Asset, AssetType, Dismissed, Finding, Located, Package
from scanner.normalize.dates import date
from scanner.normalize.details import details
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.identifiers import reference_ids
from scanner.normalize.packages import upgrade, versions
from scanner.normalize.severity import CRITICAL, HIGH, INFO, LOW, MEDIUM, cvss_score, rating
from scanner.shapes.csv import CsvSignature, CsvVariant
from scanner.shapes.json import JsonSignature, JsonVariant

_LEVELS = {"critical": CRITICAL, "high": HIGH, "medium": MEDIUM, "low": LOW, "negligible": INFO}


class Row(msgspec.Struct, gc=False):
    """Fields are named like the columns."""

    cve_id: str = ""
    cve_severity: str = ""
    cvss_score: str = ""
    cvss_score_version: str = ""
    package_name: str = ""
    package_version: str = ""
    package_path: str = ""
    package_type: str = ""
    fix_version: str = ""
    cve_url: str = ""
    vuln_disclosure_date: str = ""
    vuln_fix_date: str = ""
    risk_accepted: str = ""
    epss_score: str = ""


def of_row(row: Row, _: None) -> Located:
    """The file does not name the image."""
    found = _made(
        row.cve_id,
        rating(row.cve_severity, _number(row.cvss_score), scale=_LEVELS),
        Installed(row.package_name, row.package_version, row.package_path, row.package_type),
        versions(row.fix_version),
        row.vuln_disclosure_date,
        cvss_score=row.cvss_score,
        cvss_version=row.cvss_score_version,
        fix_date=row.vuln_fix_date,
        epss=row.epss_score,
        references=[row.cve_url] if row.cve_url else None,
    )
    accepted = row.risk_accepted.casefold() == "true"
    return Located(assets.container("sysdig_cli"), _accepted(found) if accepted else found)


class Score(msgspec.Struct, gc=False):
    version: str | None = None
    score: float | None = None
    vector: str | None = None


class Level(msgspec.Struct, gc=False):
    value: str | None = None


class Vulnerability(msgspec.Struct, rename="camel", gc=False):
    name: str
    severity: str | Level | None = None
    cvss_score: Score | None = None
    disclosure_date: str | None = None
    solution_date: str | None = None
    fix_version: str | None = None
    exploitable: bool | None = None
    package_ref: str | None = None
    risk_accept_refs: list[str] | None = None


class Installed(msgspec.Struct, rename="camel", gc=False):
    name: str | None = None
    version: str | None = None
    path: str | None = None
    type: str | None = None
    suggested_fix: str | None = None
    vulns: list[Vulnerability] | None = None
    """Before 1.13."""


class Metadata(msgspec.Struct, rename="camel"):
    pull_string: str | None = None
    digest: str | None = None
    image_id: str | None = None


class Result(msgspec.Struct, rename="camel"):
    metadata: Metadata | None = None
    packages: dict[str, Installed] | list[Installed] | None = None
    vulnerabilities: dict[str, msgspec.Raw] | None = None


class Report(msgspec.Struct):
    result: Result | None = None


def sections(report: Report) -> Iterator[Section]:
    result = report.result or Result()
    if result.packages is None:
        yield failed("the report has no packages, not even an empty list", "result.packages")
        return
    asset = _asset(result.metadata or Metadata())
    yield scanned(asset)
    if isinstance(result.packages, list):
        yield Section(result.packages, of_package, asset=asset, place="result.packages")
        return
    found = list((result.vulnerabilities or {}).values())
    yield Section(found, finding, Vulnerability, asset, result.packages, place="result.vulnerabilities")


def _asset(metadata: Metadata) -> Asset:
    digests = [f"@{metadata.digest}"] if metadata.digest else []
    return image_asset(metadata.pull_string, metadata.image_id, "sysdig_cli", digests=digests)


def of_package(package: Installed, _: None) -> list[Finding | Dismissed]:
    return [_of(vulnerability, package) for vulnerability in package.vulns or ()]


def finding(record: Vulnerability, packages: dict[str, Installed]) -> Finding | Dismissed:
    return _of(record, packages.get(record.package_ref or "") or Installed())


def _of(record: Vulnerability, package: Installed) -> Finding | Dismissed:
    word = record.severity.value if isinstance(record.severity, Level) else record.severity
    score = record.cvss_score or Score()
    found = _made(
        record.name,
        rating(word, cvss_score(score.vector), score.score, scale=_LEVELS),
        package,
        [record.fix_version] if record.fix_version else [],
        record.disclosure_date or "",
        cvss=score.vector,
        exploitable=record.exploitable,
        fix_date=record.solution_date,
        suggested_fix=package.suggested_fix,
    )
    return _accepted(found) if record.risk_accept_refs else found


def _made(name: str, severity: float, package: Installed, fixed: list[str], published: str, **facts: object) -> Finding:
    installed, version, path = package.name or "", package.version or "", package.path or ""
    return Finding(
        name=name,
        severity=severity,
        description=f"{installed} {version} has the vulnerability {name}." if installed else "",
        remedy=upgrade(installed, version, fixed),
        location=" ".join(filter(None, (f"{installed}@{version}" if version else installed, path and f"({path})"))),
        reference_ids=reference_ids((name,)),
        published_date_time=date(published),
        packages=[Package(installed, version, fix_versions=fixed)] if installed else [],
        details=details(type=package.type, path=path, **facts),
    )


def _accepted(finding: Finding) -> Dismissed:
    return Dismissed(finding, Dismissal.RISK_ACCEPTED)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


FORMAT = Format(
    slug="sysdig_cli",
    scanner="Sysdig CLI Scanner",
    asset_type=AssetType.CONTAINER,
    names=("Sysdig CLI Report",),
    aliases=("sysdig_cli_scanner",),
    produce="sysdig-cli-scanner --apiurl … registry.example/team/app:1.0 --output=json-file=report.json",
    sources=("https://docs.sysdig.com/en/sysdig-secure/install-vulnerability-cli-scanner/",),
    variants=(
        CsvVariant(
            CsvSignature({"CVE ID", "CVE Severity", "CVSS Score", "Package Name", "Package Path", "CVE URL"}), Row, of_row
        ),
        JsonVariant(
            JsonSignature(keys={"info", "scanner", "result.packages", "result.metadata"}, root="object"), Report, sections
        ),
        JsonVariant(JsonSignature(keys={"result.packages", "result.metadata.pullString"}, root="object"), Report, sections),
    ),
)
