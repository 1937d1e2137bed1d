"""AppScan's XML reports: of AppScan Standard (IBM's and HCL's), and of AppScan on Cloud and 360° (dynamic and static analysis).

Issues refer to groups that describe their types, URLs, entities, causes and fixes; what a product does not write is not there.
"""

from lxml import etree

from scanner.assets import repository, web
from scanner.errors import RecordError
from scanner.families.checkouts import below_checkout
from scanner.families.elements import Fields, child, children
from scanner.format import Format
from scanner.model import Asset, AssetType, Dismissed, Finding, Located
from scanner.normalize.dates import date
from scanner.normalize.details import details, excerpt
from scanner.normalize.dismissal import Dismissal, dismissal
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.severity import UNRATED, cvss_score, rating
from scanner.normalize.text import first, joined
from scanner.normalize.urls import origin, path, site
from scanner.shapes.xml import Tables, XmlSignature, XmlVariant

_LEVELS = {"undetermined": UNRATED, "undefined": UNRATED}
_STATES = {"noise": Dismissal.FALSE_POSITIVE, "passed": Dismissal.RISK_ACCEPTED}
_GROUPS = (
    *("issue-type-group", "url-group", "entity-group", "remediation-group", "fix-recommendation-group", "advisory-group"),
    *("cause-group", "security-risk-group", "threat-class-group"),
)


class Groups:
    """Items of the groups by their ids, and what the report says of the scan."""

    def __init__(self, tables: Tables) -> None:
        self._items = {
            name: {item.get("id", ""): item for group in tables[name] for item in children(group, "item")} for name in _GROUPS
        }
        layout = Fields(next(iter(tables["layout"]), None))
        scan = Fields(next(iter(tables["scan-configuration"]), None))
        self.application = layout.one("application-name")
        self.start = scan.one("starting-url")

    def item(self, group: str, id_: str) -> etree._Element | None:
        return self._items[group].get(id_)

    def fields(self, group: str, id_: str) -> Fields:
        return Fields(self.item(group, id_))

    def said(self, group: str, id_: str) -> str:
        """All that an item says."""
        return _said(self.item(group, id_))


def issue_finding(item: etree._Element, groups: Groups) -> Located | None:
    """Items of other groups are no issues."""
    above = item.getparent()
    if above is None or etree.QName(above).localname != "issue-group":
        return None
    fields = Fields(item)
    type_, entity = _ref(item, "issue-type"), groups.fields("entity-group", _ref(item, "entity"))
    about = groups.fields("issue-type-group", type_)
    name = first(fields.one("issue-type-name"), about.one("name"), type_)
    if not name:
        raise RecordError("it is of no type")
    url = first(groups.fields("url-group", _ref(item, "url")).one("name"), entity.one("url-name"), fields.one("location"))
    is_code = fields.one("technology").upper() in ("SAST", "SCA", "IAC") or not site_of(url)
    advisory = child(groups.item("advisory-group", first(_ref(item, "advisory"), type_)), "advisory")
    variants = [Fields(each) for each in item.iterfind("{*}variant-group/{*}item")]
    scores = (_float(fields.one("cvss-score", "cvss")), cvss_score(_vector(item)))
    finding = Finding(
        name=name,
        severity=rating(fields.one("severity"), *scores, scale=_LEVELS),
        location=_code_place(item, fields) if is_code else _web_place(url, fields, entity),
        description=joined(
            *(each.one("reasoning") for each in variants[:1]),
            _said(child(advisory, "testTechnicalDescription")),
            *(_said(each) for each in item.iterfind("{*}variant-group/{*}item/{*}issue-information/{*}method-signature")),
        ),
        remedy=_remedy(item, groups, type_),
        reference_ids=advisory_ids(item.get("cve"), *about.all("cve"), fields.one("cve")),
        cwes=cwes([*_refs(item, "cwe"), *fields.all("cwe"), *about.all("cwe")]),
        published_date_time=date(fields.one("date-created")),
        details=details(
            type=type_,
            id=fields.one("asoc-issue-id"),
            technology=fields.one("technology"),
            status=fields.one("status"),
            url=url if not is_code else "",
            entity=first(entity.one("name"), fields.one("element")),
            entity_type=first(entity.one("entity-type"), fields.one("element-type")),
            cvss=_vector(item),
            cvss_score=fields.one("cvss-score", "cvss"),
            threat_class=first(groups.said("threat-class-group", _ref(item, "threat-class")), _ref(item, "threat-class")),
            causes=[first(groups.said("cause-group", each), each) for each in _refs(item, "cause-id")],
            risks=[first(groups.said("security-risk-group", each), each) for each in _refs(item, "security-risks")],
            language=item.get("language"),
            caller=item.get("caller"),
            variants=len(variants) if len(variants) > 1 else None,
            evidence=excerpt(first(item.get("context"), *(each.one("test-http-traffic") for each in variants))),
        ),
    )
    return Located(_asset(url, is_code, fields, groups), _judged(finding, fields.one("status")))


