"""``NessusClientData``: .nessus exports of Nessus 3 and 4.0, whose items are one text of titled paragraphs.

Line ends within the text are written as ``\\n`` (two characters).
"""

import re
from collections.abc import Iterator

from lxml import etree

from scanner.assets import infra, is_ip
from scanner.families.elements import Fields, children
from scanner.formats.tenable.plugins import level, references, said
from scanner.model import Asset, Finding, Located
from scanner.normalize.details import details, excerpt, lines
from scanner.normalize.identifiers import cwes
from scanner.normalize.text import first, joined
from scanner.shapes.xml import Tables, XmlSignature, XmlVariant

_TITLE = re.compile(
    r"^[ \t]*(Synopsis|Description|Solution|Risk factor|See also|Plugin output|CVE|BID|Other references)\s*:\s*", re.M | re.I
)
_PORT = re.compile(r"^(?:(?P<service>[^(]*)\()?(?P<port>[^/()]+)/(?P<protocol>\w+)\)?$")


def host_findings(host: etree._Element, _: Tables) -> Iterator[Located]:
    asset = host_asset(Fields(host))
    yield Located(asset)
    for item in children(host, "ReportItem"):
        fields = Fields(item)
        if fields.one("pluginID", "pluginName") not in ("", "0"):  # an open port without a plugin is no finding
            yield Located(asset, item_finding(fields))


def host_asset(fields: Fields) -> Asset:
    name = fields.one("HostName")
    known = [text for text in (fields.one("dns_name"), fields.one("netbios_name")) if text != "(unknown)"]
    dns = first(*known).removesuffix("\\n").rstrip(".")
    os = fields.one("os_name")
    return infra(
        ip=name if is_ip(name) else "",
        hostname=dns if is_ip(name) else first(name, dns, "tenable"),
        os="" if os == "(unknown)" else ", ".join(lines(os)),
    )


def item_finding(fields: Fields) -> Finding:
    data = fields.one("data").replace("\\n", "\n")
    parts = paragraphs(data)
    port = _PORT.match(fields.one("port"))
    return Finding(
        name=first(fields.one("pluginName"), fields.one("pluginID")),
        description=joined(parts.get("synopsis"), parts.get("description")) or excerpt(data),
        remedy=said(parts.get("solution", "")),
        severity=level(parts.get("risk factor", "").partition("/")[0], fields.one("severity")),
        location=f"{port['port']}/{port['protocol']}" if port else fields.one("port"),
        reference_ids=references([parts.get("cve", "")], parts.get("other references", "").split(",")),
        cwes=cwes([parts.get("other references")]),
        details=details(
            plugin_id=fields.one("pluginID"),
            service=(port["service"] or "").strip() if port else "",
            references=lines(parts.get("see also")),
            bugtraq=parts.get("bid"),
            evidence=excerpt(parts.get("plugin output")),
        ),
    )


def paragraphs(data: str) -> dict[str, str]:
    """Title in lower case → text of a plugin's paragraphs."""
    pieces = _TITLE.split(data)
    return {title.lower(): text.strip() for title, text in zip(pieces[1::2], pieces[2::2], strict=True)}


VARIANT = XmlVariant(
    signature=XmlSignature(root="NessusClientData"),
    record="ReportHost",
    translate=host_findings,
    shard="ReportHost",
    looked="Report",
)
