"""Burp Suite Professional's and Enterprise's XML report of issues ("Report selected issues", XML), all versions since 1.4."""

import re

from lxml import etree

from scanner.assets import web
from scanner.families.elements import Fields, child, children
from scanner.format import Format
from scanner.model import AssetType, Dismissed, Finding, Located
from scanner.normalize.details import details, lines
from scanner.normalize.dismissal import Dismissal, dismissal
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.severity import severity
from scanner.normalize.text import first, joined, plain
from scanner.normalize.urls import site
from scanner.shapes.xml import Tables, XmlSignature, XmlVariant

_LINK = re.compile(r'href="([^"]+)"')
_LIBRARY = re.compile(r"<b>(?P<name>[^<>]{1,100})</b>,? version (?:<b>)?(?P<version>\d[\w.+-]{0,40}\w)")
"""How Burp names it: in bold, with its version behind it."""


def issue_finding(issue: etree._Element, _: Tables) -> Located:
    """One issue at one place; those that the tester has marked as false positives are dismissed."""
    fields = Fields(issue)
    host = child(issue, "host")
    origin = fields.one("host")
    items = [plain(item.text) for item in children(child(issue, "issueDetailItems"), "issueDetailItem")]
    classifications = fields.one("vulnerabilityClassifications")
    references = fields.one("references")
    finding = Finding(
        name=first(fields.one("name"), fields.one("type")),
        description=joined(plain(fields.one("issueBackground")), plain(fields.one("issueDetail")), "\n".join(items)),
        remedy=joined(plain(fields.one("remediationBackground")), plain(fields.one("remediationDetail"))),
        severity=severity(fields.one("severity")),
        location=joined(f"{origin}{fields.one('location', 'path')}", _library(fields.one("issueDetail")), separator=" "),
        reference_ids=advisory_ids(fields.one("name"), fields.one("issueDetail"), classifications, references),
        cwes=cwes([classifications]),
        details=details(
            type=fields.one("type"),
            serial_number=fields.one("serialNumber"),
            confidence=fields.one("confidence"),
            path=fields.one("path"),
            ip=host.get("ip") if host is not None else "",
            methods=sorted({request.get("method", "") for request in issue.iterfind("{*}requestresponse/{*}request")} - {""}),
            references=_LINK.findall(references),
            classifications=lines(plain(classifications)),
        ),
    )
    is_false = dismissal(fields.one("severity")) is Dismissal.FALSE_POSITIVE
    issue_or_not = Dismissed(finding, Dismissal.FALSE_POSITIVE) if is_false else finding
    return Located(web(first(site(origin), host.get("ip") if host is not None else "", "burp")), issue_or_not)


def _library(detail: str) -> str:
    """The library that an issue about a script's dependencies is about: one script may hold several, at the same path."""
    found = _LIBRARY.search(detail)
    return f"({plain(found['name'])}@{plain(found['version'])})" if found else ""


FORMAT = Format(
    slug="burp",
    scanner="Burp Suite",
    asset_type=AssetType.WEB,
    variants=(
        XmlVariant(
            signature=XmlSignature(root="issues", text=("burpVersion",)),
            record="issue",
            translate=issue_finding,
            shard="issue",
        ),
    ),
    names=("Burp Scan",),
    aliases=("burp_suite", "burpsuite"),
    produce="Burp Suite: Target, Site map, Issues, Report selected issues, XML",
    sources=("https://portswigger.net/burp/documentation/desktop/tools/target/site-map/reporting",),
)
