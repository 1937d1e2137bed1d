"""Veracode: detailed reports in XML (static, dynamic and manual flaws, and components), and findings of its REST API in JSON.

Severities go from 5, very high, to 0, informational.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from lxml import etree

from scanner.assets import repository, web
from scanner.errors import RecordError
from scanner.families.checkouts import below_checkout
from scanner.families.records import Record, number, objects, text, texts
from scanner.families.scanned import scanned
from scanner.format import Format, Section
from scanner.model import Asset, AssetType, Dismissed, Finding, Located, Package
from scanner.normalize.dates import date
from scanner.normalize.details import details
from scanner.normalize.dismissal import Dismissal, dismissal
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import CRITICAL, HIGH, INFO, LOW, MEDIUM, cvss_score, rating
from scanner.normalize.text import first, joined, plain
from scanner.normalize.urls import origin, path, site
from scanner.shapes.json import JsonSignature, JsonVariant
from scanner.shapes.xml import Tables, XmlSignature, XmlVariant

_LEVELS = {"5": CRITICAL, "4": HIGH, "3": MEDIUM, "2": LOW, "1": LOW, "0": INFO, "very high": CRITICAL, "very low": LOW}
_STATIC, _DYNAMIC = "STATIC", "DYNAMIC"
_ACCEPTED = frozenset(("accepted", "approved"))
_RESOLUTIONS = {
    "potential_false_positive": Dismissal.FALSE_POSITIVE,
    "false_positive": Dismissal.FALSE_POSITIVE,
    "accept_risk": Dismissal.RISK_ACCEPTED,
    "risk_accepted": Dismissal.RISK_ACCEPTED,
    "library": Dismissal.SUPPRESSED,
}
"""Resolutions of mitigations that were approved; any other is a mitigation that was built in."""
_FIXED = frozenset(("fixed", "cannot reproduce", "closed"))


class Said:
    """Attributes of an element, and texts in it that are attributes of its paragraphs."""

    def __init__(self, element: etree._Element) -> None:
        self._element = element

    def one(self, *names: str) -> str:
        return first(*(self._element.get(name) for name in names))

    def text(self, name: str) -> str:
        found = self._element.find(f"{{*}}{name}")
        return joined(*(each.get("text") for each in found.iter() if each.get("text"))) if found is not None else ""


def element_findings(element: etree._Element, _: Tables) -> Located | list[Located] | None:
    name = etree.QName(element).localname
    root = next(element.iterancestors("{*}detailedreport"), None)
    app = first(root.get("app_name"), root.get("app_id")) if root is not None else ""
    asset = repository(app or "veracode", origin="veracode")
    if name == "component":
        return [Located(asset, vulnerability_finding(each, element)) for each in element.iter("{*}vulnerability")]
    return flaw_finding(element, asset)


def flaw_finding(flaw: etree._Element, asset: Asset) -> Located:
    said = Said(flaw)
    cwe, category = _above(flaw, "cwe"), _above(flaw, "category")
    url = said.one("url")
    if url and site(url):
        asset = web(site(url))
    name = first(said.one("categoryname"), category.one("categoryname") if category else "", cwe.one("cwename") if cwe else "")
    if not name:
        raise RecordError("it has no category")
    file = below_checkout(f"{said.one('sourcefilepath')}{said.one('sourcefile')}").lstrip("/")
    where = ":".join(filter(None, (file, said.one("line")))) if file else joined(url, said.one("vuln_parameter"), separator=" ")
    mitigations = [Said(each) for each in flaw.iter("{*}mitigation")]
    notes = [joined(each.one("action"), each.one("user"), each.one("description"), separator=": ") for each in mitigations]
    finding = Finding(
        name=name,
        severity=rating(said.one("severity"), scale=_LEVELS),
        location=joined(where or said.one("module"), f"[{said.one('issueid')}]" if said.one("issueid") else "", separator=" "),
        description=plain(first(said.one("description"), cwe.text("description") if cwe else "")),
        remedy=category.text("recommendations") if category else "",
        cwes=cwes([first(said.one("cweid"), cwe.one("cweid") if cwe else "")]),
        published_date_time=date(said.one("date_first_occurrence")),
        details=details(
            issue_id=said.one("issueid"),
            kind=etree.QName(flaw.getparent()).localname if flaw.getparent() is not None else "",
            cwe=cwe.one("cwename") if cwe else "",
            type=said.one("type"),
            module=said.one("module"),
            scope=said.one("scope"),
            function=said.one("functionprototype"),
            url=url,
            parameter=said.one("vuln_parameter"),
            status=said.one("remediation_status"),
            mitigation=said.one("mitigation_status_desc", "mitigation_status"),
            mitigations=notes,
            effort=said.one("remediationeffort"),
            exploitability=said.one("exploitLevel"),
            affects_policy=said.one("affects_policy_compliance"),
            note=said.one("note"),
        ),
    )
    if said.one("remediation_status").casefold() in _FIXED:
        return Located(asset, Dismissed(finding, Dismissal.FIXED, said.one("remediation_status")))
    if said.one("mitigation_status").casefold() in _ACCEPTED:
        return Located(asset, Dismissed(finding, _reason(mitigations), "; ".join(notes)))
    return Located(asset, finding)


def _reason(mitigations: list[Said]) -> Dismissal:
    """What was proposed and accepted: a false positive, an accepted risk, or a mitigation."""
    actions = " ".join(each.one("action").casefold() for each in mitigations)
    if "false positive" in actions:
        return Dismissal.FALSE_POSITIVE
    return Dismissal.RISK_ACCEPTED if "risk" in actions else Dismissal.SUPPRESSED


def vulnerability_finding(vulnerability: etree._Element, component: etree._Element) -> Finding | Dismissed:
    said, library = Said(vulnerability), Said(component)
    name, version = library.one("library", "file_name", "library_id"), library.one("version")
    package = ":".join(filter(None, (library.one("vendor"), name))) if library.one("library") else name
    id_ = said.one("cve_id")
    finding = Finding(
        name=id_ or f"Vulnerability of {name}",
        severity=rating(said.one("severity"), _float(said.one("cvss_score")), scale=_LEVELS),
        location=f"{package}@{version}" if version else package,
        description=said.one("cve_summary"),
        remedy=upgrade(package, version, []),
        reference_ids=advisory_ids(id_) or [id_] if id_ else [],
        cwes=cwes([said.one("cwe_id")]),
        published_date_time=date(said.one("first_found_date")),
        packages=[Package(package, version)],
        details=details(
            cvss_score=said.one("cvss_score"),
            file=library.one("file_name"),
            paths=[each.get("value") for each in component.iter("{*}file_path")],
            licenses=[first(each.get("spdx_id"), each.get("name")) for each in component.iter("{*}license")],
            sha1=library.one("sha1"),
            description=library.one("description"),
            affects_policy=said.one("vulnerability_affects_policy_compliance"),
        ),
    )
    is_mitigated = said.one("mitigation").casefold() == "true"
    return Dismissed(finding, Dismissal.SUPPRESSED, said.one("mitigation_type")) if is_mitigated else finding


def _above(flaw: etree._Element, name: str) -> Said | None:
    found = next(flaw.iterancestors(f"{{*}}{name}"), None)
    return Said(found) if found is not None else None


def _float(said: str) -> float | None:
    try:
        return float(said) if said else None
    except ValueError:
        return None


class Findings(msgspec.Struct):
    findings: list[msgspec.Raw] | None = None


class Page(msgspec.Struct):
    embedded: Findings | None = msgspec.field(name="_embedded", default=None)
    findings: list[msgspec.Raw] | None = None


def page_sections(page: Page) -> Iterator[Section]:
    """An application that has nothing has a page without findings."""
    found = page.findings if page.findings is not None else (page.embedded.findings if page.embedded else None)
    yield scanned(repository("veracode", origin="veracode"))
    yield Section(found or [], api_finding, dict[str, Any], place="findings")


def api_finding(record: Record, _: None) -> Located:
    kind = text(record, "scan_type").upper()
    found = _component_finding(record) if kind == "SCA" or text(record, "finding_details.component_filename") else _flaw(record)
    host = text(record, "finding_details.hostname") or site(text(record, "finding_details.url"))
    asset = web(host) if host and kind != _STATIC else repository("veracode", origin="veracode")
    return Located(asset, _judged(found, record))


def _flaw(record: Record) -> Finding:
    category = text(record, "finding_details.finding_category.name", "finding_details.cwe.name")
    if not category:
        raise RecordError("it has no category")
    file = below_checkout(text(record, "finding_details.file_path", "finding_details.file_name")).lstrip("/")
    line = text(record, "finding_details.file_line_number")
    url = text(record, "finding_details.url", "finding_details.path")
    where = (
        ":".join(filter(None, (file, line))) if file else joined(_at(url), text(record, "finding_details.vulnerable_parameter"))
    )
    id_ = text(record, "issue_id")
    return Finding(
        name=category,
        severity=rating(text(record, "finding_details.severity"), scale=_LEVELS),
        location=joined(" ".join(where.split()), f"[{id_}]" if id_ else "", separator=" "),
        description=plain(text(record, "description")),
        cwes=cwes([text(record, "finding_details.cwe.id")]),
        published_date_time=date(text(record, "finding_status.first_found_date")),
        details=_details(
            record,
            cwe=text(record, "finding_details.cwe.name"),
            module=text(record, "finding_details.module"),
            procedure=text(record, "finding_details.procedure"),
            attack_vector=text(record, "finding_details.attack_vector"),
            exploitability=text(record, "finding_details.exploitability"),
            plugin=text(record, "finding_details.plugin"),
            url=url,
            parameter=text(record, "finding_details.vulnerable_parameter"),
        ),
    )


def _at(url: str) -> str:
    """A URL as it is on the next scan too."""
    return f"{origin(url)}{path(url)}" if origin(url) else url


def _component_finding(record: Record) -> Finding:
    id_ = text(record, "finding_details.cve.name")
    file, version = text(record, "finding_details.component_filename"), text(record, "finding_details.version")
    if not file:
        raise RecordError("it names no component")
    scores = (
        number(record, "finding_details.cve.cvss3.score"),
        cvss_score(text(record, "finding_details.cve.cvss3.vector")),
        number(record, "finding_details.cve.cvss"),
    )
    paths = [text(each, "path") for each in objects(record, "finding_details.component_path")]
    return Finding(
        name=id_ or f"Vulnerability of {file}",
        severity=rating(text(record, "finding_details.severity"), *scores, scale=_LEVELS),
        location=f"{file}@{version}" if version else file,
        description=text(record, "description"),
        remedy=upgrade(file, version, []),
        reference_ids=[id_] if id_ else [],
        cwes=cwes([text(record, "finding_details.cwe.id")]),
        published_date_time=date(text(record, "finding_status.first_found_date")),
        packages=[Package(file, version)],
        details=_details(
            record,
            cvss=text(record, "finding_details.cve.cvss3.vector", "finding_details.cve.vector"),
            cvss_score=scores[0] or scores[2],
            language=text(record, "finding_details.language"),
            paths=paths,
            licenses=[text(each, "license_id") for each in objects(record, "finding_details.licenses")],
            references=texts(record, "finding_details.cve.href"),
        ),
    )


def _details(record: Record, **facts: object) -> dict[str, object]:
    return details(
        issue_id=text(record, "issue_id"),
        kind=text(record, "scan_type"),
        status=text(record, "finding_status.status"),
        resolution=text(record, "finding_status.resolution"),
        resolution_status=text(record, "finding_status.resolution_status"),
        violates_policy=text(record, "violates_policy"),
        last_seen=date(text(record, "finding_status.last_seen_date")),
        context=text(record, "context_type"),
        notes=[joined(text(each, "action"), text(each, "comment"), separator=": ") for each in objects(record, "annotations")],
        **facts,
    )


def _judged(finding: Finding, record: Record) -> Finding | Dismissed:
    """Closed is what was fixed or mitigated; a resolution counts once it is approved."""
    resolution = text(record, "finding_status.resolution")
    if text(record, "finding_status.resolution_status").casefold() in _ACCEPTED and resolution.casefold() != "unresolved":
        return Dismissed(finding, _RESOLUTIONS.get(resolution.casefold(), Dismissal.SUPPRESSED), resolution)
    if reason := dismissal(text(record, "finding_status.status")):
        return Dismissed(finding, reason, resolution)
    return finding


FORMAT = Format(
    slug="veracode",
    scanner="Veracode",
    asset_type=AssetType.REPOSITORY,
    variants=(
        XmlVariant(
            signature=XmlSignature(root="detailedreport", namespace="veracode"),
            record=("flaw", "component"),
            translate=element_findings,
        ),
        XmlVariant(
            signature=XmlSignature(root="detailedreport", elements={"static-analysis"}),
            record=("flaw", "component"),
            translate=element_findings,
        ),
        JsonVariant(
            JsonSignature(
                keys={
                    "_embedded.findings[].finding_details",
                    "_embedded.findings[].finding_status",
                    "_embedded.findings[].scan_type",
                }
            ),
            Page,
            page_sections,
        ),
        JsonVariant(
            JsonSignature(keys={"findings[].finding_details", "findings[].finding_status", "findings[].scan_type"}),
            Page,
            page_sections,
        ),
    ),
    names=("Veracode Scan",),
    produce="Results > Download detailed XML; GET /appsec/v2/applications/<guid>/findings",
    sources=(
        "https://docs.veracode.com/r/c_detailed_xsd",
        "https://analysiscenter.veracode.com/resource/detailedreport.xsd",
        "https://docs.veracode.com/r/c_findings_v2_examples",
    ),
)
