"""Qualys' CSV report for the payment card industry, which its partners (HackerGuardian) also write."""

import msgspec

from scanner.errors import RecordError
from scanner.families.qualys import level, place, qualys_host, said
from scanner.model import Finding, Located
from scanner.normalize.details import details, excerpt
from scanner.normalize.identifiers import advisory_ids
from scanner.normalize.text import first, joined

PCI_HEADER = {"IP", "HOSTNAME", "QID", "VULN TITLE", "IS_PCI"}
PCI_COLUMNS = {
    "title": "VULN TITLE",
    "os": "OPERATING SYSTEM",
    "pci": "IS_PCI",
    "cvss": "CVSS_BASE",
    "cve": "CVEID",
    "q_severity": "Q_SEVERITY",
}


class PciRow(msgspec.Struct, gc=False):
    ip: str = ""
    hostname: str = ""
    qid: str = ""
    title: str = ""
    type: str = ""
    severity: str = ""
    q_severity: str = ""
    port: str = ""
    protocol: str = ""
    os: str = ""
    pci: str = ""
    threat: str = ""
    impact: str = ""
    solution: str = ""
    cvss: str = ""
    category: str = ""
    result: str = ""
    cve: str = ""


def pci_finding(row: PciRow, _: None) -> Located:
    if not row.qid:
        raise RecordError("it has no QID")
    finding = Finding(
        name=first(said(row.title), f"QID {row.qid}"),
        description=joined(said(row.threat), said(row.impact)),
        remedy=said(row.solution),
        severity=level(row.severity or row.q_severity),
        location=place(row.port, row.protocol),
        reference_ids=advisory_ids(row.cve),
        details=details(
            qid=row.qid,
            type=row.type,
            category=row.category,
            pci=row.pci,
            cvss_score=said(row.cvss),
            evidence=excerpt(said(row.result)),
        ),
    )
    return Located(qualys_host(ip=row.ip, dns=row.hostname, os=row.os), finding)
