"""``ASSET_DATA_REPORT``: a report made from a template, XML. Detections come first, what their QIDs mean at the end."""

from collections.abc import Iterator, Mapping

from lxml import etree

from scanner.families.elements import Fields, child, children
from scanner.families.qualys import known_finding, place, qualys_host, said
from scanner.format import Tables, XmlVariant
from scanner.model import Finding, Located
from scanner.normalize.dates import date
from scanner.normalize.details import details
from scanner.signatures import XmlSignature

Glossary = Mapping[str, etree._Element]


def glossary(tables: Tables) -> Glossary:
    """QID → its description."""
    return {Fields(known).one("QID"): known for known in tables["VULN_DETAILS"]}


def host_findings(host: etree._Element, known: Glossary) -> Iterator[Located]:
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
    for detection in children(child(host, "VULN_INFO_LIST"), "VULN_INFO"):
        finding = detection_finding(Fields(detection), known)
        if finding is not None:
            yield Located(asset, finding)


def detection_finding(fields: Fields, known: Glossary) -> Finding | None:
    """A detection that Qualys has seen fixed is none."""
    if fields.one("VULN_STATUS").casefold() == "fixed":
        return None
    qid = fields.one("QID")
    finding = known_finding(
        qid,
        known.get(qid),
        type_=fields.one("TYPE"),
        location=place(fields.one("PORT"), fields.one("PROTOCOL"), fields.one("INSTANCE")),
        result=said(fields.one("RESULT")),
    )
    finding.details |= details(first_found=date(fields.one("FIRST_FOUND")), service=fields.one("SERVICE"))
    return finding


VARIANT = XmlVariant(
    signature=XmlSignature(root="ASSET_DATA_REPORT"),
    record="HOST",
    translate=host_findings,
    tables=("VULN_DETAILS",),
    index=glossary,
)
