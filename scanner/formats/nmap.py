"""Nmap's XML (``-oX``): open ports, and what its scripts say of vulnerabilities (``vulners``, the ``vulns`` library, text)."""

import re
from collections.abc import Iterator

from lxml import etree

from scanner import assets
from scanner.errors import RecordError
from scanner.families.elements import child, children
from scanner.families.records import rest, told
from scanner.format import Format
from scanner.model import Asset, AssetType, Dismissed, Finding, Located, Package
from scanner.normalize.dates import date
from scanner.normalize.details import details, excerpt
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.severity import HIGH, INFO, MEDIUM, UNRATED, by_score, cvss_score, first_rated, is_rated
from scanner.normalize.text import first, joined
from scanner.shapes.xml import XmlSignature, XmlVariant

_VULNERS_LINE = re.compile(
    r"^\s+(?P<id>[\w:.-]{4,80})\s+(?P<cvss>\d{1,2}(?:\.\d)?)\s+(?P<url>https?://\S{1,300})(?P<exploit>\s+\*EXPLOIT\*)?"
)
_VULSCAN_LINE = re.compile(r"^\s*\[(?P<id>[\w-]{3,40})\]\s(?P<title>.{1,300})$")
_SAYS_VULNERABLE = re.compile(r"^\s*(?:State:\s*)?(?:LIKELY )?VULNERABLE\b", re.MULTILINE)
_NOT_VULNERABLE = ("NOT VULNERABLE", "UNKNOWN")


def records(element: etree._Element, _: object) -> Iterator[Located] | None:
    if _tag(element) == "finished":
        if element.get("exit") == "error":
            raise RecordError(element.get("errormsg") or "the scan ended with an error")
        return None
    state = child(element, "status")
    if state is not None and state.get("state") == "down":
        return None
    return _host_parts(element)


def _host_parts(host: etree._Element) -> Iterator[Located]:
    asset = _asset(host)
    yield Located(asset)
    for port in host.iterfind("{*}ports/{*}port"):
        state = child(port, "state")
        if state is None or state.get("state") != "open":
            continue
        where = f"{port.get('portid', '')}/{port.get('protocol', '')}"
        yield Located(asset, _open_port(port, where, state))
        for script in children(port, "script"):
            yield from (Located(asset, part) for part in _script_parts(script, where, port))
    for holder in ("hostscript", "prescript"):
        for script in host.iterfind(f"{{*}}{holder}/{{*}}script"):
            yield from (Located(asset, part) for part in _script_parts(script, "", None))


def _asset(host: etree._Element) -> Asset:
    addresses = {each.get("addrtype", ""): each.get("addr", "") for each in children(host, "address")}
    names = [name for each in host.iterfind("{*}hostnames/{*}hostname") if (name := each.get("name"))]
    ip = first(addresses.get("ipv4"), addresses.get("ipv6"))
    system = next((each.get("name", "") for each in host.iterfind("{*}os/{*}osmatch")), "")
    known = first(*names)
    if not ip and not known:
        known = first(addresses.get("mac"), "unknown")
    return assets.infra(ip=ip, hostname=known, os=system, mac_address=addresses.get("mac", ""))


def _open_port(port: etree._Element, where: str, state: etree._Element) -> Finding:
    service = child(port, "service")
    said: dict[str, str] = {str(k): str(v) for k, v in service.attrib.items()} if service is not None else {}
    name = "/".join(filter(None, (said.get("tunnel", ""), said.get("name", ""))))
    product = " ".join(filter(None, (said.get("product", ""), said.get("version", ""))))
    scripts = {script.get("id", "script"): script.get("output") for script in children(port, "script")}
    return Finding(
        name=f"Open port: {where}",
        severity=INFO,
        description=joined(
            f"The port {where} is {state.get('state')}.",
            f"Service: {name}" if name else "",
            f"Product: {product}" if product else "",
            separator="\n",
        ),
        location=where,
        details=told(
            rest(scripts, under="script"),
            service=name,
            product=said.get("product", ""),
            version=said.get("version", ""),
            extra=said.get("extrainfo", ""),
            state=state.get("state", ""),
            reason=state.get("reason", ""),
            cpes=[cpe.text for cpe in port.iterfind("{*}service/{*}cpe") if cpe.text],
            confidence=said.get("conf", ""),
            os=said.get("ostype", ""),
            device=said.get("devicetype", ""),
        ),
    )


def _script_parts(script: etree._Element, where: str, port: etree._Element | None) -> Iterator[Finding | Dismissed]:
    id_, output = script.get("id", ""), script.get("output", "")
    if id_ == "vulners":
        yield from _vulners(script, where, output, port)
    elif id_ == "vulscan":
        yield from _vulscan(output, where)
    elif tables := [table for table in children(script, "table") if _elem(table, "state")]:
        yield from (_library(table, id_, where) for table in tables)
    elif _SAYS_VULNERABLE.search(output):
        yield Finding(
            name=id_,
            severity=HIGH,
            description=output.strip(),
            location=where,
            reference_ids=advisory_ids(output),
            details={"script": id_, "evidence": excerpt(output)},
        )


