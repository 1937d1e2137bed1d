"""CSV exports: Nessus, Tenable Vulnerability Management (classic and Findings), Security Center and Web App Scanning.

Nessus and Vulnerability Management write one row per CVE of a plugin, all of which are one finding as in their other exports.
Web App Scanning has the header of Nessus and a protocol of http or https.
"""

import re
from collections.abc import Sequence

import msgspec

from scanner.assets import infra, is_ip, web
from scanner.errors import RecordError
from scanner.format import CsvVariant
from scanner.formats.tenable.plugins import level, page, references, said, weaknesses
from scanner.model import Asset, Finding, Located
from scanner.normalize import passing
from scanner.normalize.dates import date
from scanner.normalize.details import details, excerpt, lines
from scanner.normalize.identifiers import cwes
from scanner.normalize.remembering import remembered
from scanner.normalize.text import first, joined
from scanner.normalize.urls import path, site
from scanner.signatures import CsvSignature

_CHECK = re.compile(r'^"(?P<name>.+?)"\s*:\s*\[\w+\]')
"""How the description of a compliance check starts: its own name, and the result."""
_WEB_PROTOCOLS = ("http", "https")
_XREF_END = re.compile(r"[;,\n]")


class Row(msgspec.Struct, gc=False):
    plugin_id: str = ""
    name: str = ""
    family: str = ""
    cve: str = ""
    cwe: str = ""
    risk: str = ""
    severity: str = ""
    host: str = ""
    ip: str = ""
    fqdn: str = ""
    netbios: str = ""
    mac_address: str = ""
    os: str = ""
    protocol: str = ""
    port: str = ""
    synopsis: str = ""
    description: str = ""
    solution: str = ""
    see_also: str = ""
    output: str = ""
    xref: str = ""
    cpe: str = ""
    cvss3_score: str = ""
    cvss3_vector: str = ""
    cvss2_score: str = ""
    cvss2_vector: str = ""
    vpr: str = ""
    epss: str = ""
    vulnerability_published: str = ""
    plugin_published: str = ""
    state: str = ""


COLUMNS = {
    "plugin_id": ("Plugin ID", "Plugin", "definition.id"),
    "name": ("Name", "Plugin Name", "definition.name"),
    "family": ("Plugin Family", "Family", "definition.family"),
    "cve": ("CVE", "definition.cve"),
    "cwe": ("CWE", "definition.cwe"),
    "host": ("Host", "asset.name", "asset.host_name", "DNS Name"),
    "ip": ("IP Address", "asset.display_ipv4_address", "asset.ipv4_addresses", "asset.display_ipv6_address"),
    "fqdn": ("FQDN", "DNS Name", "asset.display_fqdn"),
    "netbios": ("NetBios", "NetBIOS Name", "asset.netbios_name"),
    "mac_address": ("MAC Address", "asset.display_mac_address"),
    "os": ("OS", "Operating System", "asset.operating_system"),
    "synopsis": ("Synopsis", "definition.synopsis"),
    "description": ("Description", "definition.description"),
    "solution": ("Solution", "Steps to Remediate", "definition.solution"),
    "see_also": ("See Also", "definition.see_also"),
    "output": ("Plugin Output", "Plugin Text", "output"),
    "xref": ("XREF", "Cross References", "definition.references"),
    "cpe": ("CPE", "definition.cpe"),
    "cvss3_score": ("CVSS v3.0 Base Score", "CVSS3 Base Score", "CVSSv3", "definition.cvss3.base_score"),
    "cvss3_vector": ("CVSS3 Vector", "CVSS V3 Vector", "definition.cvss3.base_vector"),
    "cvss2_score": ("CVSS v2.0 Base Score", "CVSS Base Score", "CVSS", "definition.cvss2.base_score"),
    "cvss2_vector": ("CVSS Vector", "CVSS V2 Vector", "definition.cvss2.base_vector"),
    "vpr": ("VPR Score", "Vulnerability Priority Rating", "Vulnerability Priority Rating (VPR)", "definition.vpr.score"),
    "epss": ("EPSS Score", "Exploit Prediction Scoring System (EPSS)", "definition.epss.score"),
    "vulnerability_published": ("Vuln Publication Date", "definition.vulnerability_published"),
    "plugin_published": ("Plugin Publication Date", "definition.plugin_published"),
    "state": ("Vulnerability State", "state"),
}


TOGETHER = ("plugin_id", "name", "host", "ip", "protocol", "port", "risk", "severity", "state", "description")
"""The checks of an audit are all of one plugin and differ in their description."""


