"""Nexpose and InsightVM: "XML Export" 1.0 and 2.0. Nodes with their tests; what a test means stands at the end."""

from collections.abc import Iterator, Mapping

from lxml import etree

from scanner.assets import infra
from scanner.errors import RecordError
from scanner.families.elements import child, children
from scanner.format import Format, each
from scanner.model import Asset, AssetType, Dismissed, Finding, Located
from scanner.normalize.dates import date
from scanner.normalize.details import details, excerpt
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.identifiers import advisory_ids
from scanner.normalize.severity import severity
from scanner.section import Part
from scanner.shapes.xml import Tables, XmlSignature, XmlVariant

_VULNERABLE = "vulnerable-"
_EXCEPTION = "exception-vulnerable-"
"""Somebody has excepted it."""

Definitions = Mapping[str, etree._Element]


def definitions(tables: Tables) -> Definitions:
    """Id in lower case, as tests of some versions write it so → definition."""
    return {known.get("id", "").casefold(): known for known in tables["vulnerability"]}


def node_findings(node: etree._Element, known: Definitions) -> Iterator[Part]:
    """A node with the tests that it has failed, its own and those of its services; one without any was scanned and is clean."""
    asset = _asset(node)
    yield Located(asset)
    failed = (test for test in node.iter("{*}test") if test.get("status", "").startswith((_VULNERABLE, _EXCEPTION)))
    yield from each(lambda test: Located(asset, test_finding(test, known)), failed)


def test_finding(test: etree._Element, known: Definitions) -> Finding | Dismissed:
    """`RecordError` for a test that says not what was tested."""
    id_ = test.get("id", "")
    if not id_:
        raise RecordError("a test without an id")
    definition = known.get(id_.casefold())
    facts: Mapping[str, str] = dict(definition.attrib) if definition is not None else {}  # type: ignore[arg-type]
    references = children(child(definition, "references"), "reference")
    finding = Finding(
        name=facts.get("title") or id_,
        description=_text(child(definition, "description")),
        remedy=_text(child(definition, "solution")),
        severity=severity(facts.get("severity")),
        location=_place(test),
        reference_ids=advisory_ids(*(_said(reference) for reference in references)),
        published_date_time=date(facts.get("published")),
        details=details(
            id=id_,
            key=test.get("key"),
            status=test.get("status"),
            vulnerable_since=date(test.get("vulnerable-since")),
            pci=test.get("pci-compliance-status"),
            cvss_score=facts.get("cvssScore"),
            cvss=facts.get("cvssVector"),
            cvss3_score=facts.get("cvssV3Score"),
            risk_score=facts.get("riskScore"),
            tags=[_said(tag) for tag in children(child(definition, "tags"), "tag")],
            exploits=[exploit.get("title", "") for exploit in children(child(definition, "exploits"), "exploit")],
            malware=[_said(name) for name in children(child(definition, "malware"), "name")],
            references=[_said(one) for one in references if one.get("source") == "URL"],
            evidence=excerpt(_text(test)),
        ),
    )
    if test.get("status", "").startswith(_EXCEPTION):
        return Dismissed(finding, Dismissal.RISK_ACCEPTED, test.get("status", ""))
    return finding


def _asset(node: etree._Element) -> Asset:
    names = [_said(name) for name in children(child(node, "names"), "name")]
    os = max(children(child(node, "fingerprints"), "os"), key=lambda found: found.get("certainty", ""), default=None)
    system = [os.get(name) or "" for name in ("vendor", "product", "version")] if os is not None else []
    made = infra(
        ip=node.get("address", ""),
        hostname=next(filter(None, names), ""),
        mac_address=node.get("hardware-address", ""),
        os=" ".join(dict.fromkeys(filter(None, system))),
    )
    if not made.attributes:
        raise RecordError("a node without an address or a name")
    return made


def _place(test: etree._Element) -> str:
    """The service, where the test is one's, and its key, which tells tests of one id apart (a file, a package)."""
    endpoint = next(test.iterancestors("{*}endpoint"), None)
    port = f"{endpoint.get('port', '')}/{endpoint.get('protocol', '')}".strip("/") if endpoint is not None else ""
    key = test.get("key", "")
    return f"{port or 'host'} [{key}]" if key else port or "host"


def _said(element: etree._Element) -> str:
    return (element.text or "").strip()


def _text(element: etree._Element | None) -> str:
    """Paragraphs and items of lists, a line each."""
    found = (" ".join(str(text).split()) for text in element.itertext()) if element is not None else ()
    return "\n".join(filter(None, found))


FORMAT = Format(
    slug="nexpose",
    scanner="Nexpose",
    asset_type=AssetType.INFRA,
    variants=(
        XmlVariant(
            signature=XmlSignature(root="NexposeReport"),
            record="node",
            translate=node_findings,
            tables=("vulnerability",),
            index=definitions,
            looked="nodes",
        ),
    ),
    names=("Nexpose Scan",),
    aliases=("insightvm", "rapid7", "rapid7_nexpose", "rapid7_insightvm"),
    produce="InsightVM: Reports, Create a report, Export, XML Export 2.0",
    sources=(
        "https://docs.rapid7.com/insightvm/working-with-report-formats/",
        "https://docs.rapid7.com/insightvm/report-xml-export-2/",
    ),
)
