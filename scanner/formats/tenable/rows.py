"""CSV exports: Nessus, Tenable Vulnerability Management (classic and Findings), Security Center and Web App Scanning.

Nessus and Vulnerability Management write one row per CVE of a plugin, all of which are one finding as in their other exports.
Web App Scanning has the header of Nessus and a protocol of http or https.
"""

import re
from collections.abc import Sequence
from functools import cached_property

import msgspec

from scanner.assets import infra, is_ip, web
from scanner.errors import RecordError
from scanner.formats.tenable.plugins import level, page, put_aside, references, said, weaknesses
from scanner.model import Asset, Dismissed, Finding, Located, Occurrence
from scanner.normalize import passing
from scanner.normalize.dates import date
from scanner.normalize.details import details, excerpt, lines
from scanner.normalize.identifiers import cwes
from scanner.normalize.text import first, joined
from scanner.normalize.urls import path, site
from scanner.shapes.csv import CsvSignature, CsvVariant

_CHECK = re.compile(r'^"(?P<name>.+?)"\s*:\s*\[\w+\]')
"""How the description of a compliance check starts: its own name, and the result."""
_WEB_PROTOCOLS = ("http", "https")
_MOST_KNOWN = 16
_XREF_END = re.compile(r"[;,\n]")


class Plugin(msgspec.Struct, dict=True):
    plugin_id: str = ""
    name: str = ""
    family: str = ""
    cwe: str = ""
    risk: str = ""
    severity: str = ""
    synopsis: str = ""
    description: str = ""
    solution: str = ""
    see_also: str = ""
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

    @cached_property
    def known(self) -> dict[str, Finding]:
        """By CVEs."""
        return {}


class Host(msgspec.Struct, dict=True):
    host: str = ""
    ip: str = ""
    fqdn: str = ""
    netbios: str = ""
    mac_address: str = ""
    os: str = ""

    @cached_property
    def asset(self) -> Asset:
        ip = first(self.ip.split(",")[0].strip(), self.host if is_ip(self.host) else "")
        hostname = first("" if is_ip(self.host) else self.host, self.fqdn, self.netbios)
        return infra(
            ip=ip,
            hostname=hostname or ("" if ip else "tenable"),
            fqdn=self.fqdn,
            os=self.os,
            netbios=self.netbios,
            mac_address=self.mac_address,
        )


class Port(msgspec.Struct, dict=True):
    protocol: str = ""
    port: str = ""

    @cached_property
    def is_web(self) -> bool:
        return self.protocol.casefold() in _WEB_PROTOCOLS

    @cached_property
    def location(self) -> str:
        return f"{self.port or '0'}/{(self.protocol or 'tcp').lower()}"


class Row(msgspec.Struct, gc=False):
    plugin: Plugin
    host: Host
    port: Port
    cve: str = ""
    output: str = ""
    state: str = ""
    accepted: str = ""


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
    "accepted": ("Accept Risk?", "Severity Modification Type", "severity_modification_type"),
}


TOGETHER = (
    *("plugin.plugin_id", "host.host", "host.ip", "port.port", "port.protocol"),
    *("plugin.name", "plugin.risk", "plugin.severity", "state", "accepted", "plugin.description"),
)
"""The checks of an audit are all of one plugin and differ in their description."""


def plugin_findings(rows: tuple[Row, ...], _: None) -> Located | list[Located] | None:
    """A plugin on a port, or on each page where it is about pages. Passed checks are none."""
    row = rows[0]
    plugin = row.plugin
    if plugin.risk.upper() == "PASSED":
        return None
    if not (plugin.name or plugin.plugin_id):
        raise RecordError("it names no plugin")
    if not row.port.is_web:
        return Located(row.host.asset, _open_or_not(plugin_finding(rows, row.port.location), row))
    asset = web(first(site(row.host.host), site(page(row.output)), "tenable"))
    by_location: dict[str, list[Row]] = {}
    for each in rows:
        url = page(each.output)
        by_location.setdefault(path(url) if url else each.port.location, []).append(each)
    return [Located(asset, _open_or_not(plugin_finding(same, where), row)) for where, same in by_location.items()]


def _open_or_not(found: Occurrence, row: Row) -> Occurrence | Dismissed:
    reason = put_aside(row.state, row.accepted, row.plugin.risk)
    return Dismissed(found, reason) if reason else found


def plugin_finding(rows: Sequence[Row], where: str) -> Occurrence:
    plugin = rows[0].plugin
    if len(rows) == 1:
        cves, output = rows[0].cve, rows[0].output
    else:
        cves, output = "\n".join(row.cve for row in rows), joined(*(row.output for row in rows))
    known = plugin.known.get(cves) or known_of(plugin, cves)
    return Occurrence(known, where, excerpt(output))


def known_of(plugin: Plugin, cves: str) -> Finding:
    """What is not known yet of what is the same on every host, known from then on."""
    if len(plugin.known) == _MOST_KNOWN:
        plugin.known.clear()
    known = plugin.known[cves] = _known(plugin, cves)
    return known


def _known(plugin: Plugin, cves: str) -> Finding:
    check = _CHECK.match(plugin.description)
    xrefs = _XREF_END.split(plugin.xref)
    facts = details(
        plugin_id=plugin.plugin_id,
        plugin_family=plugin.family,
        cvss3_score=said(plugin.cvss3_score),
        cvss3_vector=said(plugin.cvss3_vector),
        cvss2_score=said(plugin.cvss2_score),
        cvss2_vector=said(plugin.cvss2_vector),
        vpr_score=said(plugin.vpr),
        epss_score=said(plugin.epss),
        cpe=lines(plugin.cpe),
        references=lines(plugin.see_also),
    )
    return Finding(
        name=check["name"] if check else first(plugin.name, plugin.plugin_id),
        description=passing.shared(joined(said(plugin.synopsis), plugin.description)),
        remedy=passing.shared(said(plugin.solution)),
        severity=level(plugin.risk, plugin.severity, scores=(plugin.cvss3_score, plugin.cvss2_score)),
        reference_ids=references([cves], xrefs),
        cwes=cwes([*weaknesses(xrefs), *plugin.cwe.split(",")]),
        published_date_time=date(said(plugin.vulnerability_published)) or date(said(plugin.plugin_published)),
        details=passing.encoded(facts),
    )


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
