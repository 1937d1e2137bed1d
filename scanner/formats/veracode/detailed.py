"""Detailed reports in XML: static, dynamic and manual flaws, and components."""

from lxml import etree

from scanner.assets import repository, web
from scanner.errors import RecordError
from scanner.families.checkouts import below_checkout
from scanner.formats.veracode.judging import ACCEPTED, FIXED, LEVELS
from scanner.model import Asset, Dismissed, Finding, Located, Package
from scanner.normalize.dates import date
from scanner.normalize.details import details
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import rating
from scanner.normalize.text import first, joined, plain
from scanner.normalize.urls import site
from scanner.shapes.xml import Tables


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
        severity=rating(said.one("severity"), scale=LEVELS),
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
    if said.one("remediation_status").casefold() in FIXED:
        return Located(asset, Dismissed(finding, Dismissal.FIXED, said.one("remediation_status")))
    if said.one("mitigation_status").casefold() in ACCEPTED:
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
        severity=rating(said.one("severity"), _float(said.one("cvss_score")), scale=LEVELS),
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
