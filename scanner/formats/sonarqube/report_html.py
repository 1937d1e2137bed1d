"""HTML of the reporting tool ``sonar-report``, the same content in two tables: issues, then rules."""

from collections.abc import Iterator

from lxml import etree

from scanner import assets
from scanner.errors import MalformedReportError, RecordError
from scanner.formats.sonarqube.issue import UNDESCRIBED, Issue, RuleText, finding
from scanner.formats.sonarqube.rules import rule_text
from scanner.model import Dismissed, Finding, Located
from scanner.section import Part, each

_ISSUES = frozenset(("rule", "severity", "component", "message"))
_RULES = ("rule", "description")
_TAIL_BYTES = 4_096


def document_findings(data: bytes) -> Iterator[Part]:
    """Raises `MalformedReportError` for a page without its end, which a lenient HTML parser would not notice."""
    if b"</html" not in data[-_TAIL_BYTES:].lower():
        raise MalformedReportError("the page has no end")
    page = etree.HTML(data, etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True, remove_comments=True))
    asset = assets.code(_project(page) or "sonarqube", origin="sonarqube")
    yield Located(asset)
    texts = _rule_texts(page)
    for table in page.iter("table"):
        titles = _titles(table)
        if set(titles) >= _ISSUES:
            rows = (dict(zip(titles, map(_text, cells), strict=False)) for cells in _rows(table))
            yield from each(lambda row: Located(asset, _finding(row, texts)), rows)


def _project(page: etree._Element) -> str:
    for term in page.iter("dt"):
        value = term.getnext()
        if _text(term) == "Project Name" and value is not None:
            return _text(value)
    return ""


def _rule_texts(page: etree._Element) -> dict[str, RuleText]:
    texts: dict[str, RuleText] = {}
    for table in page.iter("table"):
        if tuple(_titles(table)) == _RULES:
            for rule, description in (cells for cells in _rows(table) if len(cells) == len(_RULES)):
                texts[_text(rule)] = rule_text(etree.tostring(description, encoding="unicode", method="html", with_tail=False))
    return texts


def _finding(row: dict[str, str], texts: dict[str, RuleText]) -> Finding | Dismissed:
    """`RecordError` for a row that ends too early."""
    if not row.keys() >= _ISSUES:
        raise RecordError(f"a row of {len(row)} cells: {' | '.join(row.values())}")
    issue = Issue(
        rule=row["rule"],
        severity=row["severity"],
        path=row["component"],
        message=row["message"],
        title=row.get("description", ""),
        line=row.get("line", ""),
        status=row.get("status", ""),
        key=row.get("key", ""),
    )
    return finding(issue, texts.get(issue.rule, UNDESCRIBED))


def _titles(table: etree._Element) -> list[str]:
    return [_text(cell).casefold() for cell in table.findall("./thead/tr/th")]


def _rows(table: etree._Element) -> Iterator[list[etree._Element]]:
    """Cells of the table's own rows: descriptions of rules have tables too."""
    return (row.findall("./td") for row in table.findall("./tbody/tr"))


def _text(element: etree._Element) -> str:
    return " ".join("".join(map(str, element.itertext())).split())
