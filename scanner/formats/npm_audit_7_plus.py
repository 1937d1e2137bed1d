"""``npm audit --json`` of npm 7 and later (``auditReportVersion`` 2): a report of vulnerable packages.

A package is vulnerable by advisories of its own, by what it depends on (``via`` then only has names), or both.
"""

from collections.abc import Iterator

import msgspec

from scanner import assets
from scanner.families.scanned import failed
from scanner.format import Format, Section
from scanner.model import AssetType, Finding, Package
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.severity import cvss_score, rating, severity
from scanner.normalize.text import first, joined
from scanner.shapes.json import JsonSignature, JsonVariant

_ASSET = assets.build("npm_audit_7_plus")
"""The report does not name the project."""
_NODES = 20


class Cvss(msgspec.Struct, rename="camel", gc=False):
    vector_string: str | None = None


class Advisory(msgspec.Struct, gc=False):
    title: str | None = None
    url: str | None = None
    severity: str | None = None
    cwe: list[str] | str | None = None
    cvss: Cvss | None = None
    range: str | None = None


class Fix(msgspec.Struct, rename="camel", gc=False):
    name: str | None = None
    version: str | None = None
    is_sem_ver_major: bool | None = None


class VulnerablePackage(msgspec.Struct, rename="camel", gc=False):
    name: str | None = None
    severity: str | None = None
    is_direct: bool | None = None
    via: list[Advisory | str] | None = None
    range: str | None = None
    nodes: list[str] | None = None
    fix_available: bool | Fix | None = None


class Report(msgspec.Struct, rename="camel"):
    audit_report_version: int
    vulnerabilities: dict[str, msgspec.Raw]


def sections(report: Report) -> Iterator[Section]:
    records = list(report.vulnerabilities.values())
    yield Section(records, findings, VulnerablePackage, asset=_ASSET, place="vulnerabilities")


class Error(msgspec.Struct, gc=False):
    code: str | None = None
    summary: str | None = None
    detail: str | None = None


class ErrorDocument(msgspec.Struct):
    """What npm 6 to 12 write instead of a report."""

    error: Error
    message: str | None = None


def failure(document: ErrorDocument) -> Iterator[Section]:
    error = document.error
    yield failed(joined(document.message, error.code, error.summary, error.detail, separator="; "), "error")


def findings(record: VulnerablePackage, _: None) -> Iterator[Finding]:
    """One per advisory of the package itself; one in all where it only depends on vulnerable packages."""
    advisories = [via for via in record.via or () if isinstance(via, Advisory)]
    if advisories:
        yield from (_advisory_finding(record, advisory) for advisory in advisories)
    else:
        yield _dependent_finding(record)


def _advisory_finding(record: VulnerablePackage, advisory: Advisory) -> Finding:
    ids = advisory_ids(advisory.url)
    score = cvss_score(advisory.cvss.vector_string) if advisory.cvss else None
    name = record.name or ""
    return Finding(
        name=first(*ids, advisory.title, f"Vulnerability in {name}"),
        severity=rating(advisory.severity or record.severity, score),
        description=f"{first(advisory.title, 'Vulnerability')}. Affected versions of {name}: {advisory.range or record.range}.",
        remedy=_remedy(record),
        location=name if ids else f"{name} {advisory.range or ''}".strip(),
        reference_ids=ids,
        cwes=cwes(advisory.cwe if isinstance(advisory.cwe, list) else [advisory.cwe]),
        packages=[_package(record)] if name else [],
        details=_details(record, advisory),
    )


def _dependent_finding(record: VulnerablePackage) -> Finding:
    causes = ", ".join(sorted(via for via in record.via or () if isinstance(via, str)))
    return Finding(
        name=f"Depends on vulnerable versions of {causes or 'a package'}",
        severity=severity(record.severity),
        description=f"{record.name} {record.range or ''} depends on vulnerable versions of {causes}.",
        remedy=_remedy(record),
        location=record.name or "",
        packages=[_package(record)] if record.name else [],
        details=_details(record, None),
    )


def _package(record: VulnerablePackage) -> Package:
    """The report has no installed versions, and a fix only where it is in the package itself."""
    fix = record.fix_available
    own = isinstance(fix, Fix) and fix.name == record.name and fix.version
    return Package(record.name or "", fix_versions=[fix.version] if own and isinstance(fix, Fix) and fix.version else [])


def _remedy(record: VulnerablePackage) -> str:
    match record.fix_available:
        case Fix(name=name, version=version, is_sem_ver_major=major):
            return f"Upgrade {name} to {version}" + (", a breaking change." if major else ".")
        case True:
            return f"Run `npm audit fix`, which upgrades {record.name}."
        case _:
            return f"No fixed version of {record.name} is known yet."


def _details(record: VulnerablePackage, advisory: Advisory | None) -> dict[str, object]:
    facts = {
        "title": advisory.title if advisory else None,
        "url": advisory.url if advisory else None,
        "cvss": advisory.cvss.vector_string if advisory and advisory.cvss else None,
        "range": record.range,
        "direct": record.is_direct,
        "nodes": (record.nodes or [])[:_NODES],
    }
    return {key: value for key, value in facts.items() if value}


FORMAT = Format(
    slug="npm_audit_7_plus",
    scanner="npm audit",
    asset_type=AssetType.BUILD,
    names=("NPM Audit v7+ Scan",),
    variants=(
        JsonVariant(JsonSignature(keys={"auditReportVersion", "vulnerabilities"}, root="object"), Report, sections),
        JsonVariant(JsonSignature(keys={"error.summary", "error.detail"}, root="object"), ErrorDocument, failure),
    ),
    produce="npm audit --json",
    sources=("https://github.com/npm/cli/tree/latest/node_modules/npm-audit-report",),
)
