"""``Vulnerabilities`` of a Trivy result."""

import msgspec

from scanner.model import Finding, Package
from scanner.normalize.dates import date
from scanner.normalize.identifiers import cwes, reference_ids
from scanner.normalize.packages import upgrade, versions
from scanner.normalize.severity import severity
from scanner.normalize.text import first


class Cvss(msgspec.Struct, gc=False):
    v2: str | None = msgspec.field(name="V2Vector", default=None)
    v3: str | None = msgspec.field(name="V3Vector", default=None)
    v4: str | None = msgspec.field(name="V40Vector", default=None)


class Identifier(msgspec.Struct, gc=False):
    purl: str | None = msgspec.field(name="PURL", default=None)


class Vulnerability(msgspec.Struct, rename="pascal", gc=False):
    id: str | None = msgspec.field(name="VulnerabilityID", default=None)
    vendor_ids: list[str] | None = msgspec.field(name="VendorIDs", default=None)
    pkg_name: str | None = None
    pkg_path: str | None = None
    pkg_identifier: Identifier | None = None
    installed_version: str | None = None
    fixed_version: str | None = None
    status: str | None = None
    severity: str | None = None
    primary_url: str | None = msgspec.field(name="PrimaryURL", default=None)
    title: str | None = None
    description: str | None = None
    cwe_ids: list[str] | None = msgspec.field(name="CweIDs", default=None)
    cvss: dict[str, Cvss | None] | None = msgspec.field(name="CVSS", default=None)
    references: list[str] | None = None
    published_date: str | None = None


def vulnerability_finding(record: Vulnerability, path: str) -> Finding:
    """``path`` is the lock file or binary that names the package; empty for packages of the system."""
    name, installed = record.pkg_name or "", record.installed_version or ""
    fixed = versions(record.fixed_version)
    where = record.pkg_path if record.pkg_path and record.pkg_path not in path else ""
    location = " in ".join(filter(None, (f"{name}@{installed}" if installed else name, where, path)))
    return Finding(
        name=record.id or record.title or f"Vulnerability in {name}",
        severity=severity(record.severity),
        description=first(record.description, record.title),
        remedy=upgrade(name, installed, fixed),
        location=location,
        reference_ids=reference_ids((record.id, *(record.vendor_ids or ()))),
        cwes=cwes(record.cwe_ids or ()),
        published_date_time=date(record.published_date),
        packages=[Package(name, installed, fix_versions=fixed)] if name else [],
        details=_details(record),
    )


def _details(record: Vulnerability) -> dict[str, object]:
    identifier = record.pkg_identifier
    facts = {
        "title": record.title,
        "status": record.status,
        "url": record.primary_url,
        "references": record.references,
        "cvss": _vector(record.cvss),
        "purl": identifier.purl if identifier else None,
    }
    return {key: value for key, value in facts.items() if value}


def _vector(scores: dict[str, Cvss | None] | None) -> str | None:
    """One vector of the newest version, the NVD's where it has one."""
    if not scores:
        return None
    given = [score for score in (scores.get("nvd"), *scores.values()) if score]
    for vectors in ([score.v4 for score in given], [score.v3 for score in given], [score.v2 for score in given]):
        for vector in vectors:
            if vector:
                return vector
    return None
