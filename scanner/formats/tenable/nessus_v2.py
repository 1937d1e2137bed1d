"""``NessusClientData_v2``: .nessus exports since Nessus 4.2, those of Web App Scanning (``Report type="was"``) included.

Source: Tenable's guide to the Nessus file format. Policies stand before the report and may take megabytes: only the root tells.
"""

from collections.abc import Callable, Iterator

import msgspec
from lxml import etree

from scanner.assets import infra, is_ip, web
from scanner.families.elements import Fields, child, children
from scanner.formats.tenable.plugins import level, page, put_aside, references, said, weaknesses
from scanner.model import Asset, Dismissed, Finding, Located, Occurrence, whole
from scanner.normalize import passing
from scanner.normalize.dates import date
from scanner.normalize.details import details, excerpt, lines
from scanner.normalize.identifiers import cwes
from scanner.normalize.text import first, joined
from scanner.normalize.urls import path, site
from scanner.shapes.xml import Repeated, XmlSignature, XmlVariant

_OUTPUT = ("plugin_output", "compliance-actual-value")
"""What a plugin says of one host."""
_OUTPUT_NAMES = frozenset(_OUTPUT)
_INVENTORY = {"Port scanners", "Service detection"}
"""Families whose informational plugins list what a host has open, one item per port."""
_MOST_KNOWN = 16


def host_findings(host: etree._Element, plugin_of: Callable[[etree._Element], "Plugin"]) -> Iterator[Located]:
    """A host with all its items; a host without any was scanned and is clean.

    What is open on it is one finding per plugin, however many ports: an inventory that changes its ports from scan to scan.
    """
    properties = {tag.get("name", ""): (tag.text or "").strip() for tag in children(child(host, "HostProperties"), "tag")}
    report = host.getparent()
    is_web = properties.get("system-type") == "web_application" or (report is not None and report.get("type") == "was")
    asset = web_asset(host, properties) if is_web else host_asset(host, properties)
    yield Located(asset)
    inventory: dict[str, list[etree._Element]] = {}
    for item in host.iterchildren("{*}ReportItem"):
        if item.get("pluginFamily") in _INVENTORY and item.get("severity") == "0":
            inventory.setdefault(item.get("pluginID", ""), []).append(item)
        elif (finding := item_finding(item, plugin_of(item), is_web=is_web)) is not None:
            yield Located(asset, finding)
    for items in inventory.values():
        yield Located(asset, inventory_finding(items, plugin_of(items[0])))


def host_asset(host: etree._Element, properties: dict[str, str]) -> Asset:
    """``host-ip`` where the scanner says it; the scanned name is either an address or a name."""
    name = host.get("name", "").strip()
    ip = first(properties.get("host-ip"), name if is_ip(name) else "")
    fqdn = first(properties.get("host-fqdn"), properties.get("host-rdns"))
    netbios = properties.get("netbios-name", "")
    hostname = first("" if is_ip(name) else name, fqdn, properties.get("hostname"), netbios)
    return infra(
        ip=ip,
        hostname=hostname or ("" if ip else "tenable"),
        fqdn=fqdn,
        os=", ".join(lines(properties.get("operating-system"))),
        netbios=netbios,
        mac_address=first(*lines(properties.get("mac-address"))),
    )


def web_asset(host: etree._Element, properties: dict[str, str]) -> Asset:
    return web(first(site(host.get("name")), site(properties.get("host-fqdn")), "tenable"))


class Known(msgspec.Struct, gc=False):
    """What is the same on every host on which the plugin found something."""

    finding: Finding
    result: str
    """Of a compliance check."""
    audit: str
    check_id: str
    url: str


class Plugin:
    """What the children of an item say but for its output, and what was made of that for some services."""

    def __init__(self, item: etree._Element) -> None:
        self._fields = Fields(item, without=_OUTPUT_NAMES)
        self._known: dict[tuple[str, ...], Known] = {}

    def known(self, *attributes: str) -> Known:
        known = self._known.get(attributes)
        if known is None:
            if len(self._known) == _MOST_KNOWN:
                self._known.clear()
            known = self._known[attributes] = _known(self._fields, *attributes)
        return known


