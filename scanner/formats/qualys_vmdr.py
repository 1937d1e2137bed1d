"""Qualys VMDR's list of vulnerabilities per asset, CSV by QID or by CVE, with or without the lines that describe the report."""

import msgspec

from scanner.errors import RecordError
from scanner.families.qualys import level, place, put_aside, qualys_host, said
from scanner.format import Format
from scanner.model import AssetType, Dismissed, Finding, Located
from scanner.normalize.dates import date
from scanner.normalize.details import details, excerpt
from scanner.normalize.identifiers import advisory_ids
from scanner.normalize.text import joined
from scanner.shapes.csv import CsvSignature, CsvVariant


class Row(msgspec.Struct, gc=False):
    cve: str = ""
    cve_description: str = ""
    cvss3: str = ""
    qid: str = ""
    title: str = ""
    severity: str = ""
    type: str = ""
    protocol: str = ""
    port: str = ""
    status: str = ""
    name: str = ""
    ipv4: str = ""
    ipv6: str = ""
    os: str = ""
    solution: str = ""
    threat: str = ""
    results: str = ""
    category: str = ""
    score: str = ""
    published: str = ""
    first_detected: str = ""
    ignored: str = ""
    disabled: str = ""


COLUMNS: dict[str, str | tuple[str, ...]] = {
    "cve_description": "CVE-Description",
    "cvss3": "CVSSv3.1 Base (nvd)",
    "type": "Type Detected",
    "name": "Asset Name",
    "ipv4": "Asset IPV4",
    "ipv6": "Asset IPV6",
    "os": "Operating System",
    "score": ("QVS Score", "QDS"),
    "published": "Published Date",
}


def row_finding(row: Row, _: None) -> Located:
    """One QID (or one of its CVEs) on an asset; what is fixed, ignored or disabled there is dismissed."""
    if not row.qid:
        raise RecordError("it has no QID")
    finding = Finding(
        name=said(row.title) or f"QID {row.qid}",
        description=joined(said(row.threat), said(row.cve_description)),
        remedy=said(row.solution),
        severity=level(row.severity),
        location=place(row.port, row.protocol),
        reference_ids=advisory_ids(row.cve),
        published_date_time=date(said(row.published)),
        details=details(
            qid=row.qid,
            type=row.type,
            status=row.status,
            category=row.category,
            cvss3_score=said(row.cvss3),
            score=said(row.score),
            first_detected=date(said(row.first_detected)),
            evidence=excerpt(said(row.results)),
        ),
    )
    address = (row.ipv4 or row.ipv6).split(",")[0]
    reason = put_aside(row.status, row.ignored, row.disabled)
    asset = qualys_host(ip=address, dns=row.name, os=row.os)
    return Located(asset, Dismissed(finding, reason) if reason else finding)


FORMAT = Format(
    slug="qualys_vmdr",
    scanner="Qualys VMDR",
    asset_type=AssetType.INFRA,
    variants=(
        CsvVariant(
            signature=CsvSignature(header={"QID", "Title", "Severity", "Asset Name", "Asset IPV4"}),
            record=Row,
            translate=row_finding,
            columns=COLUMNS,
        ),
    ),
    names=("Qualys VMDR",),
    produce="Qualys VMDR: Vulnerabilities, Download, CSV",
    sources=("https://docs.qualys.com/en/vm/latest/",),
)
