"""Answers of the web API: ``api/issues/search`` and ``api/hotspots/search``, of SonarQube 5 to 2025 and SonarQube Cloud.

One answer holds at most 500 entries: an archive of answers is a whole export.
"""

from collections.abc import Iterator, Sequence

import msgspec

from scanner import assets
from scanner.families.scanned import failed
from scanner.format import Section
from scanner.formats.sonarqube.issue import UNDESCRIBED, Issue, RuleText, finding, ladder
from scanner.model import Located
from scanner.normalize.text import first


class TextRange(msgspec.Struct, rename="camel", gc=False):
    start_line: int | None = None
    start_offset: int | None = None


class Impact(msgspec.Struct, rename="camel", gc=False):
    software_quality: str | None = None
    severity: str | None = None


class Entry(msgspec.Struct, rename="camel", gc=False):
    """An issue or a hotspot."""

    component: str
    project: str | None = None
    rule: str | None = None
    rule_key: str | None = None
    key: str | None = None
    severity: str | None = None
    impacts: list[Impact] | None = None
    vulnerability_probability: str | None = None
    security_category: str | None = None
    line: int | None = None
    text_range: TextRange | None = None
    status: str | None = None
    issue_status: str | None = None
    resolution: str | None = None
    message: str | None = None
    tags: list[str] | None = None
    type: str | None = None


class Component(msgspec.Struct, rename="camel", gc=False):
    key: str | None = None
    name: str | None = None
    path: str | None = None
    long_name: str | None = None
    qualifier: str | None = None


class Rule(msgspec.Struct, gc=False):
    key: str | None = None
    name: str | None = None


class Paging(msgspec.Struct, rename="camel"):
    page_index: int | None = None
    total: int | None = None


class Answer(msgspec.Struct):
    paging: Paging | None = None
    p: int | None = None
    total: int | None = None
    """Page and number of entries of all pages, before ``paging`` came."""
    issues: list[msgspec.Raw] | None = None
    hotspots: list[msgspec.Raw] | None = None
    components: list[Component] | None = None
    rules: list[Rule] | None = None


class Names(msgspec.Struct):
    """What the answer's tables say of keys."""

    paths: dict[str, str]
    rules: dict[str, str]


def sections(answer: Answer) -> Iterator[Section]:
    names = Names(
        {part.key: first(part.path, part.long_name, part.name) for part in answer.components or () if part.key},
        {rule.key: rule.name for rule in answer.rules or () if rule.key and rule.name},
    )
    if answer.issues is None and answer.hotspots is None:
        yield failed("the answer has neither issues nor hotspots, not even an empty list", "issues")
        return
    yield Section(answer.issues or (), located, Entry, context=names, place="issues")
    yield Section(answer.hotspots or (), located, Entry, context=names, place="hotspots")
    if words := _rest(answer):
        yield failed(words, "paging")


def _rest(answer: Answer) -> str:
    """What a page says of the others."""
    paging = answer.paging or Paging()
    page, total = paging.page_index or answer.p, paging.total if paging.total is not None else answer.total
    there = len(answer.issues or ()) + len(answer.hotspots or ())
    if total is None or there >= total:
        return ""
    return f"page {page or 1} has {there} of {total} entries; the others count only where their pages are in the same archive"


def located(entry: Entry, names: Names) -> Located:
    rule = first(entry.rule, entry.rule_key)
    title = names.rules.get(rule)
    issue = _issue(entry, rule, names)
    project = first(entry.project, entry.component.partition(":")[0])
    return Located(assets.code(project, origin="sonarqube"), finding(issue, RuleText(title) if title else UNDESCRIBED))


def _issue(entry: Entry, rule: str, names: Names) -> Issue:
    where = entry.text_range or TextRange()
    line = entry.line or where.start_line
    is_hotspot = entry.vulnerability_probability is not None
    own_path = entry.component.partition(":")[2] or entry.component
    return Issue(
        rule=rule,
        severity=first(impact_severity(entry.impacts or ()), entry.severity, entry.vulnerability_probability),
        path=names.paths.get(entry.component, own_path),
        message=entry.message or "",
        line=str(line or ""),
        column=str(where.start_offset or ""),
        kind=first(entry.type, "SECURITY_HOTSPOT" if is_hotspot else ""),
        status=first(entry.issue_status, entry.status),
        resolution=entry.resolution or "",
        tags=tuple(filter(None, (*(entry.tags or ()), entry.security_category))),
        key=entry.key or "",
    )


def impact_severity(impacts: Sequence[Impact]) -> str:
    """Since SonarQube 10 each software quality has a severity, of which that of security counts, else the highest."""
    rated = [impact for impact in impacts if impact.severity and ladder(impact.severity) is not None]
    on_security = [impact for impact in rated if (impact.software_quality or "").upper() == "SECURITY"]
    gravest = max(on_security or rated, key=lambda impact: ladder(impact.severity or "") or 0.0, default=None)
    return (gravest.severity or "") if gravest else ""
