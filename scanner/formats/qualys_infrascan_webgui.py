"""``SCAN``: the results of one Qualys scan, as its web interface and the API's version 1 write them (scan-1.dtd)."""

from collections.abc import Iterator

from lxml import etree

from scanner.families.elements import Fields, child, children
from scanner.families.qualys import known_finding, level, place, qualys_host, refuse_message, said
from scanner.format import Format
from scanner.model import AssetType, Finding, Located
from scanner.normalize.identifiers import advisory_ids
from scanner.normalize.text import first
from scanner.section import Part, each
from scanner.shapes.xml import Tables, XmlSignature, XmlVariant


def host_findings(host: etree._Element, _: Tables) -> Iterator[Part]:
    """A host with its confirmed vulnerabilities; potential ones (PRACTICE), services and gathered facts are not findings.

    `RecordError` for an error of the scan, which stands beside the hosts or instead of them.
    """
    refuse_message(host, "ERROR")
    fields = Fields(host)
    asset = qualys_host(
        ip=host.get("value", ""), dns=host.get("name", ""), netbios=fields.one("NETBIOS_HOSTNAME"), os=fields.one("OS")
    )
    yield Located(asset)
    categories = children(child(host, "VULNS"), "CAT")
    vulnerabilities = ((category, vulnerability) for category in categories for vulnerability in children(category, "VULN"))
    yield from each(lambda both: Located(asset, vulnerability_finding(*both)), vulnerabilities)


def vulnerability_finding(category: etree._Element, vulnerability: etree._Element) -> Finding:
    finding = known_finding(
        vulnerability.get("number", ""),
        vulnerability,
        location=place(first(category.get("port"), vulnerability.get("port")), category.get("protocol", "")),
        result=said(Fields(vulnerability).one("RESULT")),
    )
    finding.severity = level(vulnerability.get("severity", ""))
    finding.reference_ids = finding.reference_ids or advisory_ids(vulnerability.get("cveid"))
    finding.details["category"] = category.get("value", "")
    return finding


FORMAT = Format(
    slug="qualys_infrascan_webgui",
    scanner="Qualys VM",
    asset_type=AssetType.INFRA,
    variants=tuple(
        XmlVariant(signature=signature, record=("IP", "ERROR"), translate=host_findings, shard="IP")
        for signature in (
            XmlSignature(root="SCAN", text=("scan-1.dtd",)),
            XmlSignature(root="SCAN", elements={"HEADER", "IP"}),
        )
    ),
    names=("Qualys Infrastructure Scan (WebGUI XML)",),
    aliases=("qualys_scan_results",),
    produce="Qualys VM: Scans, a scan, Download, XML",
    sources=("https://docs.qualys.com/en/vm/api/scans/vm_scans.htm",),
)
