"""Results of XCCDF 1.1 and 1.2 (``oscap xccdf eval --results``), and of ARF (``--results-arf``), of any SCAP scanner.

The root is the benchmark with its results in it, the results alone, or a collection of reports.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from scanner import assets
from scanner.errors import RecordError
from scanner.families.elements import child, children
from scanner.format import Format
from scanner.model import Asset, AssetType, Dismissed, Finding, Located
from scanner.normalize.details import details, excerpt
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.severity import rating
from scanner.normalize.text import first, joined
from scanner.shapes.xml import Tables, XmlSignature, XmlVariant

_OPEN = frozenset(("fail",))
_PUT_ASIDE = {
    "fixed": Dismissal.FIXED,
    "error": Dismissal.NOT_CHECKED,
    "unknown": Dismissal.NOT_CHECKED,
    "notchecked": Dismissal.NOT_CHECKED,
}
_PREFIX = "xccdf_"


@dataclass(frozen=True, slots=True)
class Rule:
    title: str
    description: str
    rationale: str
    severity: str
    fix: str
    idents: tuple[str, ...]
    references: tuple[str, ...]


_UNDESCRIBED = Rule("", "", "", "", "", (), ())


def rules(tables: Tables) -> dict[str, Rule]:
    return {id_: _rule(element) for element in tables["Rule"] if (id_ := element.get("id"))}


def _rule(element: etree._Element) -> Rule:
    references = [first(each.get("href"), _text(each)) for each in children(element, "reference")]
    return Rule(
        title=_text(child(element, "title")),
        description=joined(_text(child(element, "description")), *map(_text, children(element, "warning"))),
        rationale=_text(child(element, "rationale")),
        severity=element.get("severity", ""),
        fix=joined(*map(_text, children(element, "fixtext")), *map(_text, children(element, "fix"))),
        idents=tuple(map(_text, children(element, "ident"))),
        references=tuple(dict.fromkeys(filter(None, references))),
    )


def located(result: etree._Element, known: dict[str, Rule]) -> Located | None:
    """The result of a rule on a host; nothing for one that passed or was not asked for."""
    outcome = _text(child(result, "result")).casefold()
    asset = _asset(result.getparent())
    if outcome not in _OPEN and outcome not in _PUT_ASIDE:
        return Located(asset)
    id_ = result.get("idref", "")
    if not id_:
        raise RecordError("it names no rule")
    rule = known.get(id_, _UNDESCRIBED)
    idents = list(dict.fromkeys((*map(_text, children(result, "ident")), *rule.idents)))
    message = joined(*map(_text, children(result, "message")), separator="\n")
    finding = Finding(
        name=first(rule.title, id_),
        description=joined(rule.description, rule.rationale, message),
        remedy=first(joined(*map(_text, children(result, "fix"))), rule.fix),
        severity=rating(first(result.get("severity"), rule.severity)),
        location=" ".join(filter(None, (id_, *_instances(result)))),
        reference_ids=advisory_ids(*idents, rule.title),
        cwes=cwes(idents),
        details=details(
            rule=id_,
            result=outcome,
            identifiers=idents,
            references=list(rule.references),
            weight=result.get("weight", ""),
            checks=[name for each in result.iterfind("{*}check/{*}check-content-ref") if (name := each.get("name"))],
            override=joined(*(_text(each) for each in children(result, "override"))),
            evidence=excerpt(message),
        ),
    )
    reason = Dismissal.RISK_ACCEPTED if _is_waived(result) else _PUT_ASIDE.get(outcome)
    return Located(asset, Dismissed(finding, reason, f"result {outcome}") if reason else finding)


def _instances(result: etree._Element) -> Iterator[str]:
    """Where a rule is checked several times: a port, a file."""
    return (f"[{said}]" for each in children(result, "instance") if (said := _text(each)))


def _is_waived(result: etree._Element) -> bool:
    """A person has overridden a failure."""
    return any(_text(child(each, "old-result")) == "fail" for each in children(result, "override"))


def _asset(test: etree._Element | None) -> Asset:
    """The host by its name; the first of its addresses that others can reach beside it."""
    name = _text(child(test, "target"))
    facts: dict[str, str] = {}
    for fact in test.iterfind("{*}target-facts/{*}fact") if test is not None else ():
        facts.setdefault(fact.get("name", "").rpartition(":")[2], _text(fact))
    addresses = [*map(_text, children(test, "target-address")), facts.get("ipv4", ""), name]
    ip = next((address for address in addresses if assets.is_ip(address) and not _is_own(address)), "")
    host = "" if assets.is_ip(name) else first(name, facts.get("host_name"), "" if ip else "unknown")
    return assets.infra(hostname=host, ip=ip if not host else "", fqdn=facts.get("fqdn", ""), os=facts.get("os", ""))


def _is_own(address: str) -> bool:
    return address.startswith(("127.", "0:0:0", "::1", "fe80"))


def _text(element: etree._Element | None) -> str:
    """All text in it, as a person reads it: descriptions are XHTML."""
    if element is None:
        return ""
    return "\n".join(line for raw in "".join(map(str, element.itertext())).splitlines() if (line := raw.strip()))


def _variant(root: str, *, namespace: str) -> XmlVariant:
    return XmlVariant(
        XmlSignature(root, namespace=namespace),
        record="rule-result",
        translate=located,
        tables=("Rule",),
        index=rules,
        looked="TestResult",
    )


FORMAT = Format(
    slug="openscap",
    scanner="OpenSCAP",
    asset_type=AssetType.INFRA,
    names=("Openscap Vulnerability Scan",),
    aliases=("xccdf", "arf", "scap"),
    produce="oscap xccdf eval --profile … --results results.xml benchmark.xml",
    sources=("https://csrc.nist.gov/projects/security-content-automation-protocol/specifications/xccdf",),
    variants=(
        _variant("Benchmark", namespace="checklists.nist.gov/xccdf"),
        _variant("TestResult", namespace="checklists.nist.gov/xccdf"),
        _variant("asset-report-collection", namespace="scap.nist.gov/schema/asset-reporting-format"),
    ),
)
