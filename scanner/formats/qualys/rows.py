"""CSV of scan reports and results (below lines about the report), of the API's detection list, of PCI; JSON of scan results."""

import msgspec

from scanner.assets import is_ip
from scanner.families.qualys import level, place, qualys_host, said
from scanner.families.qualys_pci import PCI_COLUMNS, PCI_HEADER, PciRow, pci_finding
from scanner.format import CsvVariant, JsonLinesVariant
from scanner.model import Asset, Finding, Located
from scanner.normalize import passing
from scanner.normalize.dates import date
from scanner.normalize.details import details, excerpt
from scanner.normalize.identifiers import advisory_ids
from scanner.normalize.remembering import remembered
from scanner.normalize.text import joined
from scanner.signatures import CsvSignature, JsonSignature


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


Fact = str | int | None


class ScanRecord(msgspec.Struct, gc=False):
    """A row of scan results as the API writes them in JSON. Records about the scan itself have none of these facts."""

    ip: Fact = None
    dns: Fact = None
    netbios: Fact = None
    os: Fact = None
    qid: Fact = None
    title: Fact = None
    type: Fact = None
    severity: Fact = None
    port: Fact = None
    protocol: Fact = None
    instance: Fact = None
    cve_id: Fact = None
    vendor_reference: Fact = None
    threat: Fact = None
    impact: Fact = None
    solution: Fact = None
    results: Fact = None
    category: Fact = None


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
    known = _known(
        row.qid,
        row.title,
        row.type,
        row.severity,
        row.cve_id,
        row.vendor_reference,
        row.cvss,
        row.cvss3,
        row.threat,
        row.impact,
        row.solution,
        row.category,
        row.exploitability,
        row.pci,
    )
    finding = Finding(
        name=known.name,
        description=known.description,
        remedy=known.remedy,
        severity=known.severity,
        location=place(row.port, row.protocol, row.instance),
        reference_ids=known.reference_ids,
        details=passing.details(
            known.facts,
            details(status=row.status, first_detected=date(row.first_detected), evidence=excerpt(said(row.results))),
        ),
    )
    return Located(asset(row), finding)


class Known(msgspec.Struct, gc=False):
    """What is the same on every host that has the vulnerability."""

    name: str
    description: msgspec.Raw | str
    remedy: msgspec.Raw | str
    severity: float
    reference_ids: list[str]
    facts: bytes


@remembered(0, 2)
def _known(
    qid: str,
    title: str,
    type_: str,
    severity: str,
    cve_id: str,
    vendor_reference: str,
    cvss: str,
    cvss3: str,
    threat: str,
    impact: str,
    solution: str,
    category: str,
    exploitability: str,
    pci: str,
) -> Known:
    return Known(
        name=said(title) or f"QID {qid}",
        description=passing.shared(joined(said(threat), said(impact))),
        remedy=passing.shared(said(solution)),
        severity=level(severity, type_),
        reference_ids=advisory_ids(cve_id, vendor_reference),
        facts=passing.members(
            details(
                qid=qid,
                type=type_,
                category=category,
                cvss=said(cvss),
                cvss3=said(cvss3),
                vendor_reference=said(vendor_reference),
                exploitability=excerpt(said(exploitability), 500),
                pci=pci,
            )
        ),
    )


def asset(row: Row) -> Asset:
    return _host(row.ip, row.dns, row.netbios, row.os, row.network)


@remembered(0, 1)
def _host(ip: str, dns: str, netbios: str, os: str, network: str) -> Asset:
    return qualys_host(ip=ip, dns=dns, netbios=netbios, os=os, network=network)


def record_finding(record: ScanRecord, _: None) -> Located | None:
    facts = msgspec.structs.asdict(record)
    return row_finding(Row(**{name: str(fact) for name, fact in facts.items() if fact is not None}), None)


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
    JsonLinesVariant(
        signature=JsonSignature(keys={"ip", "dns", "qid"}, any_of=({"results", "result"},), lines=True),
        record=ScanRecord,
        translate=record_finding,
    ),
    CsvVariant(signature=CsvSignature(header=PCI_HEADER), record=PciRow, translate=pci_finding, columns=PCI_COLUMNS),
)
