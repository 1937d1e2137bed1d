"""CSV of scan reports and results (below lines about the report), of the API's detection list, of PCI; JSON of scan results."""

from functools import cached_property

import msgspec

from scanner.assets import is_ip
from scanner.errors import RecordError
from scanner.families.qualys import level, place, put_aside, qualys_host, said
from scanner.families.qualys_pci import PCI_COLUMNS, PCI_HEADER, PciRow, pci_finding
from scanner.model import Asset, Dismissed, Finding, Located, Occurrence
from scanner.normalize import passing
from scanner.normalize.dates import date
from scanner.normalize.details import details, excerpt
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.identifiers import advisory_ids
from scanner.normalize.text import joined
from scanner.shapes.csv import CsvSignature, CsvVariant
from scanner.shapes.json import JsonSignature
from scanner.shapes.lines import JsonLinesVariant


class Vulnerability(msgspec.Struct, dict=True):
    qid: str = ""
    title: str = ""
    type: str = ""
    severity: str = ""
    cve_id: str = ""
    vendor_reference: str = ""
    cvss: str = ""
    cvss3: str = ""
    threat: str = ""
    impact: str = ""
    solution: str = ""
    category: str = ""
    exploitability: str = ""
    pci: str = ""

    @cached_property
    def finding(self) -> Finding | None:
        """What is the same on every host that has it; None where there is no QID."""
        if not self.qid.strip().isdigit():
            return None
        facts = details(
            qid=self.qid,
            type=self.type,
            category=self.category,
            cvss=said(self.cvss),
            cvss3=said(self.cvss3),
            vendor_reference=said(self.vendor_reference),
            exploitability=excerpt(said(self.exploitability), 500),
            pci=self.pci,
        )
        return Finding(
            name=said(self.title) or f"QID {self.qid}",
            description=passing.shared(joined(said(self.threat), said(self.impact))),
            remedy=passing.shared(said(self.solution)),
            severity=level(self.severity, self.type),
            reference_ids=advisory_ids(self.cve_id, self.vendor_reference),
            details=passing.encoded(facts),
        )


class Host(msgspec.Struct, dict=True):
    ip: str = ""
    network: str = ""
    dns: str = ""
    netbios: str = ""
    os: str = ""

    @cached_property
    def asset(self) -> Asset:
        return qualys_host(ip=self.ip, dns=self.dns, netbios=self.netbios, os=self.os, network=self.network)


class Place(msgspec.Struct, dict=True):
    port: str = ""
    protocol: str = ""
    instance: str = ""

    @cached_property
    def location(self) -> str:
        return place(self.port, self.protocol, self.instance)


class Seen(msgspec.Struct, dict=True):
    status: str = ""
    first_detected: str = ""
    ignored: str = ""
    disabled: str = ""

    @cached_property
    def put_aside(self) -> Dismissal | None:
        return put_aside(self.status, self.ignored, self.disabled)

    @cached_property
    def facts(self) -> bytes:
        return passing.members(details(status=self.status, first_detected=date(self.first_detected)))


class Row(msgspec.Struct, gc=False):
    vulnerability: Vulnerability
    host: Host
    place: Place
    seen: Seen
    results: str = ""


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
    "ignored": ("Ignored", "Is Ignored"),
    "disabled": ("Disabled", "Is Disabled"),
    "first_detected": ("First Detected", "First Found Datetime"),
    "cvss": ("CVSS Base", "CVSS"),
    "cvss3": ("CVSS3 Base", "CVSS3.1 Base", "CVSS3", "CVSS3.1"),
    "results": ("Results", "Result"),
    "pci": "PCI Vuln",
}


def row_finding(row: Row, _: None) -> Located | None:
    """One detection; a host without any is clean, and the lines below the table are about no host.

    `RecordError` for a detection without a QID.
    """
    known = row.vulnerability.finding
    if known is None and said(row.vulnerability.title) and is_ip(row.host.ip):
        raise RecordError("a detection without a QID")
    if known is None:
        return Located(row.host.asset) if is_ip(row.host.ip) else None
    found = Occurrence(known, row.place.location, excerpt(said(row.results)), row.seen.facts)
    reason = row.seen.put_aside
    return Located(row.host.asset, Dismissed(found, reason) if reason else found)


def record_finding(record: ScanRecord, _: None) -> Located | None:
    said = {name: str(fact) for name, fact in msgspec.structs.asdict(record).items() if fact is not None}
    return row_finding(msgspec.convert({**dict.fromkeys(("vulnerability", "host", "place", "seen"), said), **said}, Row), None)


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
