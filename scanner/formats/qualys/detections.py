"""``HOST_LIST_VM_DETECTION_OUTPUT``: the API's list of detections per host. QIDs without what they mean."""

from collections.abc import Iterator

from lxml import etree

from scanner.families.elements import Fields, child, children
from scanner.families.qualys import level, place, put_aside, qualys_host, refuse_message, said
from scanner.model import Dismissed, Finding, Located
from scanner.normalize.dates import date
from scanner.normalize.details import details, excerpt
from scanner.shapes.xml import Tables, XmlSignature, XmlVariant


def host_findings(host: etree._Element, _: Tables) -> Iterator[Located]:
    """A host with its detections. `RecordError` for a warning, which stands behind a list that is not all there is."""
    refuse_message(host, "WARNING")
    fields = Fields(host)
    asset = qualys_host(
        ip=fields.one("IP", "IPV6"),
        dns=Fields(child(host, "DNS_DATA")).one("FQDN") or fields.one("DNS"),
        netbios=fields.one("NETBIOS"),
        os=fields.one("OS"),
    )
    yield Located(asset)
    for detection in children(child(host, "DETECTION_LIST"), "DETECTION"):
        yield Located(asset, detection_finding(Fields(detection)))


def detection_finding(fields: Fields) -> Finding | Dismissed:
    qid, type_ = fields.one("QID"), fields.one("TYPE")
    finding = Finding(
        name=f"QID {qid}",
        description=excerpt(said(fields.one("RESULTS"))),
        severity=level(fields.one("SEVERITY"), type_),
        location=place(fields.one("PORT"), fields.one("PROTOCOL"), fields.one("INSTANCE")),
        details=details(
            qid=qid,
            type=type_,
            status=fields.one("STATUS"),
            detection_score=fields.one("QDS"),
            first_found=date(fields.one("FIRST_FOUND_DATETIME")),
        ),
    )
    reason = put_aside(fields.one("STATUS"), fields.one("IS_IGNORED"), fields.one("IS_DISABLED"))
    return Dismissed(finding, reason) if reason else finding


VARIANT = XmlVariant(
    signature=XmlSignature(root="HOST_LIST_VM_DETECTION_OUTPUT"),
    record=("HOST", "WARNING"),
    translate=host_findings,
    shard="HOST",
)


def refuse_answer(response: etree._Element, _: Tables) -> None:
    """`RecordError` with the API's words: it answers so instead of with a list."""
    refuse_message(response, "RESPONSE")


ERROR_VARIANT = XmlVariant(signature=XmlSignature(root="SIMPLE_RETURN"), record="RESPONSE", translate=refuse_answer)