def _vulners(script: etree._Element, where: str, output: str, port: etree._Element | None) -> Iterator[Finding]:
    """By its tables where there are any; versions before Nmap 7.80 wrote text alone."""
    seen = False
    for table in children(script, "table"):
        for row in children(table, "table"):
            seen = True
            exploit, kind = _elem(row, "is_exploit") == "true", _elem(row, "type")
            yield _known(
                _elem(row, "id"), _elem(row, "cvss"), table.get("key", ""), where, exploit=exploit, kind=kind, port=port
            )
    cpe = ""
    for line in output.splitlines() if not seen else ():
        if found := _VULNERS_LINE.match(line):
            yield _known(found["id"], found["cvss"], cpe, where, exploit=bool(found["exploit"]), kind="", port=port)
        elif line.strip().startswith("cpe:"):
            cpe = line.strip().rstrip(": ")


def _known(id_: str, cvss: str, cpe: str, where: str, *, exploit: bool, kind: str, port: etree._Element | None) -> Finding:
    """What a database knows of the product that answers."""
    if not id_:
        raise RecordError("a vulnerability without an id")
    service = child(port, "service")
    said: dict[str, str] = {str(k): str(v) for k, v in service.attrib.items()} if service is not None else {}
    package = Package(said.get("product", "") or cpe, said.get("version", ""), cpe if cpe.startswith("cpe:") else "")
    score = float(cvss) if re.fullmatch(r"\d{1,2}(?:\.\d{1,2})?", cvss) else None
    named = joined(package.name, package.version, separator=" ")
    return Finding(
        name=id_,
        severity=by_score(score),
        description=f"{id_} is known of {named or 'the service'}{', and an exploit is public' if exploit else ''}.",
        location=where,
        reference_ids=advisory_ids(id_),
        packages=[package] if package.name else [],
        details=details(
            script="vulners",
            cvss=score,
            cpe=cpe,
            exploit=exploit,
            type=kind,
            references=[f"https://vulners.com/{kind or 'cve'}/{id_}"],
        ),
    )


def _vulscan(output: str, where: str) -> Iterator[Finding]:
    database = ""
    for line in output.splitlines():
        if found := _VULSCAN_LINE.match(line):
            yield Finding(
                name=found["id"],
                severity=UNRATED,
                description=found["title"],
                location=where,
                reference_ids=advisory_ids(found["id"]),
                details=details(script="vulscan", database=database),
            )
        elif line and not line.startswith((" ", "|")) and " - " in line:
            database = line.partition(" - ")[0]


def _library(table: etree._Element, script: str, where: str) -> Finding | Dismissed:
    """What scripts write that use Nmap's own library for vulnerabilities."""
    state, title = _elem(table, "state"), first(_elem(table, "title"), table.get("key"), script)
    ids = [text for each in children(table, "table") if each.get("key") == "ids" for text in _elems(each)]
    scores = [text for each in children(table, "table") if each.get("key") == "scores" for text in _elems(each)]
    known = [id_.replace("CVE:CVE", "CVE") for id_ in ids] or [table.get("key", "")]
    risk = _elem(table, "risk_factor").partition(" ")[0]
    rated = first_rated(*(by_score(cvss_score(each) or _number(each)) for each in scores))
    word = {"High": HIGH, "Medium": MEDIUM, "Low": 2.0}.get(
        risk, HIGH if state.startswith(("VULNERABLE", "LIKELY")) else UNRATED
    )
    finding = Finding(
        name=title,
        severity=rated if is_rated(rated) else word,
        description=joined(*_texts_at(table, "description")),
        location=" ".join(filter(None, (where, script))),
        reference_ids=advisory_ids(*known),
        cwes=cwes(ids),
        published_date_time=date(next((_disclosed(each) for each in table.iterfind(".//{*}table[@key='disclosure']")), "")),
        details=details(
            script=script,
            state=state,
            identifiers=ids,
            scores=scores,
            results=_texts_at(table, "exploit_results") + _texts_at(table, "check_results") + _texts_at(table, "extra_info"),
            references=_texts_at(table, "refs"),
        ),
    )
    return Dismissed(finding, Dismissal.NOT_AFFECTED, state) if state.startswith(_NOT_VULNERABLE) else finding


def _disclosed(table: etree._Element) -> str:
    parts = [_elem(inner, name) for inner in (table, *children(table, "table")) for name in ("year", "month", "day")]
    given = list(filter(None, parts))
    return "-".join(given[:3]) if len(given) >= 3 else ""


def _number(said: str) -> float | None:
    found = re.search(r"\d{1,2}(?:\.\d{1,2})?", said)
    return float(found[0]) if found else None


def _texts_at(table: etree._Element, key: str) -> list[str]:
    return [text for each in children(table, "table") if each.get("key") == key for text in _elems(each)]


def _elems(table: etree._Element) -> list[str]:
    return [text for each in children(table, "elem") if (text := (each.text or "").strip())]


def _elem(table: etree._Element, key: str) -> str:
    return next(((each.text or "").strip() for each in children(table, "elem") if each.get("key") == key), "")


def _tag(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


FORMAT = Format(
    slug="nmap",
    scanner="Nmap",
    asset_type=AssetType.INFRA,
    names=("Nmap Scan",),
    aliases=("nmap_xml",),
    produce="nmap -sV --script vulners -oX report.xml target",
    sources=(
        "https://nmap.org/book/nmap-dtd.html",
        "https://nmap.org/nsedoc/lib/vulns.html",
        "https://nmap.org/nsedoc/scripts/vulners.html",
    ),
    variants=(XmlVariant(XmlSignature("nmaprun"), record=("host", "finished"), translate=records, shard="host"),),
)