def plugin_findings(rows: tuple[Row, ...], _: None) -> Located | list[Located] | None:
    """A plugin on a port, or on each page where it is about pages. Passed checks and what was seen fixed are none."""
    row = rows[0]
    if row.risk.upper() == "PASSED" or row.state.casefold() == "fixed":
        return None
    if not (row.name or row.plugin_id):
        raise RecordError("it names no plugin")
    is_web = row.protocol.casefold() in _WEB_PROTOCOLS
    asset = web_asset(row) if is_web else host_asset(row.host, row.ip, row.fqdn, row.netbios, row.mac_address, row.os)
    if len(rows) == 1 or not is_web:
        return Located(asset, plugin_finding(rows, location(row, is_web=is_web)))
    by_location: dict[str, list[Row]] = {}
    for each in rows:
        by_location.setdefault(location(each, is_web=is_web), []).append(each)
    return [Located(asset, plugin_finding(same, where)) for where, same in by_location.items()]


def plugin_finding(rows: Sequence[Row], where: str) -> Finding:
    row = rows[0]
    known = _known(
        row.plugin_id,
        row.description,
        row.cve if len(rows) == 1 else "\n".join(each.cve for each in rows),
        row.name,
        row.family,
        row.cwe,
        row.risk,
        row.severity,
        row.synopsis,
        row.solution,
        row.see_also,
        row.xref,
        row.cpe,
        row.cvss3_score,
        row.cvss3_vector,
        row.cvss2_score,
        row.cvss2_vector,
        row.vpr,
        row.epss,
        row.vulnerability_published,
        row.plugin_published,
    )
    evidence = excerpt(row.output if len(rows) == 1 else joined(*(each.output for each in rows)))
    return Finding(
        name=known.name,
        description=known.description,
        remedy=known.remedy,
        severity=known.severity,
        location=where,
        reference_ids=known.reference_ids,
        cwes=known.cwes,
        published_date_time=known.published,
        details=passing.details(known.facts, {"evidence": evidence} if evidence else {}),
    )


class Known(msgspec.Struct, gc=False):
    """What is the same on every host on which the plugin found something."""

    name: str
    description: msgspec.Raw | str
    remedy: msgspec.Raw | str
    severity: float
    reference_ids: list[str]
    cwes: list[str]
    published: str
    facts: bytes


@remembered(0, 1, 2)
def _known(
    plugin_id: str,
    description: str,
    cves: str,
    name: str,
    family: str,
    cwe: str,
    risk: str,
    severity: str,
    synopsis: str,
    solution: str,
    see_also: str,
    xref: str,
    cpe: str,
    cvss3_score: str,
    cvss3_vector: str,
    cvss2_score: str,
    cvss2_vector: str,
    vpr: str,
    epss: str,
    vulnerability_published: str,
    plugin_published: str,
) -> Known:
    check = _CHECK.match(description)
    xrefs = _XREF_END.split(xref)
    return Known(
        name=check["name"] if check else first(name, plugin_id),
        description=passing.shared(joined(said(synopsis), description)),
        remedy=passing.shared(said(solution)),
        severity=level(risk, severity),
        reference_ids=references([cves], xrefs),
        cwes=cwes([*weaknesses(xrefs), *cwe.split(",")]),
        published=date(said(vulnerability_published)) or date(said(plugin_published)),
        facts=passing.members(
            details(
                plugin_id=plugin_id,
                plugin_family=family,
                cvss3_score=said(cvss3_score),
                cvss3_vector=said(cvss3_vector),
                cvss2_score=said(cvss2_score),
                cvss2_vector=said(cvss2_vector),
                vpr_score=said(vpr),
                epss_score=said(epss),
                cpe=lines(cpe),
                references=lines(see_also),
            )
        ),
    )


def location(row: Row, *, is_web: bool) -> str:
    url = page(row.output) if is_web else ""
    return path(url) if url else f"{row.port or '0'}/{(row.protocol or 'tcp').lower()}"


@remembered(0, 1)
def host_asset(host: str, addresses: str, fqdn: str, netbios: str, mac_address: str, os: str) -> Asset:
    ip = first(addresses.split(",")[0].strip(), host if is_ip(host) else "")
    hostname = first("" if is_ip(host) else host, fqdn, netbios)
    return infra(
        ip=ip,
        hostname=hostname or ("" if ip else "tenable"),
        fqdn=fqdn,
        os=os,
        netbios=netbios,
        mac_address=mac_address,
    )


def web_asset(row: Row) -> Asset:
    return web(first(site(row.host), site(page(row.output)), "tenable"))


VARIANTS = tuple(
    CsvVariant(signature=signature, record=Row, translate=plugin_findings, columns=COLUMNS, together=TOGETHER)
    for signature in (
        CsvSignature(header={"Plugin ID", "Risk", "Host", "Name"}, any_of=({"Protocol", "Port", "Plugin Output", "Synopsis"},)),
        CsvSignature(
            header={"Plugin", "Plugin Name", "Severity"},
            any_of=({"IP Address", "DNS Name"}, {"Family", "Repository", "Plugin Text", "Plugin Output"}),
        ),
        CsvSignature(
            header={"definition.name", "severity"},
            any_of=(
                {"definition.id", "definition.family", "definition.synopsis"},
                {"asset.name", "asset.id", "asset.host_name"},
            ),
        ),
    )
)
