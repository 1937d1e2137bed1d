"""42Crunch API security audits (``42c-ast audit``, the platform's assessment report): issues by rule, at places in an API file.

Places are numbers of JSON pointers, which stand in an index. Criticality goes from 1, information, to 5, critical.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from scanner.assets import web
from scanner.errors import RecordError
from scanner.families.records import Record, at, number, text, texts
from scanner.families.scanned import failed, scanned
from scanner.format import Format, Section
from scanner.model import Asset, AssetType, Finding
from scanner.normalize.details import details
from scanner.normalize.severity import CRITICAL, HIGH, INFO, LOW, MEDIUM, rating
from scanner.normalize.text import first
from scanner.normalize.urls import site
from scanner.shapes.json import JsonSignature, JsonVariant

_LEVELS = {"5": CRITICAL, "4": HIGH, "3": MEDIUM, "2": LOW, "1": INFO, "0": INFO}
_GROUPS = ("security", "data", "semanticErrors", "validationErrors", "warnings", "bestPractices")


class Assessment(msgspec.Struct):
    report: dict[str, Any] | None = None


def assessment_sections(assessment: Assessment) -> Iterator[Section]:
    if assessment.report is None:
        yield failed("it has no report", "report")
        return
    yield from report_sections(assessment.report)


def report_sections(report: dict[str, Any]) -> Iterator[Section]:
    """An API that is no valid OpenAPI was not looked at; its errors say why."""
    asset = _asset(report)
    index = at(report, "index")
    if not isinstance(index, list):
        yield failed("it has no index of places", "index")
        return
    yield scanned(asset)
    found = 0
    for group in _GROUPS:
        rules = at(report, f"{group}.issues")
        for rule, known in rules.items() if isinstance(rules, dict) else ():
            issues = at(known, "issues")
            context = (
                rule,
                group,
                text(known, "description"),
                text(known, "criticality"),
                index,
            )
            found += 1
            yield Section(
                issues if isinstance(issues, list) else [], issue_finding, None, asset, context, place=f"{group}.{rule}"
            )
    if text(report, "openapiState") == "structuralError" or (not found and at(report, "valid") is False):
        yield failed(f"the API is {text(report, 'openapiState') or 'invalid'}", "openapiState")


def issue_finding(issue: Any, rule: tuple[str, str, str, str, list[Any]]) -> Finding:
    if not isinstance(issue, dict):
        raise RecordError("it is no object")
    name, group, description, criticality, index = rule
    pointer = _pointer(issue, index)
    return Finding(
        name=name,
        severity=rating(text(issue, "criticality") or criticality, scale=_LEVELS),
        location=pointer,
        description=first(text(issue, "specificDescription"), description),
        details=details(
            group=group,
            rule=description,
            score=number(issue, "score"),
            fingerprint=text(issue, "fingerprint"),
            is_request=at(issue, "request"),
        ),
    )


def _pointer(issue: Record, index: list[Any]) -> str:
    place = at(issue, "pointer")
    if isinstance(place, int) and 0 <= place < len(index):
        place = index[place]
    return str(place).replace("~1", "/").replace("~0", "~") if isinstance(place, str | int) else text(issue, "fingerprint")


def _asset(report: Record) -> Asset:
    hosts = [host for url in texts(report, "summary.endpoints") if (host := site(url))]
    return web(first(*hosts, text(report, "summary.apiName"), "crunch42"))


FORMAT = Format(
    slug="crunch42",
    scanner="42Crunch",
    asset_type=AssetType.WEB,
    variants=(
        JsonVariant(
            JsonSignature(keys={"report.index", "report.security", "report.assessmentVersion"}), Assessment, assessment_sections
        ),
        JsonVariant(JsonSignature(keys={"index", "security", "assessmentVersion"}), dict[str, Any], report_sections),
    ),
    names=("Crunch42 Scan",),
    aliases=("42crunch",),
    produce="42c-ast audit run openapi.json --output-format json > audit.json",
    sources=("https://docs.42crunch.com/latest/content/concepts/api_contract_security_audit.htm",),
)
