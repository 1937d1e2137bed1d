"""What Qualys' reports have in common: levels, hosts, where on a host, and what the knowledge base knows of a QID."""

import functools
import re

from lxml import etree

from scanner.assets import infra, is_ip
from scanner.errors import RecordError
from scanner.families.elements import Fields, child, children
from scanner.model import Asset, Finding
from scanner.normalize.details import details, excerpt
from scanner.normalize.dismissal import Dismissal, dismissal
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.remembering import remembered
from scanner.normalize.severity import CRITICAL, HIGH, INFO, LOW, MEDIUM, severity
from scanner.normalize.text import first, joined, plain

_LEVELS = {
    **dict(zip("12345", (INFO, LOW, MEDIUM, HIGH, CRITICAL), strict=True)),
    # in reports for the payment card industry
    "h": HIGH,
    "m": MEDIUM,
    "l": LOW,
}
_PARAGRAPH = re.compile("<p>", re.IGNORECASE)
"""Qualys writes them between paragraphs and closes none."""
_NOTHING = {"-", "n/a", "none", "'-", "no registered hostname"}
_ON = {"yes", "true", "1"}
_INFORMATIONAL = {"ig", "info"}


def level(text: str, type_: str = "") -> float:
    """Qualys' severity from 1 (minimal) to 5 (urgent), or a word; what was merely gathered (type ``Ig``) is informational."""
    if type_.strip().casefold() in _INFORMATIONAL:
        return INFO
    text = text.strip().casefold()
    return _LEVELS.get(text) or severity(text)


def said(text: str | None) -> str:
    """As plain text; empty for the ways in which Qualys says nothing."""
    return _said(text) if text else ""


@remembered(0)
def _said(text: str) -> str:
    text = plain(_PARAGRAPH.sub("<br><br>", text) if "<" in text else text)
    return "" if text.casefold() in _NOTHING else text


def refuse_message(element: etree._Element, *names: str) -> None:
    """`RecordError` with what Qualys says of the request, where the element is one of its messages and no record."""
    if etree.QName(element).localname in names:
        text = first(Fields(element).one("TEXT"), (element.text or "").strip(), "a message without a text")
        raise RecordError(f"Qualys says: {text}")


@functools.lru_cache(4096)
def qualys_host(*, ip: str = "", dns: str = "", netbios: str = "", os: str = "", network: str = "") -> Asset:
    ip, dns, netbios = said(ip), said(dns), said(netbios)
    named = dns if is_ip(ip) else first(dns, netbios, ip, "qualys")
    return infra(ip=ip if is_ip(ip) else "", hostname=named, os=said(os), netbios=netbios, network=said(network))


def put_aside(status: str, *switches: str) -> Dismissal | None:
    """Why a detection is not open: seen fixed, or one of the switches is on by which people ignore it or disable its QID."""
    if any(switch.strip().casefold() in _ON for switch in switches):
        return Dismissal.SUPPRESSED
    return dismissal(status)


@functools.lru_cache(4096)
def place(port: str, protocol: str, instance: str = "") -> str:
    """Port and protocol, and which of several instances behind it; the host itself without any."""
    number = said(port)
    where = f"{number}/{said(protocol).lower() or 'tcp'}" if number and number != "0" else "host"
    return joined(where, said(instance), separator=" ")


def known_finding(qid: str, known: etree._Element | None, *, type_: str = "", location: str = "", result: str = "") -> Finding:
    """A finding as the knowledge base describes its QID; without a description it is known by its QID alone.

    `RecordError` for one that has none.
    """
    if not qid.strip():
        raise RecordError("a detection without a QID")
    fields = Fields(known)
    cves = [fields_of.one("ID") for fields_of in map(Fields, children(child(known, "CVE_ID_LIST"), "CVE_ID"))]
    vendor = [
        fields_of.one("ID") for fields_of in map(Fields, children(child(known, "VENDOR_REFERENCE_LIST"), "VENDOR_REFERENCE"))
    ]
    cvss2, cvss3 = Fields(child(known, "CVSS_SCORE")), Fields(child(known, "CVSS3_SCORE"))
    return Finding(
        name=plain(fields.one("TITLE")) or f"QID {qid}",
        description=joined(
            said(fields.one("THREAT", "DIAGNOSIS", "DESCRIPTION")), said(fields.one("IMPACT", "CONSEQUENCE")), separator="\n\n"
        ),
        remedy=said(fields.one("SOLUTION")),
        severity=level(fields.one("SEVERITY"), type_),
        location=location,
        reference_ids=advisory_ids(*cves, *vendor),
        cwes=cwes([fields.one("CWE")]),
        details=details(
            qid=qid,
            type=type_,
            category=fields.one("CATEGORY"),
            vendor_references=vendor,
            cvss_score=said(fields.one("CVSS_BASE") or cvss2.one("CVSS_BASE")),
            cvss3_score=said(fields.one("CVSS3_BASE") or cvss3.one("CVSS3_BASE")),
            pci=fields.one("PCI_FLAG") == "1" or None,
            evidence=excerpt(result),
        ),
    )
