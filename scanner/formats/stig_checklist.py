"""Checklists of STIG Viewer: ``.ckl`` (XML, version 2) and ``.cklb`` (JSON, version 3)."""

from collections.abc import Iterator
from typing import Any

import msgspec
from lxml import etree

from scanner import assets
from scanner.errors import RecordError
from scanner.families.elements import Fields, child
from scanner.families.records import Record, rest, text, texts, told
from scanner.families.scanned import failed
from scanner.format import Format, Section
from scanner.model import Asset, AssetType, Dismissed, Finding, Located
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.identifiers import advisory_ids
from scanner.normalize.severity import rating
from scanner.normalize.text import first, joined
from scanner.shapes.json import JsonSignature, JsonVariant
from scanner.shapes.xml import XmlSignature, XmlVariant

_OPEN, _NOT_REVIEWED = "open", "notreviewed"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule with what a reviewer has said of it."""

    number: str
    """``V-242376``."""
    id: str
    version: str
    title: str
    severity: str
    discussion: str
    check: str
    fix: str
    status: str
    found: str
    comments: str
    override: str
    stig: str
    ccis: tuple[str, ...]
    rest: dict[str, object]


def _part(rule: Rule) -> Finding | Dismissed | None:
    status = rule.status.casefold().replace("_", "").replace(" ", "")
    if status not in (_OPEN, _NOT_REVIEWED):
        return None
    if not (rule.title or rule.number):
        raise RecordError("it names no rule")
    finding = Finding(
        name=first(rule.title, rule.number),
        description=joined(rule.found, rule.discussion),
        remedy=rule.fix,
        severity=rating(first(rule.override, rule.severity)),
        location=" ".join(filter(None, (rule.version, rule.number or rule.id, f"({rule.stig})" if rule.stig else ""))),
        reference_ids=advisory_ids(rule.title),
        details=told(
            rule.rest,
            rule=rule.id,
            group=rule.number,
            stig=rule.stig,
            status=rule.status,
            check=rule.check,
            ccis=list(rule.ccis),
            comments=rule.comments,
        ),
    )
    return Dismissed(finding, Dismissal.NOT_CHECKED, f"status {rule.status}") if status == _NOT_REVIEWED else finding


_ATTRIBUTES = (
    "Vuln_Num",
    "Rule_ID",
    "Rule_Ver",
    "Rule_Title",
    "Severity",
    "Vuln_Discuss",
    "Check_Content",
    "Fix_Text",
    "CCI_REF",
)


def from_xml(element: etree._Element, _: object) -> Located | None:
    said: dict[str, list[str]] = {}
    for data in element.iterfind("{*}STIG_DATA"):
        fields = Fields(data)
        if value := fields.one("ATTRIBUTE_DATA"):
            said.setdefault(fields.one("VULN_ATTRIBUTE"), []).append(value)
    one = {name: values[0] for name, values in said.items()}
    fields = Fields(element)
    part = _part(
        Rule(
            number=one.get("Vuln_Num", ""),
            id=one.get("Rule_ID", ""),
            version=one.get("Rule_Ver", ""),
            title=one.get("Rule_Title", ""),
            severity=one.get("Severity", ""),
            discussion=one.get("Vuln_Discuss", ""),
            check=one.get("Check_Content", ""),
            fix=one.get("Fix_Text", ""),
            status=fields.one("STATUS"),
            found=fields.one("FINDING_DETAILS"),
            comments=fields.one("COMMENTS"),
            override=fields.one("SEVERITY_OVERRIDE"),
            stig=_stig_title(element.getparent()),
            ccis=tuple(said.get("CCI_REF", ())),
            rest=rest(one, *_ATTRIBUTES),
        )
    )
    root = element.getroottree().getroot()
    of_host = Fields(child(root, "ASSET"))
    asset = _host(
        of_host.one("HOST_NAME"),
        of_host.one("HOST_IP"),
        of_host.one("HOST_FQDN"),
        of_host.one("HOST_MAC"),
        of_host.one("WEB_DB_SITE"),
    )
    return Located(asset, part)


def _stig_title(stig: etree._Element | None) -> str:
    for data in stig.iterfind("{*}STIG_INFO/{*}SI_DATA") if stig is not None else ():
        fields = Fields(data)
        if fields.one("SID_NAME") == "title":
            return fields.one("SID_DATA")
    return ""


def _host(name: str, ip: str, fqdn: str, mac: str, site: str) -> Asset:
    known = first(name, fqdn, "" if ip else first(site, "unknown"))
    return assets.infra(hostname=known, ip="" if known else ip.split(",")[0].strip(), fqdn=fqdn, mac_address=mac)


class Stig(msgspec.Struct):
    display_name: str | None = None
    stig_name: str | None = None
    stig_id: str | None = None
    rules: list[msgspec.Raw] | None = None


class Checklist(msgspec.Struct):
    title: str | None = None
    target_data: Any = None
    stigs: list[Stig] | None = None


def sections(checklist: Checklist) -> Iterator[Section]:
    if checklist.stigs is None:
        yield failed("it has no STIGs", "stigs")
        return
    host = [text(checklist.target_data, name) for name in ("host_name", "ip_address", "fqdn", "mac_address", "web_db_site")]
    asset = _host(*host)
    for stig in checklist.stigs:
        if stig.rules is None:
            yield failed("it has no rules", "stigs[].rules")
            continue
        title = first(stig.display_name, stig.stig_name, stig.stig_id)
        yield Section(stig.rules, from_json, dict, asset=asset, context=title, place="stigs[].rules")


_READ = (
    *("group_id", "group_id_src", "rule_id", "rule_id_src", "rule_version", "rule_title", "severity", "discussion"),
    *(
        "check_content",
        "fix_text",
        "status",
        "finding_details",
        "comments",
        "overrides",
        "ccis",
        "uuid",
        "stig_uuid",
        "createdAt",
    ),
    *("updatedAt", "group_tree", "group_title", "legacy_ids", "target_key"),
)


def from_json(record: Record, stig: str) -> Finding | Dismissed | None:
    override = text(record, "overrides.severity.severity")
    return _part(
        Rule(
            number=text(record, "group_id_src", "group_id"),
            id=text(record, "rule_id_src", "rule_id"),
            version=text(record, "rule_version"),
            title=text(record, "rule_title"),
            severity=text(record, "severity"),
            discussion=text(record, "discussion"),
            check=text(record, "check_content"),
            fix=text(record, "fix_text"),
            status=text(record, "status"),
            found=text(record, "finding_details"),
            comments=text(record, "comments"),
            override=override,
            stig=stig,
            ccis=tuple(texts(record, "ccis")),
            rest=rest(record, *_READ) | {"override": text(record, "overrides.severity.reason")},
        )
    )


FORMAT = Format(
    slug="stig_checklist",
    scanner="STIG Viewer",
    asset_type=AssetType.INFRA,
    names=("STIG Checklist",),
    aliases=("ckl", "cklb", "stig"),
    produce="STIG Viewer: Checklist › Save",
    sources=("https://public.cyber.mil/stigs/srg-stig-tools/", "https://github.com/mitre/ts-inspec-objects"),
    variants=(
        XmlVariant(XmlSignature("CHECKLIST"), record="VULN", translate=from_xml, looked="STIGS"),
        JsonVariant(JsonSignature(keys={"stigs", "target_data"}, root="object"), Checklist, sections),
        JsonVariant(
            JsonSignature(keys={"stigs[].rules[].rule_version", "stigs[].stig_id"}, root="object"), Checklist, sections
        ),
    ),
)