def site_of(url: str) -> str:
    return site(url) if "://" in url else ""


def _asset(url: str, is_code: bool, fields: Fields, groups: Groups) -> Asset:
    if is_code:
        return repository(groups.application or "hcl_appscan", origin="hcl_appscan")
    return web(first(site_of(url), fields.one("host", "domain"), site(groups.start), "hcl_appscan"))


def _code_place(item: etree._Element, fields: Fields) -> str:
    file = below_checkout(first(fields.one("source-file"), item.get("filename")))
    place = ":".join(filter(None, (file, fields.one("line") if fields.one("line") != "0" else ""))) or fields.one("location")
    told = first(item.get("sink"), item.get("context"), item.get("source"))
    return joined(place, f"({excerpt(told, 120)})" if told else "", separator=" ")


def _web_place(url: str, fields: Fields, entity: Fields) -> str:
    """Without a session in the path, which is another in each scan."""
    told = first(fields.one("element"), entity.one("name"))
    place = f"{origin(url)}{path(url)}".partition(";jsessionid=")[0]
    return joined(place, f"[{told}]" if told else "", separator=" ")


def _remedy(item: etree._Element, groups: Groups, type_: str) -> str:
    fix = groups.item("fix-recommendation-group", first(_ref(item, "fix-recommendation"), type_))
    own = item.find("{*}fix/{*}item")
    return joined(
        groups.fields("remediation-group", _ref(item, "remediation")).one("name"),
        _said(child(fix, "general")),
        Fields(own).one("remediation"),
        _said(child(own, "general")),
    )


def _vector(item: etree._Element) -> str:
    return Fields(child(item, "cvss-vector")).one("vector", "base-vector")


def _judged(finding: Finding, status: str) -> Finding | Dismissed:
    reason = _STATES.get(status.casefold()) or dismissal(status)
    return Dismissed(finding, reason, status) if reason else finding


def _ref(item: etree._Element, name: str) -> str:
    return next(iter(_refs(item, name)), "")


def _refs(item: etree._Element, name: str) -> list[str]:
    found = (each.text.strip() for each in item.iterfind(f"{{*}}{name}/{{*}}ref") if each.text)
    return [each for each in found if each]


def _said(element: etree._Element | None) -> str:
    """All texts in it, each in a line."""
    lines = (str(text).strip() for text in element.itertext()) if element is not None else ()
    return "\n".join(filter(None, lines))


def _float(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


FORMAT = Format(
    slug="hcl_appscan",
    scanner="HCL AppScan",
    asset_type=AssetType.WEB,
    variants=(
        XmlVariant(
            signature=XmlSignature(root="xml-report"),
            record="item",
            translate=issue_finding,
            tables=(*_GROUPS, "layout", "scan-configuration"),
            index=Groups,
            looked="issue-group",
        ),
    ),
    names=("HCLAppScan XML", "HCL AppScan on Cloud SAST XML", "IBM AppScan DAST"),
    aliases=("hcl_asoc_sast", "ibm_app", "appscan", "ibm_appscan", "hcl_asoc"),
    produce="AppScan on Cloud: Application > Report > XML; AppScan Standard: Report > Export > Full report XML",
    sources=(
        "https://help.hcl-software.com/appscan/ASoC/Reports.html",
        "https://help.hcl-software.com/appscan/Standard/index.html",
        "https://github.com/DefectDojo/django-DefectDojo/tree/master/unittests/scans/hcl_appscan",
    ),
)