def item_finding(item: etree._Element, plugin: Plugin, *, is_web: bool) -> Occurrence | Dismissed | None:
    """One plugin on one port, or one compliance check: none where it passed, dismissed where it could not be run."""
    get = item.get
    known = plugin.known(
        get("pluginID", ""), get("pluginName", ""), get("pluginFamily", ""), get("severity", ""), get("svc_name", "")
    )
    if known.result == "PASSED":
        return None
    output = Fields(item).one(*_OUTPUT)
    found = Occurrence(known.finding, location(item, known, output, is_web=is_web), excerpt(output))
    reason = put_aside(compliance_result=known.result)
    return Dismissed(found, reason) if reason else found


def _known(fields: Fields, plugin_id: str, plugin_name: str, family: str, severity: str, service: str) -> Known:
    xrefs = fields.all("xref")
    description = joined(fields.one("synopsis"), fields.one("compliance-info"), fields.one("description"))
    facts = details(
        plugin_id=plugin_id,
        plugin_family=family,
        service=service,
        cvss3_vector=fields.one("cvss3_vector"),
        cvss_vector=fields.one("cvss_vector"),
        cvss_score=_score(fields),
        vpr_score=fields.one("vpr_score"),
        epss_score=fields.one("epss_score"),
        exploit_available=fields.one("exploit_available"),
        cpe=fields.all("cpe"),
        patch_published=date(fields.one("patch_publication_date")),
        compliance_result=fields.one("compliance-result"),
        compliance_expected=excerpt(fields.one("compliance-policy-value")),
        references=[line for text in fields.all("see_also") for line in lines(text)],
    )
    finding = Finding(
        name=first(fields.one("compliance-check-name"), plugin_name, fields.one("plugin_name"), plugin_id),
        description=passing.shared(description),
        remedy=passing.shared(said(fields.one("compliance-solution", "solution"))),
        severity=level(severity, fields.one("risk_factor"), scores=(_score(fields),)),
        reference_ids=references(fields.all("cve"), xrefs),
        cwes=cwes([*fields.all("cwe"), *weaknesses(xrefs)]),
        published_date_time=date(fields.one("vuln_publication_date", "plugin_publication_date")),
        details=passing.encoded(facts),
    )
    return Known(
        finding,
        result=fields.one("compliance-result").upper(),
        audit=fields.one("compliance-audit-file"),
        check_id=fields.one("compliance-check-id"),
        url=fields.one("uri", "url"),
    )


def _score(fields: Fields) -> str:
    return fields.one("cvss3_base_score", "cvssv3", "cvss_base_score", "cvss")


def inventory_finding(items: list[etree._Element], plugin: Plugin) -> Finding | None:
    occurrence = item_finding(items[0], plugin, is_web=False)
    if not isinstance(occurrence, Occurrence):
        return None
    finding = whole(occurrence)
    finding.location = "host"
    ports = [f"{item.get('port')}/{item.get('protocol', '')}" for item in items]
    evidence = excerpt(joined(*(Fields(item).one("plugin_output") for item in items)))
    finding.details = passing.decoded(finding.details) | {"ports": ports, "evidence": evidence}
    return finding


def location(item: etree._Element, known: Known, output: str, *, is_web: bool) -> str:
    """The audit file of a compliance check and the check's id, as checks of one audit share names; the page of a web finding;
    else port and protocol.
    """
    if known.audit:
        return f"{known.audit} [{known.check_id}]" if known.check_id else known.audit
    url = first(known.url, page(output)) if is_web else ""
    return path(url) if url else f"{item.get('port') or '0'}/{(item.get('protocol') or 'tcp').lower()}"


VARIANT = XmlVariant(
    signature=XmlSignature(root="NessusClientData_v2"),
    record="ReportHost",
    translate=host_findings,
    repeated=Repeated("ReportItem", varying=_OUTPUT, known=Plugin),
    shard="ReportHost",
    looked="Report",
)
