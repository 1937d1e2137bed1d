"""Qualys VMDR's list of vulnerabilities per asset, CSV by QID or by CVE, with or without the lines that describe the report."""

import msgspec

from scanner.errors import RecordError
from scanner.families.qualys import level, place, qualys_host, said
from scanner.format import CsvVariant, Format
from scanner.model import AssetType, Finding, Located, Tag
from scanner.normalize.dates import date
from scanner.normalize.details import details, excerpt
from scanner.normalize.identifiers import advisory_ids
from scanner.normalize.text import joined
from scanner.signatures import CsvSignature


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


def row_finding(row: Row, _: None) -> Located | None:
    """One QID (or one of its CVEs) on an asset; what the list shows as fixed is a finding too, and says so in a tag."""
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
        tags=[Tag("fixed", key="status")] if row.status.casefold() == "fixed" else [],
    )
    address = (row.ipv4 or row.ipv6).split(",")[0]
    return Located(qualys_host(ip=address, dns=row.name, os=row.os), finding)


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
)
