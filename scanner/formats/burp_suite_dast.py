"""Burp Suite DAST (Enterprise): the HTML report of a scan, read from its details: one part per issue."""

from collections.abc import Iterator

from lxml import etree

from scanner.assets import web
from scanner.errors import MalformedReportError, RecordError
from scanner.format import Format, each
from scanner.model import AssetType, Finding, Located
from scanner.normalize.details import details, excerpt
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.severity import severity
from scanner.normalize.text import joined
from scanner.normalize.urls import site
from scanner.section import Part
from scanner.shapes.facts import Kind
from scanner.shapes.whole import TextSignature, WholeVariant

_TAIL_BYTES = 4_096
_DETAILS_OF = "More details for "


def document_findings(data: bytes) -> Iterator[Part]:
    """Raises `MalformedReportError` for a page without its end, which a lenient HTML parser would not notice."""
    if b"</html" not in data[-_TAIL_BYTES:].lower():
        raise MalformedReportError("the page has no end")
    page = etree.HTML(data, etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True, remove_comments=True))
    ratings = dict(_ratings(page))
    url = ""
    for element in page.iter("h1", "div"):
        if element.tag == "h1" and _text(element).startswith(_DETAILS_OF):
            url = _text(element).removeprefix(_DETAILS_OF)
            yield Located(web(site(url)))
        elif element.get("class") == "issue-container":
            yield from each(lambda container: _issue(container, url, ratings), [element])  # noqa: B023  # used at once


def _ratings(page: etree._Element) -> Iterator[tuple[str, tuple[str, str]]]:
    """Number of an issue → severity and confidence, from the tables in front."""
    for row in page.iter("tr"):
        cells = row.findall("td")
        link = row.find("td/a[@href]")
        if len(cells) >= 3 and link is not None:
            number = (link.get("href") or "").rstrip("/").rpartition("/")[2]
            yield number, (_text(cells[1]), _text(cells[2]))


def _issue(container: etree._Element, url: str, ratings: dict[str, tuple[str, str]]) -> Located:
    title, link = container.find("h2"), container.find("a[@href]")
    if title is None or not _text(title):
        raise RecordError("an issue without a title")
    number = next((anchor.get("name", "") for anchor in container.iter("a") if anchor.get("name")), "")
    rated, confidence = ratings.get(number, ("", ""))
    parts = dict(_parts(container))
    classifications = parts.get("vulnerability classifications")
    references = parts.get("references")
    finding = Finding(
        name=_text(title),
        description=joined(_said(parts.get("issue detail")), _said(parts.get("issue background")), separator="\n\n"),
        remedy=joined(_said(parts.get("issue remediation")), _said(parts.get("remediation detail")), separator="\n\n"),
        severity=severity(rated),
        location=f"{url}{_text(link) if link is not None else ''}",
        reference_ids=advisory_ids(_text(title), _said(parts.get("issue detail")), _said(references)),
        cwes=cwes([_said(classifications)]),
        details=details(
            confidence=confidence,
            classifications=_said(classifications).splitlines(),
            references=[anchor.get("href", "") for anchor in references.iter("a")] if references is not None else [],
            evidence=excerpt(_said(parts.get("request"))),
        ),
    )
    return Located(web(site(url) or "burp"), finding)


def _parts(container: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    """What stands below each heading."""
    for heading in container.iter("h3"):
        below = heading.getnext()
        if below is not None:
            yield _text(heading).rstrip(":").casefold(), below


def _said(element: etree._Element | None) -> str:
    """Its lines."""
    found = (" ".join(text.split()) for text in map(str, element.itertext())) if element is not None else ()
    return "\n".join(filter(None, found))


def _text(element: etree._Element) -> str:
    return " ".join("".join(map(str, element.itertext())).split())


FORMAT = Format(
    slug="burp_suite_dast",
    scanner="Burp Suite DAST",
    asset_type=AssetType.WEB,
    variants=(
        WholeVariant(TextSignature(Kind.HTML, text=("<title>Scan Remediation Report",)), document_findings),
        WholeVariant(TextSignature(Kind.HTML, text=("<title>Scan", "issue-type-row")), document_findings),
    ),
    names=("Burp Suite DAST Scan", "Burp Enterprise Scan"),
    aliases=("burp_enterprise_html",),
    produce="Burp Suite DAST: Scans, a scan, Reporting, Scan report, Detailed, HTML",
    sources=("https://portswigger.net/burp/documentation/enterprise/work-with-scan-results/generate-reports",),
)
