"""The export API of Tenable Vulnerability Management (``/vulns/export``; web findings too): one JSON record per finding."""

import msgspec

from scanner.assets import infra, web
from scanner.errors import RecordError
from scanner.formats.tenable.plugins import level, put_aside, references, said
from scanner.model import Asset, Dismissed, Finding, Located
from scanner.normalize.dates import date
from scanner.normalize.details import details, excerpt
from scanner.normalize.identifiers import cwes
from scanner.normalize.lists import Texts, texts
from scanner.normalize.text import first, joined
from scanner.normalize.urls import path, site
from scanner.shapes.json import JsonSignature
from scanner.shapes.lines import JsonLinesVariant


class Reference(msgspec.Struct, gc=False):
    type: str | None = None
    id: str | None = None


class Vector(msgspec.Struct, gc=False):
    raw: str | None = None


class Rating(msgspec.Struct, gc=False):
    score: float | None = None


class Plugin(msgspec.Struct, gc=False):
    id: int | str | None = None
    name: str | None = None
    family: str | None = None
    synopsis: str | None = None
    description: str | None = None
    solution: str | None = None
    cve: Texts = None
    cwe: list[int | str | None] | None = None
    xrefs: list[Reference] | None = None
    see_also: Texts = None
    cpe: Texts = None
    cvss3_base_score: float | None = None
    cvss3_vector: Vector | str | None = None
    cvss_base_score: float | None = None
    vpr: Rating | None = None
    vuln_publication_date: str | None = None
    publication_date: str | None = None


class Host(msgspec.Struct, gc=False):
    uuid: str | None = None
    hostname: str | None = None
    fqdn: Texts = None
    ipv4: str | None = None
    ipv6: str | None = None
    netbios_name: Texts = None
    mac_address: Texts = None
    operating_system: Texts = None


class Port(msgspec.Struct, gc=False):
    port: int | None = None
    protocol: str | None = None
    service: str | None = None


class Record(msgspec.Struct, gc=False):
    asset: Host | None = None
    plugin: Plugin | None = None
    port: Port | None = None
    severity: str | None = None
    severity_modification_type: str | None = None
    state: str | None = None
    output: str | None = None
    url: str | None = None
    """Of a web finding, as are the method, the input and the proof."""
    http_method: str | None = None
    input_name: str | None = None
    proof: str | None = None


def record_finding(record: Record, _: None) -> Located:
    plugin, host = record.plugin or Plugin(), record.asset or Host()
    if not (plugin.name or plugin.id):
        raise RecordError("it names no plugin")
    vector = plugin.cvss3_vector
    finding = Finding(
        name=first(plugin.name, str(plugin.id)),
        description=joined(plugin.synopsis, plugin.description),
        remedy=said(plugin.solution or ""),
        severity=level(record.severity or "", scores=(plugin.cvss3_base_score, plugin.cvss_base_score)),
        location=web_location(record) if record.url else host_location(record.port or Port()),
        reference_ids=references(texts(plugin.cve), [f"{xref.type}:{xref.id}" for xref in plugin.xrefs or ()]),
        cwes=cwes(plugin.cwe or ()),
        published_date_time=date(plugin.vuln_publication_date) or date(plugin.publication_date),
        details=details(
            plugin_id=plugin.id,
            plugin_family=plugin.family,
            service=record.port.service if record.port else "",
            cvss3_score=plugin.cvss3_base_score,
            cvss3_vector=vector.raw if isinstance(vector, Vector) else vector,
            cvss2_score=plugin.cvss_base_score,
            vpr_score=plugin.vpr.score if plugin.vpr else None,
            cpe=texts(plugin.cpe),
            references=texts(plugin.see_also),
            evidence=excerpt(joined(record.output, record.proof)),
        ),
    )
    asset = web(first(site(record.url), *texts(host.fqdn), host.ipv4, "tenable")) if record.url else host_asset(host)
    reason = put_aside(record.state or "", record.severity_modification_type or "")
    return Located(asset, Dismissed(finding, reason) if reason else finding)


def web_location(record: Record) -> str:
    parameter = f"[{record.input_name}]" if record.input_name else ""
    return joined(record.http_method, path(record.url), parameter, separator=" ")


def host_location(port: Port) -> str:
    return f"{port.port or 0}/{(port.protocol or 'tcp').lower()}"


def host_asset(host: Host) -> Asset:
    fqdn, netbios = first(*texts(host.fqdn)), first(*texts(host.netbios_name))
    ip = first(host.ipv4, host.ipv6)
    return infra(
        ip=ip,
        hostname=first(host.hostname, fqdn, netbios, host.uuid, "" if ip else "tenable"),
        fqdn=fqdn,
        os=", ".join(texts(host.operating_system)),
        netbios=netbios,
        mac_address=first(*texts(host.mac_address)),
    )


VARIANT = JsonLinesVariant(
    signature=JsonSignature(
        keys={"plugin.id", "plugin.name", "severity"},
        any_of=(
            {"asset.uuid", "asset.hostname", "asset.fqdn", "asset.ipv4"},
            {"severity_id", "state", "scan.uuid", "finding_id"},
        ),
        lines=True,
    ),
    record=Record,
    translate=record_finding,
)
