"""The same in CSV: one row, one finding; the columns of the common generic import and a few of our own."""

import msgspec

from scanner.formats.generic.asset import AssetEntry, named, suggested
from scanner.formats.generic.facts import is_off, level, make, place, put_aside
from scanner.model import Dismissed, Finding, Located
from scanner.normalize.dates import date
from scanner.normalize.details import lines
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.identifiers import advisory_ids
from scanner.shapes.csv import CsvSignature, CsvVariant


class Row(msgspec.Struct, gc=False):
    title: str = ""
    severity: str = ""
    description: str = ""
    mitigation: str = ""
    impact: str = ""
    references: str = ""
    date: str = ""
    published: str = ""
    ids: str = ""
    cwe: str = ""
    url: str = ""
    param: str = ""
    location: str = ""
    file_path: str = ""
    line: str = ""
    component: str = ""
    version: str = ""
    fixed: str = ""
    asset_type: str = ""
    asset: str = ""
    service: str = ""
    own_id: str = ""
    cvss4: str = ""
    cvss4_score: str = ""
    cvss3: str = ""
    cvss3_score: str = ""
    epss_score: str = ""
    epss_percentile: str = ""
    known_exploited: str = ""
    ransomware_used: str = ""
    kev_date: str = ""
    tags: str = ""
    active: str = ""
    false_positive: str = ""
    duplicate: str = ""
    mitigated: str = ""
    risk_accepted: str = ""


def _open_or_not(row: Row, found: Finding) -> Finding | Dismissed:
    """By what a tracker has decided."""
    reason = put_aside(
        (row.false_positive, Dismissal.FALSE_POSITIVE),
        (row.duplicate, Dismissal.DUPLICATE),
        (row.risk_accepted, Dismissal.RISK_ACCEPTED),
        (row.mitigated, Dismissal.FIXED),
        (is_off(row.active), Dismissal.SUPPRESSED),
    )
    return found if reason is None else Dismissed(found, reason)


def finding(row: Row, _: None) -> Located:
    url = row.url.split()[0] if row.url.split() else ""
    vectors = [row.cvss4, row.cvss3]
    made = make(
        title=row.title,
        severity=level(row.severity, [float(score) for score in (row.cvss4_score, row.cvss3_score) if score], vectors),
        description=row.description,
        impact=row.impact,
        remedy=row.mitigation,
        location=place(
            location=row.location,
            url=url,
            param=row.param,
            file_path=row.file_path,
            line=row.line,
            component=row.component,
            version=row.version,
            own_id=row.own_id,
        ),
        ids=advisory_ids(row.ids),
        weaknesses=row.cwe.replace(",", " ").replace(";", " ").split(),
        published=date(row.published),
        component=row.component,
        version=row.version,
        fixed=row.fixed,
        tags=dict.fromkeys(row.tags.replace(",", " ").split(), "true"),
        facts={
            "found": date(row.date),
            "references": lines(row.references),
            "cvss_vector": row.cvss4 or row.cvss3,
            "epss_score": row.epss_score,
            "epss_percentile": row.epss_percentile,
            "known_exploited": row.known_exploited,
            "ransomware_used": row.ransomware_used,
            "kev_date": row.kev_date,
            "id": row.own_id,
        },
    )
    found = _open_or_not(row, made)
    if row.asset_type:
        return Located(named(AssetEntry(row.asset_type, name=row.asset)), found)
    asset = suggested(url=url, file_path=row.file_path, service=row.service, report=row.asset)
    return Located(asset, found)


VARIANT = CsvVariant(
    signature=CsvSignature(
        header={"Title", "Severity", "Description"},
        any_of=({"CweId", "CWE", "CVE", "Url", "Location", "Asset", "Component name", "File path"},),
    ),
    record=Row,
    translate=finding,
    columns={
        "mitigation": ("Remedy", "Mitigation"),
        "published": ("Publish date", "Published"),
        "ids": ("Vulnerability ids", "Vulnerability id", "CVE"),
        "cwe": ("CweId", "CWE"),
        "url": ("Url", "Endpoint"),
        "file_path": ("File path", "file_path"),
        "component": ("Component name", "component_name", "Component"),
        "version": ("Component version", "component_version", "Version"),
        "fixed": ("Fix version", "fix_version"),
        "asset_type": ("Asset type",),
        "own_id": ("Unique id", "unique_id_from_tool", "vuln_id_from_tool"),
        "cvss4": "CVSSV4",
        "cvss4_score": "CVSSV4_score",
        "cvss3": "CVSSV3",
        "cvss3_score": "CVSSV3_score",
        "epss_score": "epss_score",
        "epss_percentile": "epss_percentile",
        "known_exploited": "known_exploited",
        "ransomware_used": "ransomware_used",
        "kev_date": "kev_date",
        "false_positive": ("FalsePositive", "False positive", "false_p"),
        "mitigated": ("Is mitigated", "is_mitigated"),
        "risk_accepted": ("Risk accepted", "risk_accepted"),
    },
)
