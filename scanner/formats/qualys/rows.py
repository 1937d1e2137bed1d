"""CSV: scan reports and scan results (under lines that describe the report), the API's detection list, and PCI reports."""

import msgspec

from scanner.assets import is_ip
from scanner.families.qualys import level, place, qualys_host, said
from scanner.families.qualys_pci import PCI_COLUMNS, PCI_HEADER, PciRow, pci_finding
from scanner.format import CsvVariant
from scanner.model import Asset, Finding, Located
from scanner.normalize.dates import date
from scanner.normalize.details import details, excerpt
from scanner.normalize.identifiers import advisory_ids
from scanner.normalize.text import joined
from scanner.signatures import CsvSignature


class Row(msgspec.Struct, gc=False):
    ip: str = ""
    network: str = ""
    dns: str = ""
    netbios: str = ""
    os: str = ""
    qid: str = ""
    title: str = ""
    status: str = ""
    type: str = ""
    severity: str = ""
    port: str = ""
    protocol: str = ""
    instance: str = ""
    first_detected: str = ""
    cve_id: str = ""
    vendor_reference: str = ""
    cvss: str = ""
    cvss3: str = ""
    threat: str = ""
    impact: str = ""
    solution: str = ""
    results: str = ""
    category: str = ""
    exploitability: str = ""
    pci: str = ""


COLUMNS: dict[str, str | tuple[str, ...]] = {
    "ip": ("IP", "IP Address"),
    "dns": ("DNS", "DNS Name", "FQDN"),
    "os": ("OS", "Operating System"),
    "status": ("Vuln Status", "Status"),
    "first_detected": ("First Detected", "First Found Datetime"),
    "cvss": ("CVSS Base", "CVSS"),
    "cvss3": ("CVSS3 Base", "CVSS3.1 Base", "CVSS3", "CVSS3.1"),
    "results": ("Results", "Result"),
    "pci": "PCI Vuln",
}


def row_finding(row: Row, _: None) -> Located | None:
    """One detection; a host without any is clean, and the lines below the table are about no host."""
    if not row.qid.strip().isdigit():
        return Located(asset(row)) if is_ip(row.ip) else None
    if row.status.casefold() == "fixed":
        return None
    finding = Finding(
        name=said(row.title) or f"QID {row.qid}",
        description=joined(said(row.threat), said(row.impact)),
        remedy=said(row.solution),
        severity=level(row.severity, row.type),
        location=place(row.port, row.protocol, row.instance),
        reference_ids=advisory_ids(row.cve_id, row.vendor_reference),
        details=details(
            qid=row.qid,
            type=row.type,
            status=row.status,
            category=row.category,
            cvss=said(row.cvss),
            cvss3=said(row.cvss3),
            vendor_reference=said(row.vendor_reference),
            exploitability=excerpt(said(row.exploitability), 500),
            first_detected=date(row.first_detected),
            pci=row.pci,
            evidence=excerpt(said(row.results)),
        ),
    )
    return Located(asset(row), finding)


def asset(row: Row) -> Asset:
    return qualys_host(ip=row.ip, dns=row.dns, netbios=row.netbios, os=row.os, network=row.network)


VARIANTS = (
    CsvVariant(
        signature=CsvSignature(header={"IP", "DNS", "OS", "QID", "Title", "Severity"}),
        record=Row,
        translate=row_finding,
        columns=COLUMNS,
    ),
    CsvVariant(
        signature=CsvSignature(header={"IP Address", "QID", "Type", "Severity", "Status"}, any_of=({"Host ID", "QG HostID"},)),
        record=Row,
        translate=row_finding,
        columns=COLUMNS,
    ),
    CsvVariant(signature=CsvSignature(header=PCI_HEADER), record=PciRow, translate=pci_finding, columns=PCI_COLUMNS),
)
