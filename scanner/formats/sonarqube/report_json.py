"""JSON of the reporting tool ``sonar-report``: issues and hotspots with the texts of their rules."""

from collections.abc import Iterator

import msgspec

from scanner import assets
from scanner.families.scanned import failed
from scanner.format import Section
from scanner.formats.sonarqube.issue import UNDESCRIBED, Issue, RuleText, finding
from scanner.formats.sonarqube.rules import rule_text
from scanner.model import Dismissed, Finding
from scanner.normalize.text import first


class Rule(msgspec.Struct, rename="camel", gc=False):
    name: str | None = None
    html_desc: str | None = None


class Entry(msgspec.Struct, gc=False):
    rule: str = ""
    severity: str | None = None
    status: str | None = None
    component: str | None = None
    line: int | str | None = None
    description: str | None = None
    message: str | None = None
    key: str | None = None


class Report(msgspec.Struct, rename="camel"):
    project_name: str | None = None
    sonar_component: str | None = None
    rules: dict[str, Rule] | None = None
    issues: list[msgspec.Raw] | None = None


def sections(report: Report) -> Iterator[Section]:
    if report.issues is None:
        yield failed("the report has no issues, not even an empty list", "issues")
        return
    texts = {key: rule_text(rule.html_desc or "", rule.name or "") for key, rule in (report.rules or {}).items()}
    asset = assets.code(first(report.sonar_component, report.project_name, "sonarqube"), origin="sonarqube")
    yield Section(report.issues, issue_finding, Entry, asset=asset, context=texts, place="issues")


def issue_finding(entry: Entry, texts: dict[str, RuleText]) -> Finding | Dismissed:
    issue = Issue(
        rule=entry.rule,
        severity=entry.severity or "",
        path=entry.component or "",
        message=entry.message or "",
        title=entry.description or "",
        line="" if entry.line is None else str(entry.line),
        status=entry.status or "",
        key=entry.key or "",
    )
    return finding(issue, texts.get(entry.rule, UNDESCRIBED))
