"""``ASSET_DATA_REPORT``: a report made from a template, XML. Detections come first, what their QIDs mean at the end."""

from collections.abc import Iterator, Mapping

from lxml import etree

from scanner.families.elements import Fields, child, children
from scanner.families.qualys import known_finding, place, put_aside, qualys_host, said
from scanner.model import Dismissed, Finding, Located
from scanner.normalize.dates import date
from scanner.normalize.details import details
from scanner.section import Part, each
from scanner.shapes.xml import Tables, XmlSignature, XmlVariant

Glossary = Mapping[str, etree._Element]


def glossary(tables: Tables) -> Glossary:
    """QID → its description."""
    return {Fields(known).one("QID"): known for known in tables["VULN_DETAILS"]}


def host_findings(host: etree._Element, known: Glossary) -> Iterator[Part]:
    """A host with its detections; one without any was scanned and is clean."""
    fields = Fields(host)
    asset = qualys_host(
        ip=fields.one("IP", "IPV6"),
        dns=fields.one("DNS"),
        netbios=fields.one("NETBIOS"),
        os=fields.one("OPERATING_SYSTEM"),
        network=fields.one("NETWORK"),
    )
    yield Located(asset)
    yield from each(
        lambda detection: Located(asset, detection_finding(Fields(detection), known)),
        children(child(host, "VULN_INFO_LIST"), "VULN_INFO"),
    )


def detection_finding(fields: Fields, known: Glossary) -> Finding | Dismissed:
    """A detection, dismissed where Qualys has seen it fixed."""
    qid = fields.one("QID")
    finding = known_finding(
        qid,
        known.get(qid),
        type_=fields.one("TYPE"),
        location=place(fields.one("PORT"), fields.one("PROTOCOL"), fields.one("INSTANCE")),
        result=said(fields.one("RESULT")),
    )
    finding.details |= details(first_found=date(fields.one("FIRST_FOUND")), service=fields.one("SERVICE"))
    reason = put_aside(fields.one("VULN_STATUS"))
    return Dismissed(finding, reason) if reason else finding


VARIANT = XmlVariant(
    signature=XmlSignature(root="ASSET_DATA_REPORT"),
    record="HOST",
    translate=host_findings,
    tables=("VULN_DETAILS",),
    index=glossary,
)
